/* The value of a code in a mixed radix: letters count to 26 and digits to 10, each where it stands.

   Two neighbours become one number, two of those the next, until three numbers are left for the 24
   characters before an end. What each step multiplies by is laid down once for every shape of code,
   so that letters and digits take the same way and no code needs a loop. */

#ifndef SORTER_NUMBER_LANES_H
#define SORTER_NUMBER_LANES_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Characters that belong to no code weigh nothing. */
typedef struct {
    uint8_t zeros[32];  /* what each character counts from */
    int8_t pairs[32];   /* the earlier of two characters weighs this, the later one 1 or 0 */
    int16_t fours[16];  /* likewise for two pairs */
    uint64_t eights[4]; /* the earlier of two fours weighs this, the later one 1 */
    uint64_t words[3];  /* characters 17 to 24 before the end, 9 to 16, 1 to 8 */
} __attribute__((aligned(32))) LaneWeights;

/* Both `parts` of the value of a code that ends at `end`: characters 17 to 24 before the end, and
   the whole. The 32 bytes before `end` are read. */
#if defined(__AVX2__)

static inline uint64_t lanes_value(const uint8_t *end, const LaneWeights *weights, uint64_t *top) {
    __m256i lanes = _mm256_sub_epi8(
        _mm256_loadu_si256((const __m256i *)(end - 32)),
        _mm256_load_si256((const __m256i *)weights->zeros));
    lanes = _mm256_maddubs_epi16(lanes, _mm256_load_si256((const __m256i *)weights->pairs));
    lanes = _mm256_madd_epi16(lanes, _mm256_load_si256((const __m256i *)weights->fours));
    lanes = _mm256_add_epi64(
        _mm256_mul_epu32(lanes, _mm256_load_si256((const __m256i *)weights->eights)),
        _mm256_srli_epi64(lanes, 32));
    __m128i late = _mm256_extracti128_si256(lanes, 1);
    *top = (uint64_t)_mm_extract_epi64(_mm256_castsi256_si128(lanes), 1);
    return *top * weights->words[0]
           + (uint64_t)_mm_cvtsi128_si64(late) * weights->words[1]
           + (uint64_t)_mm_extract_epi64(late, 1);
}

#elif defined(__SSE2__)

static inline __m128i eights_before(const uint8_t *end, const LaneWeights *weights, int from) {
    __m128i lanes = _mm_sub_epi8(
        _mm_loadu_si128((const __m128i *)(end - 32 + from)),
        _mm_load_si128((const __m128i *)(weights->zeros + from)));
    __m128i scale = _mm_load_si128((const __m128i *)(weights->pairs + from));
    __m128i early = _mm_and_si128(lanes, _mm_set1_epi16(255));
    __m128i late = _mm_srli_epi16(lanes, 8);
    early = _mm_mullo_epi16(early, _mm_and_si128(scale, _mm_set1_epi16(255)));
    late = _mm_mullo_epi16(late, _mm_srli_epi16(scale, 8));
    lanes = _mm_madd_epi16(
        _mm_add_epi16(early, late), _mm_load_si128((const __m128i *)(weights->fours + from / 2)));
    return _mm_add_epi64(
        _mm_mul_epu32(lanes, _mm_load_si128((const __m128i *)(weights->eights + from / 8))),
        _mm_srli_epi64(lanes, 32));
}

static inline uint64_t lanes_value(const uint8_t *end, const LaneWeights *weights, uint64_t *top) {
    __m128i early = eights_before(end, weights, 0);
    __m128i late = eights_before(end, weights, 16);
    *top = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(early, early));
    return *top * weights->words[0]
           + (uint64_t)_mm_cvtsi128_si64(late) * weights->words[1]
           + (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(late, late));
}

#else

static inline uint64_t eight_before(const uint8_t *end, const LaneWeights *weights, int from) {
    uint32_t fours[2];
    for (int four = 0; four < 2; four++) {
        uint32_t pairs[2];
        for (int pair = 0; pair < 2; pair++) {
            int at = from + 4 * four + 2 * pair;
            pairs[pair] = (uint32_t)(uint8_t)(end[at - 32] - weights->zeros[at])
                              * (uint32_t)weights->pairs[at]
                          + (uint32_t)(uint8_t)(end[at - 31] - weights->zeros[at + 1])
                              * (uint32_t)weights->pairs[at + 1];
        }
        fours[four] = pairs[0] * (uint32_t)weights->fours[from / 2 + 2 * four]
                      + pairs[1] * (uint32_t)weights->fours[from / 2 + 2 * four + 1];
    }
    return fours[0] * weights->eights[from / 8] + fours[1];
}

static inline uint64_t lanes_value(const uint8_t *end, const LaneWeights *weights, uint64_t *top) {
    *top = eight_before(end, weights, 8);
    return *top * weights->words[0]
           + eight_before(end, weights, 16) * weights->words[1]
           + eight_before(end, weights, 24);
}

#endif

#endif
