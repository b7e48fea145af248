/* Which of four ways fit a window of a code: bit n is set when the characters of way n that count
 * are those of the window. The processor's wide registers try all four at once where it has them. */

#ifndef SORTER_PREFIX_WAYS_H
#define SORTER_PREFIX_WAYS_H

#include <stdint.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>

static inline uint32_t fitting_of_four(
    uint64_t window, const uint64_t *windows, const uint8_t *shifts)
{
    int packed_shifts;
    memcpy(&packed_shifts, shifts, 4);
    __m256i apart = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(packed_shifts));
    __m256i differing = _mm256_xor_si256(
        _mm256_set1_epi64x((long long)window), _mm256_loadu_si256((const __m256i *)windows));
    __m256i counting = _mm256_srlv_epi64(differing, apart);
    __m256i fits = _mm256_cmpeq_epi64(counting, _mm256_setzero_si256());
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(fits));
}

#else

static inline uint32_t fitting_of_four(
    uint64_t window, const uint64_t *windows, const uint8_t *shifts)
{
    uint32_t fits = 0;
    for (int way = 0; way < 4; way++)
        fits |= (uint32_t)((window ^ windows[way]) >> shifts[way] == 0) << way;
    return fits;
}

#endif
#endif
