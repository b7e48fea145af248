/* Many characters or slots at once: the few places where a vector instruction says it best.

   Each function has a portable form beside the vector ones and all give the same answer. Characters
   are read backwards from their end, 32 at a time, so callers see to it that the 32 bytes before an
   `end` can be read; what lies before the code itself is for them to leave out. */

#ifndef SORTER_LANES_H
#define SORTER_LANES_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
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

/* One bit for each of 32 characters, the last one's on top. */
typedef struct {
    uint32_t digits;
    uint32_t capitals;
    uint32_t nuls;
} Characters;

#if defined(__AVX2__)

/* Of all bytes, those from first to last end up above the limit once last is made the highest. */
static inline uint32_t lanes_between(__m256i text, char first, char last) {
    __m256i risen = _mm256_add_epi8(text, _mm256_set1_epi8((char)(127 - last)));
    __m256i limit = _mm256_set1_epi8((char)(126 - (last - first)));
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(risen, limit));
}

static inline Characters characters_before(const uint8_t *end) {
    __m256i text = _mm256_loadu_si256((const __m256i *)(end - LANES));
    __m256i nuls = _mm256_cmpeq_epi8(text, _mm256_setzero_si256());
    return (Characters){
        .digits = lanes_between(text, '0', '9'),
        .capitals = lanes_between(text, 'A', 'Z'),
        .nuls = (uint32_t)_mm256_movemask_epi8(nuls),
    };
}

#elif defined(__SSE2__)

static inline uint32_t lanes_between(__m128i text, char first, char last) {
    __m128i risen = _mm_add_epi8(text, _mm_set1_epi8((char)(127 - last)));
    __m128i limit = _mm_set1_epi8((char)(126 - (last - first)));
    return (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi8(risen, limit));
}

static inline uint32_t nul_lanes(__m128i text) {
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_setzero_si128()));
}

static inline Characters characters_before(const uint8_t *end) {
    __m128i early = _mm_loadu_si128((const __m128i *)(end - 32));
    __m128i late = _mm_loadu_si128((const __m128i *)(end - 16));
    return (Characters){
        .digits = lanes_between(early, '0', '9') | lanes_between(late, '0', '9') << 16,
        .capitals = lanes_between(early, 'A', 'Z') | lanes_between(late, 'A', 'Z') << 16,
        .nuls = nul_lanes(early) | nul_lanes(late) << 16,
    };
}

#else

#define EACH_BYTE(value) (0x0101010101010101u * (uint64_t)(value))

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

static inline Characters characters_before(const uint8_t *end) {
    Characters found = {0, 0, 0};
    for (int at = 0; at < LANES; at += 8) {
        uint64_t word;
        memcpy(&word, end - LANES + at, 8);
        found.digits |= top_bits_together(bytes_between(word, '0', '9')) << at;
        found.capitals |= top_bits_together(bytes_between(word, 'A', 'Z')) << at;
        found.nuls |= top_bits_together(bytes_between(word, 0, 0)) << at;
    }
    return found;
}

#endif

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

/* The first of a line's four pairs, words n and n + 4, of which the former's bits under `mask` are
   `pattern` and the latter is `rest`; or 4. */
static inline unsigned pair_in_line(
    const uint64_t *line, uint64_t mask, uint64_t pattern, uint64_t rest
) {
#ifdef __AVX2__
    __m256i firsts = _mm256_and_si256(
        _mm256_loadu_si256((const __m256i *)line), _mm256_set1_epi64x((int64_t)mask));
    __m256i seconds = _mm256_loadu_si256((const __m256i *)(line + 4));
    __m256i found = _mm256_and_si256(
        _mm256_cmpeq_epi64(firsts, _mm256_set1_epi64x((int64_t)pattern)),
        _mm256_cmpeq_epi64(seconds, _mm256_set1_epi64x((int64_t)rest)));
    return (unsigned)__builtin_ctz((unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(found)) | 0x10);
#else
    unsigned pair = 4;
    for (int at = 3; at >= 0; at--)
        pair = (line[at] & mask) == pattern && line[at + 4] == rest ? (unsigned)at : pair;
    return pair;
#endif
}

#endif
