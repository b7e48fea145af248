"""What holds for every slot of a kind of rows, taken together line by line without a branch.

No fault is looked for where it lies: all slots are put into a few words that are sound, or not.
"""

from libc.stdint cimport uint64_t

from line_table cimport (
    DESTINATION_BITS,
    LINE_WORDS,
    MARK_BITS,
    SLOT_MARK,
    SLOT_OVERFLOW,
    Lines,
)
from row_ops cimport BASE_ROW, EXPIRE

cdef enum LineFault:
    SOUND
    EMPTY_SLOT_WRITTEN
    DESTINATION_UNKNOWN
    ROW_NOT_ANNOUNCED
    CODE_IMPOSSIBLE
    ROW_ELSEWHERE
    TEXT_ELSEWHERE
    TEXTS_LEFT_OVER
    GROUP_WITHOUT_ROW
    OP_WRONG
    COUNT_WRONG


cdef struct LineSums:
    uint64_t rows
    uint64_t stray  # not 0: a slot without a row holds something
    uint64_t unknown  # bit DESTINATION_BITS: a destination number is too high
    uint64_t stray_groups  # not 0: a group stands where there is no row
    uint64_t wrong_ops  # not 0: an operation is unknown, or stands where there is no row, or none


cdef inline uint64_t is_row(uint64_t word) noexcept nogil:
    """1 when the mark is not 0, else 0: adding the highest mark to any but 0 carries one bit."""
    return ((word & SLOT_MARK) + SLOT_MARK) >> (DESTINATION_BITS + MARK_BITS)


cdef inline void add_words(
    LineSums* sums, const Lines* lines, uint64_t first, uint64_t last, uint64_t destinations
) noexcept nogil:
    """The first words of the slots of the lines `first` to `last` - 1."""
    cdef uint64_t most = <uint64_t>1 << DESTINATION_BITS
    cdef uint64_t room = most - min(destinations, most)
    cdef uint64_t rows = 0
    cdef uint64_t stray = 0
    cdef uint64_t unknown = 0
    cdef uint64_t at, word, slot
    if lines.slots == LINE_WORDS:
        for at in range(first * LINE_WORDS, last * LINE_WORDS):
            word = lines.words[at]
            rows += is_row(word)
            stray |= (word & ~SLOT_OVERFLOW) & (is_row(word) - 1)
            unknown |= (word & 0xFFFF) + room
    else:
        for at in range(first, last):
            for slot in range(4):
                word = lines.words[at * LINE_WORDS + slot]
                rows += is_row(word)
                stray |= (word & ~SLOT_OVERFLOW) & (is_row(word) - 1)
                unknown |= (word & 0xFFFF) + room
    sums.rows += rows
    sums.stray |= stray
    sums.unknown |= unknown


cdef inline void add_sides(
    LineSums* sums, const Lines* lines, uint64_t first, uint64_t last
) noexcept nogil:
    """The groups and operations beside the slots."""
    cdef uint64_t stray = 0
    cdef uint64_t wrong = 0
    cdef uint64_t line, at, slot, row
    for line in range(first, last):
        for at in range(lines.slots):
            row = is_row(lines.words[line * LINE_WORDS + at])
            slot = line * lines.slots + at
            if lines.groups is not NULL:
                stray |= lines.groups[slot] & (row - 1)
            if lines.ops is not NULL:
                wrong |= (lines.ops[slot] != BASE_ROW) ^ row
                wrong |= lines.ops[slot] > EXPIRE
    sums.stray_groups |= stray
    sums.wrong_ops |= wrong


cdef inline void add_lines(
    LineSums* sums, const Lines* lines, uint64_t first, uint64_t last, uint64_t destinations
) noexcept nogil:
    add_words(sums, lines, first, last, destinations)
    if lines.groups is not NULL or lines.ops is not NULL:
        add_sides(sums, lines, first, last)


cdef inline void add_sums(LineSums* sums, const LineSums* others) noexcept nogil:
    sums.rows += others.rows
    sums.stray |= others.stray
    sums.unknown |= others.unknown
    sums.stray_groups |= others.stray_groups
    sums.wrong_ops |= others.wrong_ops


cdef inline LineFault fault_of_sums(const LineSums* sums, uint64_t rows) noexcept nogil:
    """What is wrong with lines that have these sums and must have so many rows."""
    if sums.stray:
        return EMPTY_SLOT_WRITTEN
    if sums.rows and sums.unknown >> DESTINATION_BITS:
        return DESTINATION_UNKNOWN
    if sums.stray_groups:
        return GROUP_WITHOUT_ROW
    if sums.wrong_ops:
        return OP_WRONG
    return SOUND if sums.rows == rows else COUNT_WRONG
