"""Builds the lines of a wide fan, each from those entries whose values come to it."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from prefix_build cimport Builder, lead_on, subtree
from prefix_list cimport PrefixList, entry_key
from prefix_tree cimport LINE_WAYS, Line
from prefix_ways cimport Ways, add_way, answer_of_entry, collect_ways


cdef struct Stretch:
    # Entries that share the characters up to a depth and are longer.
    uint32_t first
    uint32_t end
    uint32_t depth
    uint32_t other  # the answer where none of them matches
    # An earlier entry with one character behind the depth that reaches in here, or `first`.
    uint32_t covering


cdef inline void write_line(
    Builder* builder, uint64_t place, const Ways* ways, uint32_t other
) noexcept nogil:
    cdef Line* line = <Line*>(builder.memory.bytes + place)
    cdef uint32_t number, way
    line.found[0] = other
    for number in range(LINE_WAYS):
        way = min(number, ways.count - 1)
        line.windows[number] = ways.windows[way] if ways.count else 0
        line.found[number + 1] = ways.found[way] if ways.count else other


cdef inline void write_crowded_line(
    Builder* builder, uint64_t place, const Stretch* stretch
) noexcept nogil:
    """One way, of the first character; the entries with all others lie in a subtree of the rest."""
    cdef const PrefixList* entries = &builder.entries
    cdef uint32_t rest = stretch.first
    cdef uint32_t other = stretch.other
    cdef uint8_t character = entry_key(entries, stretch.covering)[stretch.depth]
    cdef Ways ways
    while rest < stretch.end and entry_key(entries, rest)[stretch.depth] == character:
        rest += 1
    if stretch.covering < stretch.first:
        other = answer_of_entry(entries, stretch.covering)
    ways.count = 1
    ways.windows[0] = <uint64_t>character << 56
    ways.found[0] = subtree(builder, stretch.first, rest, stretch.depth + 1, other)
    other = subtree(builder, rest, stretch.end, stretch.depth, stretch.other)
    write_line(builder, place, &ways, other)


cdef inline void fill_line(
    Builder* builder, uint64_t place, const Stretch* stretch
) noexcept nogil:
    cdef const PrefixList* entries = &builder.entries
    cdef Ways ways
    ways.count = 0
    if stretch.covering < stretch.first:
        add_way(entries, stretch.covering, stretch.depth, &ways)
    if not collect_ways(
        entries, stretch.first, stretch.end, stretch.depth, stretch.other, LINE_WAYS, &ways
    ):
        write_crowded_line(builder, place, stretch)
        return
    lead_on(builder, stretch.depth, &ways)
    write_line(builder, place, &ways, stretch.other)
