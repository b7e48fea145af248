"""Rows in cache lines: where a row may lie, and what a slot says of it.

A line is 64 bytes: eight slots of one word, or four of two words. A row lies in its home line, or,
when that is full, in its one alternate line: a search looks at two lines at most, whatever codes
an adversary may choose. Home and alternate line are in the same region of up to 64 KiB, so that
the second look is near the first.

A slot's first word, from the top: overflow bit, choice bit (1: this is the row's alternate line),
46 bits of mark, 16 bits of destination number. A slot is empty when its mark is 0. The overflow
bit belongs to the line, not to the row in the slot: it is set in slot `lot` of a home line when one
of its rows of that lot lies in the alternate line, so that most searches for what is not there end
at the first line.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "lanes.h":
    uint64_t high_product(uint64_t a, uint64_t b) noexcept nogil
    unsigned top_bit(uint64_t number) noexcept nogil

cdef enum:
    LINE_BYTES = 64
    LINE_WORDS = 8
    REGION_LINES = 1024
    DESTINATION_BITS = 16
    MARK_BITS = 46

cdef extern from *:
    """
    #define SLOT_OVERFLOW ((uint64_t)1 << 63)
    #define SLOT_CHOICE ((uint64_t)1 << 62)
    #define SLOT_MARK (((uint64_t)1 << 62) - ((uint64_t)1 << 16))
    #define SLOT_KEY (SLOT_MARK | SLOT_CHOICE)
    """
    const uint64_t SLOT_OVERFLOW
    const uint64_t SLOT_CHOICE
    const uint64_t SLOT_MARK
    const uint64_t SLOT_KEY


cdef struct Lines:
    const uint64_t* words
    const uint32_t* groups  # one a slot, or NULL
    const uint8_t* ops  # one a slot, or NULL
    uint64_t line_count  # 0: there is no row of this kind
    uint64_t region_mask
    unsigned slots  # in a line: 4 or 8


cdef struct Place:
    # Where a row is: slots are counted through all lines.
    const Lines* lines
    uint64_t slot


cdef inline uint64_t region_lines(uint64_t line_count) noexcept nogil:
    return REGION_LINES if line_count > REGION_LINES else line_count


cdef inline bint is_line_count(uint64_t count) noexcept nogil:
    """Whole regions, or one region of a power of two; a row needs two lines to choose from."""
    if count > REGION_LINES:
        return count % REGION_LINES == 0 and count >> 32 == 0
    return count >= 2 and count & (count - 1) == 0


cdef inline uint64_t alternate_line(
    uint64_t line, uint64_t spread, uint64_t region_mask
) noexcept nogil:
    """The other line of a row, from either of the two; `spread` is random bits of its key."""
    return line ^ ((spread & region_mask) | 1)


cdef inline unsigned lot_of(uint64_t spread, unsigned slots) noexcept nogil:
    return <unsigned>(spread >> 10) & (slots - 1)


cdef inline uint64_t slot_word(const Lines* lines, uint64_t slot) noexcept nogil:
    if lines.slots == LINE_WORDS:
        return lines.words[slot]
    return lines.words[slot // 4 * LINE_WORDS + slot % 4]


cdef inline uint64_t mark_of(uint64_t word) noexcept nogil:
    return (word & SLOT_MARK) >> DESTINATION_BITS


cdef inline uint16_t place_destination(const Place* place) noexcept nogil:
    return <uint16_t>slot_word(place.lines, place.slot)


cdef inline uint32_t place_group(const Place* place) noexcept nogil:
    return 0 if place.lines.groups is NULL else place.lines.groups[place.slot]


cdef inline uint8_t place_op(const Place* place) noexcept nogil:
    return 0 if place.lines.ops is NULL else place.lines.ops[place.slot]
