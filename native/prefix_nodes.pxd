"""The nodes in which prefixes go on below the lines of a tree, and one step down each kind of them.

A reference (32 bits) is an answer, or a node by its kind and place. The matched prefix is the way
that was gone, so an answer needs only its destination and length.

Every node looks at a window of the code, its characters from the node's depth on, as one
big-endian number: shorter codes are filled up with NULs, which no prefix has.

- Table: up to three characters pick a slot, where many prefixes go on in many ways.
- Branch: up to eight ways, each of up to eight characters; the longest that fits counts.
- Tail: one way goes on, for up to forty-eight characters.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from exact cimport Key

cdef extern from *:
    uint64_t __builtin_bswap64(uint64_t number) noexcept nogil
    int __builtin_clz(unsigned int number) noexcept nogil

cdef extern from "prefix_ways.h":
    uint32_t fitting_of_eight(
        uint64_t window, const uint64_t* windows, const uint8_t* shifts
    ) noexcept nogil

cdef enum:
    KIND_BITS = 3
    UNIT_BYTES = 8  # places of nodes are counted in units
    WINDOW = 8
    TABLE_DEPTH = 3
    BRANCH_WAYS = 8
    NO_PREFIX = 0

cdef enum:
    ANSWER
    TABLE
    BRANCH
    TAIL
    KINDS


cdef struct Code:
    # `last` is where the last whole window begins, counted from `text`: before it in short codes.
    const uint8_t* text
    int64_t last


cdef struct Table:
    uint8_t depth
    uint8_t low[TABLE_DEPTH]
    uint8_t span[TABLE_DEPTH]
    uint8_t unused
    # (span + 1) * (span + 1) * (span + 1) slots follow; the last of a place is for all others.


cdef struct Branch:
    # Ways in ascending order, so that of two that fit the longer one comes last. Characters that do
    # not count are NULs. An unused way repeats the last one.
    uint64_t windows[BRANCH_WAYS]
    uint32_t found[BRANCH_WAYS + 1]  # first what holds when no way fits
    uint8_t shifts[BRANCH_WAYS]  # leaves the characters that count: 64 - 8 * their number
    uint8_t depth
    uint8_t unused[3]


cdef struct Tail:
    uint8_t depth
    uint8_t windows
    uint8_t shift  # of the last window, as in Branch
    uint8_t unused[5]
    uint32_t found[2]  # by whether the code differs
    # The windows follow.


cdef inline Code code_of(const Key* key) noexcept nogil:
    cdef Code code
    code.text = key.text
    code.last = key.length - WINDOW
    return code


cdef inline uint32_t answer_of(uint32_t destination, uint32_t length) noexcept nogil:
    return ((destination + 1) << 9) | (length << KIND_BITS) | ANSWER


cdef inline uint32_t answer_length(uint32_t reference) noexcept nogil:
    return (reference >> KIND_BITS) & 63


cdef inline int answer_destination(uint32_t reference) noexcept nogil:
    """The destination number, -1 when there is no prefix."""
    return <int>(reference >> 9) - 1


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


cdef inline const uint32_t* table_slot(const Table* table, uint64_t window) noexcept nogil:
    cdef uint64_t slot = 0
    cdef uint32_t place, value
    for place in range(TABLE_DEPTH):
        value = <uint32_t>((window >> (56 - 8 * place)) & 0xFF) - table.low[place]
        slot = slot * (table.span[place] + 1) + min(value, <uint32_t>table.span[place])
    return <const uint32_t*>(table + 1) + slot


cdef inline uint32_t step_branch(const Branch* branch, const Code* code) noexcept nogil:
    cdef uint64_t window = window_at(code, branch.depth)
    cdef uint32_t fitting = fitting_of_eight(window, branch.windows, branch.shifts)
    return branch.found[31 - __builtin_clz((fitting << 1) | 1)]


cdef inline uint32_t step_tail(const Tail* tail, const Code* code) noexcept nogil:
    cdef const uint64_t* windows = <const uint64_t*>(tail + 1)
    cdef uint64_t differing = 0
    cdef uint64_t last = tail.windows - 1
    cdef uint64_t number
    for number in range(last):
        differing |= window_at(code, tail.depth + number * WINDOW) ^ windows[number]
    differing |= (window_at(code, tail.depth + last * WINDOW) ^ windows[last]) >> tail.shift
    return tail.found[differing != 0]


cdef inline uint32_t step(
    const uint8_t* nodes, uint32_t reference, const Code* code
) noexcept nogil:
    """One node further; `reference` is a node."""
    cdef const uint8_t* node = node_at(nodes, reference)
    cdef uint32_t kind = kind_of(reference)
    if kind == TABLE:
        return table_slot(<const Table*>node, window_at(code, (<const Table*>node).depth))[0]
    if kind == BRANCH:
        return step_branch(<const Branch*>node, code)
    return step_tail(<const Tail*>node, code)
