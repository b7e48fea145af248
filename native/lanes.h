/* Many characters or slots at once: the few places where a vector instruction says it best.

   Each function has a portable form beside the vector one and both give the same answer. Characters
   are read backwards from their end, 32 at a time, so callers see to it that the 32 bytes before an
   `end` can be read; what lies before the code itself is masked away. */

#ifndef SORTER_LANES_H
#define SORTER_LANES_H

#include <stdint.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

enum { LANES = 32 };

static inline unsigned leading_zeros(uint32_t bits) {
    return bits ? (unsigned)__builtin_clz(bits) : 32;
}

static inline uint64_t high_product(uint64_t a, uint64_t b) {
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
}

static inline unsigned top_bit(uint64_t number) {
    return 63 - (unsigned)__builtin_clzll(number);
}

static inline uint64_t word_at(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

#define EACH_BYTE(value) (0x0101010101010101u * (uint64_t)(value))

#ifndef __AVX2__
/* The top bit of each byte of `word` that lies in first..last, both below 128. */
static inline uint64_t bytes_between(uint64_t word, uint8_t first, uint8_t last) {
    uint64_t low = word & EACH_BYTE(0x7f);
    uint64_t from_first = low + EACH_BYTE(0x80 - first);
    uint64_t past_last = low + EACH_BYTE(0x7f - last);
    return from_first & ~past_last & ~word & EACH_BYTE(0x80);
}

static inline uint32_t top_bits_together(uint64_t tops) {
    return (uint32_t)(((tops >> 7) * 0x0102040810204080u) >> 56);
}

static inline uint32_t lanes_between(const uint8_t *end, uint8_t first, uint8_t last) {
    uint32_t found = 0;
    for (int word = 0; word < 4; word++)
        found |= top_bits_together(bytes_between(word_at(end - LANES + 8 * word), first, last))
                 << (8 * word);
    return found;
}
#endif

/* One bit for each of the 32 characters before `end`, the last one's on top. */
static inline void character_lanes(const uint8_t *end, uint32_t *digits, uint32_t *capitals) {
#ifdef __AVX2__
    __m256i text = _mm256_loadu_si256((const __m256i *)(end - LANES));
    __m256i digit = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
    __m256i capital = _mm256_sub_epi8(text, _mm256_set1_epi8('A'));
    *digits = (uint32_t)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(_mm256_min_epu8(digit, _mm256_set1_epi8(9)), digit));
    *capitals = (uint32_t)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(_mm256_min_epu8(capital, _mm256_set1_epi8(25)), capital));
#else
    *digits = lanes_between(end, '0', '9');
    *capitals = lanes_between(end, 'A', 'Z');
#endif
}

/* How many of the 32 bytes before `end` are NUL without a break, counted from `end`. */
static inline unsigned trailing_nuls(const uint8_t *end) {
#ifdef __AVX2__
    __m256i text = _mm256_loadu_si256((const __m256i *)(end - LANES));
    uint32_t nul = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(text, _mm256_setzero_si256()));
    return leading_zeros(~nul);
#else
    unsigned nuls = 0;
    for (int word = 3; word >= 0; word--) {
        uint64_t eight = word_at(end - LANES + 8 * word);
        if (eight)
            return nuls + (unsigned)__builtin_clzll(eight) / 8;
        nuls += 8;
    }
    return nuls;
#endif
}

/* The last `count` <= 24 digits before `end` as two numbers: above 10**16, and below. */
static inline void decimal_lanes(
    const uint8_t *end, unsigned count, uint64_t *above, uint64_t *below
) {
#ifdef __AVX2__
    static const uint8_t keep[2 * LANES] = {
        [LANES] = 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    };
    __m256i digits = _mm256_sub_epi8(
        _mm256_loadu_si256((const __m256i *)(end - LANES)), _mm256_set1_epi8('0'));
    digits = _mm256_and_si256(digits, _mm256_loadu_si256((const __m256i *)(keep + count)));
    __m256i twos = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010a));
    __m256i fours = _mm256_madd_epi16(twos, _mm256_set1_epi32(0x00010064));
    __m256i eights = _mm256_madd_epi16(
        _mm256_packus_epi32(fours, fours), _mm256_set1_epi32(0x00012710));
    uint64_t late = (uint64_t)_mm256_extract_epi64(eights, 2);
    *above = (uint64_t)_mm256_extract_epi64(eights, 0) >> 32;
    *below = (uint32_t)late * (uint64_t)100000000 + (late >> 32);
#else
    uint64_t eights[3];
    for (unsigned word = 0; word < 3; word++) {
        unsigned past = 8 * (2 - word);
        unsigned here = count <= past ? 0 : count - past < 8 ? count - past : 8;
        uint64_t theirs = here ? ~(uint64_t)0 << (64 - 8 * here) : 0;
        uint64_t digits = (word_at(end - 24 + 8 * word) & theirs) - (EACH_BYTE('0') & theirs);
        digits = digits * 10 + (digits >> 8);
        eights[word] = (uint32_t)(((digits & 0x000000ff000000ffu) * 0x000f424000000064u
                                   + ((digits >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u)
                                  >> 32);
    }
    *above = eights[0];
    *below = eights[1] * 100000000 + eights[2];
#endif
}

/* The first of a line's eight words whose bits under `mask` are `pattern`, or 8. */
static inline unsigned slot_in_line(const uint64_t *line, uint64_t mask, uint64_t pattern) {
#ifdef __AVX2__
    __m256i masks = _mm256_set1_epi64x((int64_t)mask);
    __m256i patterns = _mm256_set1_epi64x((int64_t)pattern);
    __m256i early = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)line), masks);
    __m256i late = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(line + 4)), masks);
    unsigned found = (unsigned)_mm256_movemask_pd(
        _mm256_castsi256_pd(_mm256_cmpeq_epi64(early, patterns)));
    found |= (unsigned)_mm256_movemask_pd(
        _mm256_castsi256_pd(_mm256_cmpeq_epi64(late, patterns))) << 4;
    return (unsigned)__builtin_ctz(found | 0x100);
#else
    unsigned slot = 8;
    for (int at = 7; at >= 0; at--)
        slot = (line[at] & mask) == pattern ? (unsigned)at : slot;
    return slot;
#endif
}

#endif
