"""Finding many codes at once, with the memory of the next ones already on its way.

A block of codes is walked once for every wait: once to know each code's home line and ask for it,
once to look into the lines, once more for the few rows that lie in their alternate line. Numbers,
which are nearly all codes, go this way without a branch that depends on what is found.
"""

from libc.stdint cimport int32_t, uint64_t

from code_input cimport CodeBatch, InputKind, key_of_kind
from exact cimport (
    NO_KEY,
    Aim,
    Exact,
    Key,
    KeyKind,
    aim_at_known,
    aim_at_number,
    find_aimed,
    is_number,
    lines_of_kind,
)
from key_number cimport Characters, number_of
from line_table cimport (
    DESTINATION_BITS,
    LINE_WORDS,
    SLOT_CHOICE,
    SLOT_KEY,
    Place,
    alternate_line,
    lot_of,
    place_destination,
)

cdef extern from *:
    void __builtin_prefetch(const void* address) noexcept nogil

cdef extern from "lanes.h":
    unsigned slot_in_line(const uint64_t* line, uint64_t mask, uint64_t pattern) noexcept nogil

cdef extern from *:
    """
    static const uint64_t EMPTY_LINE[8] __attribute__((aligned(64))) = {0};
    #define NO_ROW (~(uint64_t)0)
    """
    const uint64_t EMPTY_LINE[8]
    const uint64_t NO_ROW  # as a pattern it fits no slot

cdef enum:
    BLOCK = 128  # enough that waiting for the few late rows of a block costs each code little


cdef struct Other:
    # A code that is not kept as a number.
    Py_ssize_t at
    Key key
    uint64_t number
    KeyKind kind
    Aim aim


cdef struct Search:
    const uint64_t* lines[BLOCK]
    uint64_t patterns[BLOCK]
    Py_ssize_t late[BLOCK]  # rows that may lie in their alternate line
    Py_ssize_t late_count
    Other others[BLOCK]
    Py_ssize_t other_count


cdef inline void aim_block(
    const Exact* exact,
    CodeBatch* batch,
    InputKind kind,
    Py_ssize_t first,
    Py_ssize_t count,
    Search* search,
) noexcept nogil:
    cdef Characters before_end
    cdef uint64_t number
    cdef Py_ssize_t at
    cdef Aim aim
    cdef Key key
    search.other_count = 0
    for at in range(count):
        key = key_of_kind(batch, kind, first + at, &before_end)
        number = number_of(exact.book, &before_end, key.text + key.length, key.length)
        if is_number(exact, number):
            aim_at_number(exact, number, &aim)
            search.lines[at] = exact.number.words + aim.line * LINE_WORDS
            search.patterns[at] = aim.pattern if aim.pattern else NO_ROW
            __builtin_prefetch(search.lines[at])
        else:
            search.lines[at] = EMPTY_LINE
            search.patterns[at] = NO_ROW
            search.others[search.other_count].at = at
            search.others[search.other_count].key = key
            search.others[search.other_count].number = number
            search.other_count += 1


cdef inline void look_into_block(
    Py_ssize_t count, Search* search, int32_t* out
) noexcept nogil:
    cdef const uint64_t* line
    cdef Py_ssize_t at
    cdef unsigned slot
    cdef bint missed
    search.late_count = 0
    for at in range(count):
        line = search.lines[at]
        slot = slot_in_line(line, SLOT_KEY, search.patterns[at])
        missed = slot == LINE_WORDS
        out[at] = <int32_t>(line[slot & 7] & 0xFFFF) | -<int32_t>missed
        search.late[search.late_count] = at
        search.late_count += missed & (
            line[lot_of(search.patterns[at] >> DESTINATION_BITS, LINE_WORDS)] >> 63
        )


cdef inline void look_again(const Exact* exact, Search* search, int32_t* out) noexcept nogil:
    cdef Py_ssize_t late, at
    cdef uint64_t line
    cdef unsigned slot
    for late in range(search.late_count):
        at = search.late[late]
        line = alternate_line(
            (search.lines[at] - exact.number.words) // LINE_WORDS,
            search.patterns[at] >> DESTINATION_BITS,
            exact.number.region_mask,
        )
        search.lines[at] = exact.number.words + line * LINE_WORDS
        __builtin_prefetch(search.lines[at])
    for late in range(search.late_count):
        at = search.late[late]
        slot = slot_in_line(search.lines[at], SLOT_KEY, search.patterns[at] | SLOT_CHOICE)
        if slot < LINE_WORDS:
            out[at] = <int32_t>(search.lines[at][slot] & 0xFFFF)


cdef inline void find_others(const Exact* exact, Search* search, int32_t* out) noexcept nogil:
    """The codes that are not kept as numbers."""
    cdef Py_ssize_t at
    cdef Other* other
    cdef Place place
    for at in range(search.other_count):
        other = &search.others[at]
        other.kind = aim_at_known(exact, &other.key, other.number, &other.aim)
        if other.kind != NO_KEY:
            __builtin_prefetch(
                lines_of_kind(exact, other.kind).words + other.aim.line * LINE_WORDS
            )
    for at in range(search.other_count):
        other = &search.others[at]
        if other.kind != NO_KEY and find_aimed(
            exact, other.kind, &other.aim, &other.key, &place
        ):
            out[other.at] = place_destination(&place)


cdef inline void find_batch(
    const Exact* exact, CodeBatch* batch, InputKind kind, int32_t* out
) noexcept nogil:
    """The destination number of each code, or -1. `kind` is the batch's, as a constant."""
    cdef Search search
    cdef Py_ssize_t first = 0
    cdef Py_ssize_t count
    while first < batch.count:
        count = min(<Py_ssize_t>BLOCK, batch.count - first)
        aim_block(exact, batch, kind, first, count, &search)
        look_into_block(count, &search, out + first)
        if search.late_count:
            look_again(exact, &search, out + first)
        if search.other_count:
            find_others(exact, &search, out + first)
        first += BLOCK
