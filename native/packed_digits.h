/* Ways of digits alone, packed: four bits each from the top, and then a bit that is set, so that the
 * lowest one tells how many digits there are. Those of a line are tried at once: bit n of the answer
 * is set when way n fits. A code's character that is no digit is above 9, and fits no way. */

#ifndef SORTER_PACKED_DIGITS_H
#define SORTER_PACKED_DIGITS_H

#include <stdint.h>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Eight characters, the first one on top. */
static inline uint32_t packed_digits(uint64_t window)
{
#if defined(__SSE2__) && defined(__x86_64__)
    __m128i digits = _mm_sub_epi8(_mm_cvtsi64_si128((long long)window), _mm_set1_epi8('0'));
    digits = _mm_min_epu8(digits, _mm_set1_epi8(15));
    __m128i pairs = _mm_and_si128(
        _mm_or_si128(digits, _mm_srli_epi16(digits, 4)), _mm_set1_epi16(0xff));
    return (uint32_t)_mm_cvtsi128_si32(_mm_packus_epi16(pairs, pairs));
#else
    const uint64_t each = 0x0101010101010101u;
    uint64_t digits = window ^ each * '0';
    uint64_t others = ((digits & each * 0x7f) + each * (0x80 - 10)) | digits;
    others &= each * 0x80;
    digits = (digits | ((others >> 3) - (others >> 7))) & each * 15;
    digits = (digits | digits >> 4) & 0x00ff00ff00ff00ffu;
    digits = (digits | digits >> 8) & 0x0000ffff0000ffffu;
    return (uint32_t)(digits | digits >> 16);
#endif
}

static inline uint32_t packed_length(uint32_t way)
{
    return (uint32_t)(31 - __builtin_ctz(way)) >> 2;
}

static inline uint32_t count_of_ones(uint64_t bits)
{
#if defined(__POPCNT__) || defined(__aarch64__)
    return (uint32_t)__builtin_popcountll(bits);
#else
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    return (uint32_t)(((bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u >> 56);
#endif
}

#if defined(__AVX2__)

static inline uint32_t fitting_of_eight_packed(__m256i wanted, __m256i ways)
{
    __m256i counting = _mm256_xor_si256(ways, _mm256_sub_epi32(_mm256_setzero_si256(), ways));
    __m256i differing = _mm256_and_si256(_mm256_xor_si256(ways, wanted), counting);
    __m256i fits = _mm256_cmpeq_epi32(differing, _mm256_setzero_si256());
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(fits));
}

/* Of ten ways; the six words behind them are read too. */
static inline uint32_t fitting_packed(uint32_t packed, const uint32_t *ways)
{
    __m256i wanted = _mm256_set1_epi32((int)packed);
    uint32_t early = fitting_of_eight_packed(wanted, _mm256_loadu_si256((const __m256i *)ways));
    uint32_t late = fitting_of_eight_packed(
        wanted, _mm256_loadu_si256((const __m256i *)(ways + 8)));
    return early | (late & 3) << 8;
}

#elif defined(__SSE2__)

static inline uint32_t fitting_of_four_packed(__m128i wanted, __m128i ways)
{
    __m128i counting = _mm_xor_si128(ways, _mm_sub_epi32(_mm_setzero_si128(), ways));
    __m128i differing = _mm_and_si128(_mm_xor_si128(ways, wanted), counting);
    __m128i fits = _mm_cmpeq_epi32(differing, _mm_setzero_si128());
    return (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(fits));
}

static inline uint32_t fitting_packed(uint32_t packed, const uint32_t *ways)
{
    __m128i wanted = _mm_set1_epi32((int)packed);
    const __m128i *fours = (const __m128i *)ways;
    return fitting_of_four_packed(wanted, _mm_loadu_si128(fours))
        | fitting_of_four_packed(wanted, _mm_loadu_si128(fours + 1)) << 4
        | (fitting_of_four_packed(wanted, _mm_loadu_si128(fours + 2)) & 3) << 8;
}

#else

static inline uint32_t fitting_packed(uint32_t packed, const uint32_t *ways)
{
    uint32_t fits = 0;
    for (int way = 0; way < 10; way++)
        fits |= (uint32_t)(((ways[way] ^ packed) & (ways[way] ^ -ways[way])) == 0) << way;
    return fits;
}

#endif

#endif
