"""Keys of two words of 53 bits: codes of up to 20 characters of 0-9, A-Z and '-', and numbers.

A code has ten characters in each word: one is worth 1 to 37 and a place after the end 0, in base
38, so that no two codes share both words. The first word is never 0. A number that a table does
not keep as one stands in the range of first words that ten characters leave free.
"""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy, memset

from key_number cimport ShapeBook, write_number

cdef extern from *:
    """
    #define PACKED_NUMBERS 6278211847988224u /* 38 to the power of 10 */
    #define HALF_MASK (((uint64_t)1 << 53) - 1)
    static const uint8_t SYMBOLS[256] = {
        ['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        ['A'] = 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
        24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
        ['-'] = 37,
    };
    """
    const uint64_t PACKED_NUMBERS
    const uint64_t HALF_MASK
    const uint8_t SYMBOLS[256]

cdef enum:
    LONGEST_PACKED = 20
    HALF = 10
    BASE = 38
    HALF_BITS = 53


cdef struct Packed:
    uint64_t first
    uint64_t second


cdef inline uint8_t character_of(unsigned symbol) noexcept nogil:
    if symbol <= 10:
        return <uint8_t>(47 + symbol)
    return <uint8_t>(54 + symbol) if symbol <= 36 else 45


cdef inline bint pack_code(
    const uint8_t* end, Py_ssize_t length, Packed* packed
) noexcept nogil:
    """Both words of the code of `length` characters that ends at `end`; False when it has none.

    The 32 bytes before `end` must be readable.
    """
    cdef uint8_t room[32 + LONGEST_PACKED]
    cdef const uint8_t* code = &room[32] - length
    cdef unsigned first, second
    cdef Py_ssize_t at
    cdef Py_ssize_t symbols = 0
    if not 1 <= length <= LONGEST_PACKED:
        return False
    memcpy(room, end - 32, 32)
    memset(&room[32], 0, LONGEST_PACKED)
    packed.first = 0
    packed.second = 0
    for at in range(HALF):
        first = SYMBOLS[code[at]]
        second = SYMBOLS[code[at + HALF]]
        symbols += (first != 0) + (second != 0)
        packed.first = packed.first * BASE + first
        packed.second = packed.second * BASE + second
    # What comes after the end has no symbol; all of the code must have one.
    return symbols == length


cdef inline void pack_number(uint64_t number, Packed* packed) noexcept nogil:
    packed.first = PACKED_NUMBERS + (number >> HALF_BITS)
    packed.second = number & HALF_MASK


cdef inline bint is_packed_number(const Packed* packed) noexcept nogil:
    return packed.first >= PACKED_NUMBERS


cdef inline uint64_t packed_number(const Packed* packed) noexcept nogil:
    return (packed.first - PACKED_NUMBERS) << HALF_BITS | packed.second


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


cdef inline Py_ssize_t unpack_code(
    const ShapeBook* book, const Packed* packed, uint8_t* code
) noexcept nogil:
    """Writes a code, at most LONGEST_PACKED characters; returns its length, 0 for none."""
    cdef Py_ssize_t first, second
    if is_packed_number(packed):
        if (packed.first - PACKED_NUMBERS) >> (64 - HALF_BITS):
            return 0
        return write_number(book, packed_number(packed), code)
    first = unpack_half(packed.first, code)
    second = unpack_half(packed.second, code + HALF)
    if first < 1 or second < 0 or (second > 0 and first < HALF):
        return 0
    return first + second
