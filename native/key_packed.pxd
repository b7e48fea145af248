"""Codes of up to 20 characters of 0-9, A-Z and '-', ten characters in each of two words.

A character is worth 1 to 37 and a place after the end 0, in base 38: ten of them stay below 2**53,
and no two codes share both words. The first word is never 0.
"""

from libc.stdint cimport uint8_t, uint64_t

cdef enum:
    LONGEST_PACKED = 20
    HALF = 10
    BASE = 38
    HALF_BITS = 53


cdef struct Packed:
    uint64_t first
    uint64_t second


cdef inline unsigned symbol_of(uint8_t character) noexcept nogil:
    """1 to 37, or 0 when a packed code can't have this character."""
    if 48 <= character <= 57:
        return character - 47
    if 65 <= character <= 90:
        return character - 54
    return 37 if character == 45 else 0


cdef inline uint8_t character_of(unsigned symbol) noexcept nogil:
    if symbol <= 10:
        return <uint8_t>(47 + symbol)
    return <uint8_t>(54 + symbol) if symbol <= 36 else 45


cdef inline bint pack_half(const uint8_t* code, Py_ssize_t length, uint64_t* half) noexcept nogil:
    cdef uint64_t value = 0
    cdef unsigned symbol
    cdef Py_ssize_t at
    for at in range(HALF):
        symbol = symbol_of(code[at]) if at < length else 0
        if at < length and symbol == 0:
            return False
        value = value * BASE + symbol
    half[0] = value
    return True


cdef inline bint pack_code(const uint8_t* code, Py_ssize_t length, Packed* packed) noexcept nogil:
    """Both words of a code; False when it has none."""
    if not 1 <= length <= LONGEST_PACKED:
        return False
    return pack_half(code, length, &packed.first) and pack_half(
        code + HALF, length - HALF, &packed.second
    )


cdef inline Py_ssize_t unpack_half(uint64_t half, uint8_t* code) noexcept nogil:
    """Writes the characters of one word; returns how many, -1 when no code has such a word."""
    cdef Py_ssize_t length = 0
    cdef Py_ssize_t at = HALF
    cdef unsigned symbol
    while at > 0:
        at -= 1
        symbol = half % BASE
        half //= BASE
        if symbol:
            code[at] = character_of(symbol)
            length = length if length else at + 1
        elif length:
            return -1
    return length if half == 0 else -1


cdef inline Py_ssize_t unpack_code(const Packed* packed, uint8_t* code) noexcept nogil:
    """Writes a code, at most LONGEST_PACKED characters; returns its length, 0 for none."""
    cdef Py_ssize_t first = unpack_half(packed.first, code)
    cdef Py_ssize_t second = unpack_half(packed.second, code + HALF)
    if first < 1 or second < 0 or (second > 0 and first < HALF):
        return 0
    return first + second
