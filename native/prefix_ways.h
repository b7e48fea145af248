/* Which of some ways fit a window of a code: bit n is set when the characters of way n that count
 * are those of the window. Where all eight could, `shifts` leaves those that do; else the others are
 * NULs. The processor's wide registers try four ways at once where it has them. */

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

static inline uint32_t fitting_of_five(uint64_t window, const uint64_t *windows)
{
    __m256i wanted = _mm256_set1_epi64x((long long)window);
    __m256i four = _mm256_loadu_si256((const __m256i *)windows);
    __m128i fifth = _mm_loadl_epi64((const __m128i *)(windows + 4));
    __m256i four_fit = _mm256_or_si256(
        _mm256_cmpeq_epi8(four, wanted), _mm256_cmpeq_epi8(four, _mm256_setzero_si256()));
    __m128i fifth_fits = _mm_or_si128(
        _mm_cmpeq_epi8(fifth, _mm256_castsi256_si128(wanted)),
        _mm_cmpeq_epi8(fifth, _mm_setzero_si128()));
    four_fit = _mm256_cmpeq_epi64(four_fit, _mm256_set1_epi8(-1));
    uint32_t fits = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(four_fit));
    return fits | (uint32_t)(_mm_cvtsi128_si64(fifth_fits) == -1) << 4;
}

#else

static inline uint32_t fitting_of_five(uint64_t window, const uint64_t *windows)
{
    const uint64_t tops = 0x8080808080808080u;
    uint32_t fits = 0;
    for (int way = 0; way < 5; way++) {
        uint64_t counting = (windows[way] + (tops - (tops >> 7))) & tops;
        counting |= counting - (counting >> 7);
        fits |= (uint32_t)(((window ^ windows[way]) & counting) == 0) << way;
    }
    return fits;
}

static inline uint32_t fitting_of_four(
    uint64_t window, const uint64_t *windows, const uint8_t *shifts)
{
    uint32_t fits = 0;
    for (int way = 0; way < 4; way++)
        fits |= (uint32_t)((window ^ windows[way]) >> shifts[way] == 0) << way;
    return fits;
}

#endif

static inline uint32_t fitting_of_eight(
    uint64_t window, const uint64_t *windows, const uint8_t *shifts)
{
    return fitting_of_four(window, windows, shifts)
        | fitting_of_four(window, windows + 4, shifts + 4) << 4;
}

#endif
