"""Codes that are numbers: letters, digits and letters again, in the shapes that carriers use.

A shape is (letters before, digits, letters behind): an S10 number is (2, 9, 2), an SSCC (0, 18, 0),
a Cainiao number (2, 12 to 14, 0). The shapes lie one after another in the 64-bit numbers, so that a
code and its number are the same thing said twice: nothing is left out, check digits neither. The
shapes that matter most come first: a table that holds only those below 2**NEAR_BITS needs fewer
bits for each row. A compiled table fixes all of this; change it and the file version changes.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from number_weights cimport LETTERS, LaneWeights, lanes_value, write_weights

cdef extern from "lanes.h":
    const unsigned LANES
    ctypedef struct Characters:
        uint32_t digits
        uint32_t capitals
        uint32_t nuls
    unsigned leading_zeros(uint32_t bits) noexcept nogil
    Characters characters_before(const uint8_t* end) noexcept nogil

cdef enum:
    NO_NUMBER = 0  # it would be mixed into 0 by every seed, which is an empty slot's mark
    MOST_BEFORE = 4
    MOST_DIGITS = 20
    MOST_BEHIND = 2
    SHAPES = (MOST_BEFORE + 1) * 2 * (MOST_DIGITS + 1)
    LONGEST_NUMBER = 20
    NEAR_BITS = 61
    FAR_BITS = 64
    LETTER_PAIRS = LETTERS * LETTERS


cdef struct Shape:
    LaneWeights weights
    uint64_t base  # the number of its first code
    uint64_t size  # how many codes it has
    uint64_t top_limit  # the value of characters 17 to 24 before the end must be below it
    uint32_t digits  # where a code has digits and capitals, as `Characters` has them
    uint32_t capitals


cdef struct ShapeBook:
    Shape shapes[SHAPES]
    uint8_t order[SHAPES]  # the shapes in use by ascending base
    unsigned count


cdef inline unsigned shape_index(unsigned before, unsigned digits, bint behind) noexcept nogil:
    return (digits * 2 + behind) * (MOST_BEFORE + 1) + before


cdef inline uint64_t add_shape(
    ShapeBook* book, uint64_t base, unsigned before, unsigned digits, bint behind
) noexcept nogil:
    """Give a shape its place from `base` on; returns where the next one begins."""
    cdef Shape* shape = &book.shapes[shape_index(before, digits, behind)]
    cdef unsigned after = MOST_BEHIND if behind else 0
    cdef unsigned _at
    write_weights(&shape.weights, before, digits, after)
    shape.digits = ~<uint32_t>0 << (LANES - digits) >> after
    shape.capitals = (
        ~<uint32_t>0 << (LANES - before - digits - after) & ~shape.digits
    )
    shape.base = base
    # Twenty digits are an SSCC behind its application identifier: they begin with 00.
    shape.top_limit = 100 if digits == MOST_DIGITS else ~<uint64_t>0
    shape.size = 1
    for _at in range(digits if digits < MOST_DIGITS else MOST_DIGITS - 2):
        shape.size *= 10
    for _at in range(before + after):
        shape.size *= LETTERS
    book.order[book.count] = <uint8_t>shape_index(before, digits, behind)
    book.count += 1
    return base + shape.size


cdef inline uint64_t add_shapes(
    ShapeBook* book, uint64_t base, unsigned before, unsigned least, unsigned most, bint behind
) noexcept nogil:
    cdef unsigned digits
    for digits in range(least, most + 1):
        base = add_shape(book, base, before, digits, behind)
    return base


cdef inline void write_shape_book(ShapeBook* book) noexcept nogil:
    cdef uint64_t base = NO_NUMBER + 1
    # No character is a digit and a capital: a shape that is not in use fits no code.
    memset(book, 255, sizeof(ShapeBook))
    book.count = 0
    base = add_shapes(book, base, 0, 1, 18, False)
    base = add_shapes(book, base, 2, 1, 9, True)
    base = add_shapes(book, base, 2, 1, 15, False)
    base = add_shapes(book, base, 1, 1, 14, False)
    base = add_shapes(book, base, 3, 1, 13, False)
    base = add_shapes(book, base, 4, 1, 11, False)
    # Below here numbers are under 2**NEAR_BITS, from here on under 2**FAR_BITS.
    base = add_shape(book, base, 0, MOST_DIGITS, False)
    base = add_shape(book, base, 0, 19, False)
    base = add_shapes(book, base, 1, 15, 16, False)
    base = add_shape(book, base, 3, 14, False)
    add_shape(book, base, 4, 12, False)


cdef inline uint64_t number_of(
    const ShapeBook* book, const Characters* before_end, const uint8_t* end, Py_ssize_t length
) noexcept nogil:
    """The number of the code of `length` characters that ends at `end`; NO_NUMBER: it has none."""
    cdef uint32_t theirs, digits, capitals
    cdef unsigned before, count, behind
    cdef uint64_t top, value
    cdef const Shape* shape
    if not 1 <= length <= LONGEST_NUMBER:
        return NO_NUMBER
    theirs = <uint32_t>0xFFFFFFFF << (LANES - length)
    digits = before_end.digits & theirs
    capitals = before_end.capitals & theirs
    behind = leading_zeros(~capitals)
    count = leading_zeros(~<uint32_t>(<uint64_t>digits << behind))
    before = <unsigned>length - behind - count
    if before > MOST_BEFORE:
        return NO_NUMBER
    shape = &book.shapes[shape_index(before, count, behind != 0)]
    if digits != shape.digits or capitals != shape.capitals:
        return NO_NUMBER
    value = lanes_value(end, &shape.weights, &top)
    return shape.base + value if top < shape.top_limit else NO_NUMBER


cdef inline uint64_t read_number(
    const ShapeBook* book, const uint8_t* end, Py_ssize_t length
) noexcept nogil:
    """As number_of. The LANES bytes before `end` must be readable."""
    cdef Characters before_end = characters_before(end)
    return number_of(book, &before_end, end, length)


cdef inline uint8_t* write_letters(uint8_t* end, unsigned count, uint64_t value) noexcept nogil:
    """`count` capitals before `end`; returns where they begin."""
    cdef unsigned _at
    for _at in range(count):
        end -= 1
        end[0] = <uint8_t>(65 + value % LETTERS)
        value //= LETTERS
    return end


cdef inline unsigned shape_of(const ShapeBook* book, uint64_t number) noexcept nogil:
    """The index of the last shape that begins at or below a number."""
    cdef unsigned low = 0
    cdef unsigned high = book.count
    cdef unsigned middle
    while high - low > 1:
        middle = (low + high) // 2
        if book.shapes[book.order[middle]].base <= number:
            low = middle
        else:
            high = middle
    return book.order[low]


cdef inline Py_ssize_t write_number(
    const ShapeBook* book, uint64_t number, uint8_t* code
) noexcept nogil:
    """The code of a number, at most LONGEST_NUMBER characters; returns its length, 0 for none."""
    cdef unsigned index = shape_of(book, number)
    cdef const Shape* shape = &book.shapes[index]
    cdef unsigned before = index % (MOST_BEFORE + 1)
    cdef unsigned behind = MOST_BEHIND if index // (MOST_BEFORE + 1) % 2 else 0
    cdef unsigned digits = index // (2 * (MOST_BEFORE + 1))
    cdef unsigned _at
    cdef uint8_t* end
    number -= shape.base
    if number >= shape.size:
        return 0
    end = code + before + digits + behind
    write_letters(end, behind, number % LETTER_PAIRS)
    if behind:
        number //= LETTER_PAIRS
    end -= behind
    for _at in range(digits):
        end -= 1
        end[0] = <uint8_t>(48 + number % 10)
        number //= 10
    write_letters(end, before, number)
    return before + digits + behind
