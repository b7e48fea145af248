"""The tree in which the longest prefix of a code is searched, and one step down each kind of node.

A reference (32 bits) is an answer, or a node by its kind and place. The matched prefix is the way
that was gone, so an answer needs only its destination and length.

Every node looks at a window of the code, its characters from the node's depth on, as one
big-endian number: shorter codes are filled up with NULs, which no prefix has.

- Root: the first characters of a code, up to six, pick a fan. Each has its own alphabet.
- Fan: the next two pick one of its lines, roughly: neighbours share a line.
- Line: up to five ways, each of up to eight characters; the longest that fits counts.
- Table: up to three characters pick a slot, where many prefixes go on in many ways.
- Tail: one way goes on, for up to eight characters; LongTail: for up to forty-eight.
- Few, Some: as a line, with up to four or eight ways.

A fan picks a line and the line compares all characters, so that nearly every code is answered out
of two places in memory: the fans are few enough to stay near the processor.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from exact cimport Key

cdef extern from *:
    uint64_t __builtin_bswap64(uint64_t number) noexcept nogil
    int __builtin_clz(unsigned int number) noexcept nogil

cdef extern from "prefix_ways.h":
    uint32_t fitting_of_four(
        uint64_t window, const uint64_t* windows, const uint8_t* shifts
    ) noexcept nogil
    uint32_t fitting_of_five(uint64_t window, const uint64_t* windows) noexcept nogil

cdef enum:
    KIND_BITS = 3
    UNIT_BYTES = 8  # places of nodes are counted in units
    WINDOW = 8
    ROOT_DEPTH = 6
    FAN_DEPTH = 2
    SHIFT_BITS = 4
    LINE_WAYS = 5
    TABLE_DEPTH = 3
    FEW_WAYS = 4
    SOME_WAYS = 8
    NO_PREFIX = 0

cdef enum:
    ANSWER
    TABLE
    TAIL
    LONG_TAIL
    FEW
    SOME
    KINDS


cdef struct Code:
    # `last` is where the last whole window begins, counted from `text`: before it in short codes.
    const uint8_t* text
    int64_t last


cdef struct Root:
    uint64_t depth
    # What a character at a place adds to the number of the fan. The fans follow.
    uint32_t steps[ROOT_DEPTH][256]


cdef struct Fan:
    # The number of its first line, counted from the beginning of the memory, and in the lowest
    # SHIFT_BITS the logarithm of how many neighbours share a line.
    uint32_t lines
    uint8_t low[FAN_DEPTH]
    uint8_t span[FAN_DEPTH]


cdef struct Line:
    # In ascending order, so that of two ways that fit the longer one comes last. Characters that
    # do not count are NULs. An unused way repeats the last one. A line of zeros knows no prefix.
    uint64_t windows[LINE_WAYS]
    uint32_t found[LINE_WAYS + 1]  # first what holds when no way fits


cdef struct Table:
    uint8_t depth
    uint8_t low[TABLE_DEPTH]
    uint8_t span[TABLE_DEPTH]
    uint8_t unused
    # (span + 1) * (span + 1) * (span + 1) slots follow; the last of a place is for all others.


cdef struct Tail:
    uint8_t depth
    uint8_t shift  # leaves the characters that count: 64 - 8 * their number
    uint8_t unused[6]
    uint32_t found[2]  # by whether the code differs
    uint64_t window


cdef struct LongTail:
    uint8_t depth
    uint8_t windows
    uint8_t shift  # of the last window
    uint8_t unused[5]
    uint32_t found[2]
    # The windows follow.


cdef struct Few:
    # As Line.
    uint64_t windows[FEW_WAYS]
    uint32_t found[FEW_WAYS + 1]
    uint8_t shifts[FEW_WAYS]
    uint8_t depth
    uint8_t unused[7]


cdef struct Some:
    # As Line.
    uint64_t windows[SOME_WAYS]
    uint32_t found[SOME_WAYS + 1]
    uint8_t shifts[SOME_WAYS]
    uint8_t depth
    uint8_t unused[3]


cdef inline Code code_of(const Key* key) noexcept nogil:
    cdef Code code
    code.text = key.text
    code.last = key.length - WINDOW
    return code


cdef inline uint32_t answer_of(uint32_t destination, uint32_t length) noexcept nogil:
    return (destination << 9) | (length << KIND_BITS) | ANSWER


cdef inline uint32_t answer_length(uint32_t reference) noexcept nogil:
    return (reference >> KIND_BITS) & 63


cdef inline int answer_destination(uint32_t reference) noexcept nogil:
    """The destination number, -1 when there is no prefix."""
    return <int>(reference >> 9) | -<int>(answer_length(reference) == 0)


cdef inline uint32_t kind_of(uint32_t reference) noexcept nogil:
    return reference & ((1 << KIND_BITS) - 1)


cdef inline const uint8_t* node_at(const uint8_t* nodes, uint32_t reference) noexcept nogil:
    return nodes + <uint64_t>(reference >> KIND_BITS) * UNIT_BYTES


cdef inline uint64_t window_at(const Code* code, uint64_t depth) noexcept nogil:
    """Eight characters from `depth` on. The load ends with the code at the latest."""
    cdef int64_t start = min(<int64_t>depth, code.last)
    cdef uint64_t half_past = min(4 * <uint64_t>(<int64_t>depth - start), <uint64_t>32)
    cdef uint64_t window
    memcpy(&window, code.text + start, 8)
    # In two halves, because no shift may be by all 64 bits.
    return __builtin_bswap64(window) << half_past << half_past


cdef inline const Fan* fan_of(const Root* root, uint64_t window) noexcept nogil:
    """The fan of a code by its first eight characters."""
    cdef uint64_t number = 0
    cdef uint32_t place
    for place in range(ROOT_DEPTH):
        number += root.steps[place][(window >> (56 - 8 * place)) & 0xFF]
    return <const Fan*>(root + 1) + number


cdef inline const Line* line_of(
    const uint8_t* nodes, const Fan* fan, uint64_t window
) noexcept nogil:
    """The line of a code by its eight characters behind the root.

    Characters that no prefix has may come to any line, as a line compares them all.
    """
    cdef uint32_t early = <uint32_t>(window >> 56) - fan.low[0]
    cdef uint32_t late = <uint32_t>((window >> 48) & 0xFF) - fan.low[1]
    cdef uint32_t number
    early = min(early, <uint32_t>fan.span[0])
    late = min(late, <uint32_t>fan.span[1])
    number = early * (fan.span[1] + <uint32_t>1) + late
    number >>= fan.lines & ((1 << SHIFT_BITS) - 1)
    return <const Line*>nodes + (fan.lines >> SHIFT_BITS) + number


cdef inline uint32_t step_line(const Line* line, uint64_t window) noexcept nogil:
    cdef uint32_t fitting = fitting_of_five(window, line.windows)
    return line.found[31 - __builtin_clz((fitting << 1) | 1)]


cdef inline const uint32_t* table_slot(const Table* table, uint64_t window) noexcept nogil:
    cdef uint64_t slot = 0
    cdef uint32_t place, value
    for place in range(TABLE_DEPTH):
        value = <uint32_t>((window >> (56 - 8 * place)) & 0xFF) - table.low[place]
        slot = slot * (table.span[place] + 1) + min(value, <uint32_t>table.span[place])
    return <const uint32_t*>(table + 1) + slot


cdef inline uint32_t step_tail(const Tail* tail, const Code* code) noexcept nogil:
    cdef uint64_t differing = (window_at(code, tail.depth) ^ tail.window) >> tail.shift
    return tail.found[differing != 0]


cdef inline uint32_t step_long_tail(const LongTail* tail, const Code* code) noexcept nogil:
    cdef const uint64_t* windows = <const uint64_t*>(tail + 1)
    cdef uint64_t differing = 0
    cdef uint64_t last = tail.windows - 1
    cdef uint64_t number
    for number in range(last):
        differing |= window_at(code, tail.depth + number * WINDOW) ^ windows[number]
    differing |= (window_at(code, tail.depth + last * WINDOW) ^ windows[last]) >> tail.shift
    return tail.found[differing != 0]


cdef inline uint32_t step_few(const Few* few, const Code* code) noexcept nogil:
    cdef uint32_t fitting = fitting_of_four(window_at(code, few.depth), few.windows, few.shifts)
    return few.found[31 - __builtin_clz((fitting << 1) | 1)]


cdef inline uint32_t step_some(const Some* some, const Code* code) noexcept nogil:
    cdef uint64_t window = window_at(code, some.depth)
    cdef uint32_t fitting = fitting_of_four(window, some.windows, some.shifts)
    fitting |= fitting_of_four(window, some.windows + 4, some.shifts + 4) << 4
    return some.found[31 - __builtin_clz((fitting << 1) | 1)]


cdef inline uint32_t step(
    const uint8_t* nodes, uint32_t reference, const Code* code
) noexcept nogil:
    """One node further; `reference` is a node."""
    cdef const uint8_t* node = node_at(nodes, reference)
    cdef uint32_t kind = kind_of(reference)
    if kind == TABLE:
        return table_slot(<const Table*>node, window_at(code, (<const Table*>node).depth))[0]
    if kind == TAIL:
        return step_tail(<const Tail*>node, code)
    if kind == LONG_TAIL:
        return step_long_tail(<const LongTail*>node, code)
    if kind == FEW:
        return step_few(<const Few*>node, code)
    return step_some(<const Some*>node, code)


cdef inline uint32_t find_longest(
    const uint8_t* nodes, const Root* root, const Code* code
) noexcept nogil:
    """The answer for a code, NO_PREFIX when it begins with none."""
    cdef uint64_t window = window_at(code, root.depth)
    cdef const Fan* fan = fan_of(root, window_at(code, 0))
    cdef uint32_t reference = step_line(line_of(nodes, fan, window), window)
    while kind_of(reference) != ANSWER:
        reference = step(nodes, reference, code)
    return reference
