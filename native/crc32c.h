/* CRC-32C: the CRC of RFC 3720 section 12.1 (Castagnoli polynomial 0x1EDC6F41, bits reflected).

   Where the compiler may use the processor's CRC instruction (SSE 4.2, ARMv8 CRC), three lanes of
   it run at once, because each step waits for the one before it; elsewhere sixteen bytes at a time
   are looked up in sixteen tables. Linux tells an aarch64 program at run time which of the two its
   processor can do. Both give the same checksum. crc32c_prepare() must have run once before
   anything else here. Words are loaded in the machine's own order: little-endian only. */

#ifndef SORTER_CRC32C_H
#define SORTER_CRC32C_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t crc32c_word(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

#if defined(__x86_64__) && defined(__SSE4_2__)
#include <nmmintrin.h>
#define CRC32C_STEP_BYTE(state, byte) _mm_crc32_u8((uint32_t)(state), (byte))
#define CRC32C_STEP_WORD(state, word) _mm_crc32_u64((state), (word))
#define CRC32C_INSTRUCTION
#elif defined(__ARM_FEATURE_CRC32) || (defined(__aarch64__) && defined(__linux__))
#include <arm_acle.h>
#define CRC32C_STEP_BYTE(state, byte) __crc32cb((uint32_t)(state), (byte))
#define CRC32C_STEP_WORD(state, word) __crc32cd((uint32_t)(state), (word))
#ifdef __ARM_FEATURE_CRC32
#define CRC32C_INSTRUCTION
#else
#include <sys/auxv.h>
#define CRC32C_INSTRUCTION __attribute__((target("+crc")))
#define CRC32C_HAS_INSTRUCTION() ((getauxval(AT_HWCAP) & HWCAP_CRC32) != 0)
#endif
#endif

#ifdef CRC32C_INSTRUCTION

/* A page a lane: each then is a stream of its own to the part of the processor that reads ahead. */
#define CRC32C_LANE_BYTES 4096

/* What a state becomes after CRC32C_LANE_BYTES zero bytes, by each of its four bytes. */
static uint32_t crc32c_past_lane[4][256];

CRC32C_INSTRUCTION static inline void crc32c_prepare_lanes(void)
{
    for (int bit = 0; bit < 32; bit++) {
        uint64_t state = (uint64_t)1 << bit;
        for (int at = 0; at < CRC32C_LANE_BYTES; at += 8)
            state = CRC32C_STEP_WORD(state, 0);
        int place = bit / 8, value = 1 << (bit % 8);
        for (int below = 0; below < value; below++)
            crc32c_past_lane[place][value + below] =
                (uint32_t)state ^ crc32c_past_lane[place][below];
    }
}

static inline uint64_t crc32c_skip_lane(uint64_t state)
{
    return crc32c_past_lane[0][state & 255] ^ crc32c_past_lane[1][state >> 8 & 255]
         ^ crc32c_past_lane[2][state >> 16 & 255] ^ crc32c_past_lane[3][state >> 24 & 255];
}

CRC32C_INSTRUCTION static inline uint32_t crc32c_update_lanes(
    uint32_t start, const uint8_t *at, size_t count)
{
    uint64_t state = start;
    for (; count >= 3 * CRC32C_LANE_BYTES; count -= 3 * CRC32C_LANE_BYTES) {
        uint64_t second = 0, third = 0;
        for (const uint8_t *end = at + CRC32C_LANE_BYTES; at < end; at += 8) {
            state = CRC32C_STEP_WORD(state, crc32c_word(at));
            second = CRC32C_STEP_WORD(second, crc32c_word(at + CRC32C_LANE_BYTES));
            third = CRC32C_STEP_WORD(third, crc32c_word(at + 2 * CRC32C_LANE_BYTES));
        }
        state = crc32c_skip_lane(crc32c_skip_lane(state) ^ second) ^ third;
        at += 2 * CRC32C_LANE_BYTES;
    }
    for (; count >= 8; count -= 8, at += 8)
        state = CRC32C_STEP_WORD(state, crc32c_word(at));
    for (; count; count--, at++)
        state = CRC32C_STEP_BYTE(state, *at);
    return (uint32_t)state;
}

#endif

#if !defined(CRC32C_INSTRUCTION) || defined(CRC32C_HAS_INSTRUCTION)

#define CRC32C_POLYNOMIAL 0x82F63B78u /* 0x1EDC6F41, lowest bit first */

/* What a byte does to the state when as many bytes as the table's number follow it. */
static uint32_t crc32c_tables[16][256];

static inline void crc32c_prepare_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t state = byte;
        for (int bit = 0; bit < 8; bit++)
            state = state >> 1 ^ (state & 1 ? CRC32C_POLYNOMIAL : 0);
        crc32c_tables[0][byte] = state;
    }
    for (int table = 1; table < 16; table++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t state = crc32c_tables[table - 1][byte];
            crc32c_tables[table][byte] = state >> 8 ^ crc32c_tables[0][state & 255];
        }
}

/* What four bytes do to the state when as many bytes as `behind` follow them. */
static inline uint32_t crc32c_look_up(uint64_t word, int behind)
{
    return crc32c_tables[behind + 3][word & 255] ^ crc32c_tables[behind + 2][word >> 8 & 255]
         ^ crc32c_tables[behind + 1][word >> 16 & 255] ^ crc32c_tables[behind][word >> 24 & 255];
}

static inline uint32_t crc32c_update_tables(uint32_t state, const uint8_t *at, size_t count)
{
    for (; count >= 16; count -= 16, at += 16) {
        uint64_t first = crc32c_word(at), second = crc32c_word(at + 8);
        /* Twelve of the bytes need no state, so that only four wait for the round before. */
        uint32_t rest = crc32c_look_up(first >> 32, 8) ^ crc32c_look_up(second, 4)
                      ^ crc32c_look_up(second >> 32, 0);
        state = rest ^ crc32c_look_up(first ^ state, 12);
    }
    for (; count; count--, at++)
        state = state >> 8 ^ crc32c_tables[0][(state ^ *at) & 255];
    return state;
}

#endif

#ifdef CRC32C_HAS_INSTRUCTION
static int crc32c_has_instruction;

static inline void crc32c_prepare(void)
{
    crc32c_has_instruction = CRC32C_HAS_INSTRUCTION();
    if (crc32c_has_instruction)
        crc32c_prepare_lanes();
    else
        crc32c_prepare_tables();
}

static inline uint32_t crc32c_update(uint32_t state, const uint8_t *at, size_t count)
{
    return crc32c_has_instruction ? crc32c_update_lanes(state, at, count)
                                  : crc32c_update_tables(state, at, count);
}
#elif defined(CRC32C_INSTRUCTION)
#define crc32c_prepare crc32c_prepare_lanes
#define crc32c_update crc32c_update_lanes
#else
#define crc32c_prepare crc32c_prepare_tables
#define crc32c_update crc32c_update_tables
#endif

/* The checksum of what `value` is the checksum of, and `count` bytes after it. 0 is of nothing. */
static inline uint32_t crc32c_extended(uint32_t value, const uint8_t *at, size_t count)
{
    return ~crc32c_update(~value, at, count);
}

#endif
