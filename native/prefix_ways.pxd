"""The few ways on which some prefixes go on from a place: up to eight characters each.

Prefixes that go on behind the window share one way, which leads to a subtree of theirs.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from prefix_list cimport PrefixList, entry_destination, entry_key, entry_length
from prefix_nodes cimport BRANCH_WAYS, WINDOW, answer_of

cdef extern from *:
    uint64_t __builtin_bswap64(uint64_t number) noexcept nogil


cdef struct Ways:
    uint32_t count
    uint64_t windows[BRANCH_WAYS]
    uint8_t shifts[BRANCH_WAYS]  # leaves the characters that count
    # What a way leads to: an answer, or when `end` is not 0 a subtree of the entries from `first`
    # to `end`, with the answer for what none of them matches.
    uint32_t found[BRANCH_WAYS]
    uint32_t first[BRANCH_WAYS]
    uint32_t end[BRANCH_WAYS]


cdef inline uint64_t entry_window(
    const PrefixList* entries, uint32_t number, uint32_t depth
) noexcept nogil:
    """Up to eight characters of a key from `depth` on, filled up with NULs."""
    cdef uint32_t rest = entry_length(entries, number) - depth
    cdef uint64_t window
    if rest == 0:
        return 0
    memcpy(&window, entry_key(entries, number) + depth, 8)
    window = __builtin_bswap64(window)
    return window if rest >= WINDOW else window & ~(~<uint64_t>0 >> (8 * rest))


cdef inline uint32_t answer_of_entry(const PrefixList* entries, uint32_t number) noexcept nogil:
    return answer_of(entry_destination(entries, number), entry_length(entries, number))


cdef inline uint32_t answer_on_the_way(
    const Ways* ways, uint64_t window, uint32_t other
) noexcept nogil:
    """The answer of the longest way so far that leads to `window`."""
    cdef uint32_t way
    for way in range(ways.count):
        if (window ^ ways.windows[way]) >> ways.shifts[way] == 0:
            other = ways.found[way]
    return other


cdef inline void add_way(
    const PrefixList* entries, uint32_t number, uint32_t depth, Ways* ways
) noexcept nogil:
    """The way of one entry, longer than `depth`, to its answer."""
    cdef uint32_t way = ways.count
    cdef uint32_t rest = entry_length(entries, number) - depth
    ways.windows[way] = entry_window(entries, number, depth)
    ways.shifts[way] = 8 * (WINDOW - rest) if rest < WINDOW else 0
    ways.found[way] = answer_of_entry(entries, number)
    ways.first[way] = number
    ways.end[way] = 0
    ways.count += 1


cdef inline bint collect_ways(
    const PrefixList* entries,
    uint32_t first,
    uint32_t end,
    uint32_t depth,
    uint32_t other,
    uint32_t most,
    Ways* ways,
) noexcept nogil:
    """Add those of the entries `first` to `end`, all longer than `depth`; False if too many.

    `other` holds where none of them fits; `most` is at most BRANCH_WAYS.
    """
    cdef uint32_t number = first
    cdef uint32_t shorter = other
    cdef uint32_t way, rest
    while number < end:
        if ways.count == most:
            return False
        way = ways.count
        rest = entry_length(entries, number) - depth
        if rest >= WINDOW:
            shorter = answer_on_the_way(ways, entry_window(entries, number, depth), other)
        add_way(entries, number, depth, ways)
        number += 1
        if rest >= WINDOW:
            while number < end and entry_window(entries, number, depth) == ways.windows[way]:
                number += 1
            if rest > WINDOW or number - ways.first[way] > 1:
                ways.found[way] = shorter
                ways.end[way] = number
    return True
