"""The seeded hash that spreads texts over lines.

A compiled table fixes this function: change it and the file version changes with it. It reads
words in the machine's own order, which is why big-endian hosts are refused at import.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from "lanes.h":
    uint64_t high_product(uint64_t a, uint64_t b) noexcept nogil


cdef inline uint64_t word8(const uint8_t* at) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, at, 8)
    return word


cdef inline uint32_t word4(const uint8_t* at) noexcept nogil:
    cdef uint32_t word
    memcpy(&word, at, 4)
    return word


cdef inline uint64_t round_of(uint64_t state, uint64_t word) noexcept nogil:
    """One round: an odd multiplier carries low bits up, the shift brings them down again."""
    state = (state ^ word) * <uint64_t>0x9E3779B97F4A7C15
    return state ^ (state >> 32)


cdef inline uint64_t folded(uint64_t state, uint64_t word, uint64_t factor) noexcept nogil:
    """One round: a product's halves together. No difference survives it that one can foresee."""
    word ^= state
    return (word * factor) ^ high_product(word, factor)


cdef inline uint64_t code_hash(
    const uint8_t* code, Py_ssize_t length, uint64_t seed
) noexcept nogil:
    """64 bits of a code of `length` >= 1 bytes.

    The last word overlaps the one before it, so that no byte past the code is ever read; the
    length goes in with the seed, so that the overlap cannot make two codes alike. The factor comes
    from the seed: a known one lets codes be made that collide under every seed.
    """
    cdef uint64_t factor = round_of(seed, <uint64_t>0xD6E8FEB86659FD93) | 1
    cdef uint64_t state = round_of(seed, <uint64_t>length)
    cdef Py_ssize_t at = 0
    if length >= 8:
        while at + 8 < length:
            state = folded(state, word8(code + at), factor)
            at += 8
        state = folded(state, word8(code + length - 8), factor)
    elif length >= 4:
        state = folded(
            state, <uint64_t>word4(code) | (<uint64_t>word4(code + length - 4) << 32), factor
        )
    else:
        state = folded(
            state,
            <uint64_t>code[0]
            | (<uint64_t>code[length >> 1] << 8)
            | (<uint64_t>code[length - 1] << 16),
            factor,
        )
    return folded(state, seed, factor)


cdef inline bint same_code(const uint8_t* a, const uint8_t* b, Py_ssize_t length) noexcept nogil:
    """Whether two codes of one length are the same."""
    cdef Py_ssize_t at = 0
    if length >= 8:
        while at + 8 < length:
            if word8(a + at) != word8(b + at):
                return False
            at += 8
        return word8(a + length - 8) == word8(b + length - 8)
    while at < length:
        if a[at] != b[at]:
            return False
        at += 1
    return True
