"""Builds a tree of prefixes from its root on: the fans below the root, and the lines of each fan.

A fan shares its values, what the two characters behind the root make, out to lines in their order.
An entry with one character behind the root is a way of every line that its values touch. Where a
line has too many ways, it tells only the first character apart and leads to subtrees.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from prefix_build cimport Builder, lead_on, new_place, subtree
from prefix_list cimport PrefixList, entry_key, entry_length
from prefix_memory cimport LINE_BYTES, reserve
from prefix_nodes cimport (
    LINE_WAYS,
    ROOT_DEPTH,
    SHIFT_BITS,
    Fan,
    Line,
    Root,
)
from prefix_shape cimport CHARACTERS, Shape, shape_slots
from prefix_ways cimport Ways, add_way, answer_of_entry, collect_ways, entry_window

cdef enum:
    BYTES_A_PREFIX = 48  # a first guess, so that most trees are built without moving
    ENTRIES_A_LINE = 2  # of five ways, so that hardly any line has too many


cdef struct Stretch:
    # Entries that share the characters up to the root's depth, and what else holds for a line.
    uint32_t first
    uint32_t end
    uint32_t depth
    uint32_t other  # the answer where none of them matches
    # An earlier entry with one character behind the root that reaches in here, or `first`.
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


cdef inline uint32_t value_of(const Fan* fan, uint64_t window) noexcept nogil:
    """What the first two characters of an entry's window make; no second one is the lowest."""
    cdef uint32_t early = <uint32_t>(window >> 56) - fan.low[0]
    cdef uint32_t late = <uint32_t>((window >> 48) & 0xFF)
    late = late - fan.low[1] if late else 0
    return early * (fan.span[1] + <uint32_t>1) + late


cdef inline uint32_t spread_values(
    const PrefixList* entries, const Stretch* whole, Fan* fan
) noexcept nogil:
    """The values of a fan and how many neighbours share a line; returns the number of lines."""
    cdef uint32_t count = whole.end - whole.first
    cdef uint32_t enough = (count + ENTRIES_A_LINE - 1) // ENTRIES_A_LINE
    cdef uint32_t number, last
    cdef uint8_t character
    cdef uint8_t low = 0xFF
    cdef uint8_t high = 0
    if count <= LINE_WAYS:
        return 1
    fan.low[0] = entry_key(entries, whole.first)[whole.depth]
    fan.span[0] = entry_key(entries, whole.end - 1)[whole.depth] - fan.low[0]
    for number in range(whole.first, whole.end):
        if entry_length(entries, number) > whole.depth + 1:
            character = entry_key(entries, number)[whole.depth + 1]
            low = min(low, character)
            high = max(high, character)
    if high:
        fan.low[1] = low
        fan.span[1] = high - low
    last = (fan.span[0] + <uint32_t>1) * (fan.span[1] + <uint32_t>1) - 1
    while last and (last >> 1) + 1 >= enough:
        last >>= 1
        fan.lines += 1
    return last + 1


cdef inline Fan new_fan(Builder* builder, const Stretch* whole) noexcept nogil:
    """The fan of entries that are all longer than the depth, or of an answer alone."""
    cdef const PrefixList* entries = &builder.entries
    cdef Fan fan
    cdef Stretch stretch = whole[0]
    cdef uint32_t covering = 0
    cdef uint32_t covered = 0  # lines before this one are touched by `covering`
    cdef uint32_t line, line_count, shift, value
    cdef uint64_t place
    memset(&fan, 0, sizeof(Fan))
    line_count = spread_values(entries, whole, &fan)
    shift = fan.lines
    place = new_place(builder, LINE_BYTES * <uint64_t>line_count)
    fan.lines = <uint32_t>(place // LINE_BYTES) << SHIFT_BITS | shift
    stretch.end = whole.first
    for line in range(line_count):
        stretch.first = stretch.end
        stretch.covering = covering if line < covered else stretch.first
        while stretch.end < whole.end:
            value = value_of(&fan, entry_window(entries, stretch.end, whole.depth))
            if line + 1 < line_count and value >> shift > line:
                break
            if entry_length(entries, stretch.end) == whole.depth + 1:
                covering = stretch.end
                covered = ((value + fan.span[1]) >> shift) + 1
            stretch.end += 1
        if builder.failed:
            break
        fill_line(builder, place + LINE_BYTES * <uint64_t>line, &stretch)
    return fan


cdef inline uint64_t fan_number(
    const Shape* shape, const uint8_t* key, uint32_t length
) noexcept nogil:
    """The first of the fans that a key of up to the root's depth leads to."""
    cdef uint64_t number = 0
    cdef uint32_t place
    for place in range(length):
        number += shape.inner[place] * shape.digits[place][key[place]]
    return number


cdef inline void spread_fans(
    Builder* builder, const Shape* shape, uint64_t fans_place
) noexcept nogil:
    """Set the fans of all entries; they are zeros, which know no prefix."""
    cdef const PrefixList* entries = &builder.entries
    cdef uint32_t depth = shape.places
    cdef uint32_t at = 0
    cdef uint32_t shared, length
    cdef uint64_t beginning, number, fan_count
    cdef Stretch stretch
    cdef Fan fan
    cdef Fan* fans
    while at < entries.count and not builder.failed:
        length = entry_length(entries, at)
        shared = min(length, depth)
        number = fan_number(shape, entry_key(entries, at), shared)
        fans = <Fan*>(builder.memory.bytes + fans_place) + number
        fan_count = shape.inner[shared - 1]
        stretch.depth = depth
        stretch.other = (
            <Line*>builder.memory.bytes + (fans.lines >> SHIFT_BITS)
        ).found[0]
        stretch.end = at
        if length >= depth:
            beginning = entry_window(entries, at, 0) >> (64 - 8 * depth)
            while (
                stretch.end < entries.count
                and entry_window(entries, stretch.end, 0) >> (64 - 8 * depth) == beginning
            ):
                stretch.end += 1
        if length <= depth:
            stretch.other = answer_of_entry(entries, at)
            at += 1
        stretch.first = at
        stretch.end = max(stretch.end, at)
        at = stretch.end
        fan = new_fan(builder, &stretch)
        fans = <Fan*>(builder.memory.bytes + fans_place) + number
        for number in range(fan_count):
            fans[number] = fan


cdef inline uint64_t build_tree(Builder* builder) noexcept nogil:
    """The place of the root; `builder.failed` when there is no memory."""
    cdef Shape shape
    cdef Root* root
    cdef uint32_t count = builder.entries.count
    cdef uint32_t place, character, digit
    cdef uint64_t node
    shape.places = 0
    shape.slot_count = 1
    if count:
        shape_slots(&builder.entries, 0, count, 0, ROOT_DEPTH, True, &shape)
    if not reserve(&builder.memory, sizeof(Root) + <uint64_t>BYTES_A_PREFIX * count):
        builder.failed = True
        return 0
    node = new_place(builder, sizeof(Root) + sizeof(Fan) * shape.slot_count)
    if builder.failed:
        return 0
    root = <Root*>(builder.memory.bytes + node)
    root.depth = shape.places
    for place in range(shape.places):
        for character in range(256):
            digit = shape.widths[place] - 1
            if character < CHARACTERS:
                digit = shape.digits[place][character]
            root.steps[place][character] = shape.inner[place] * digit
    spread_fans(builder, &shape, node + sizeof(Root))
    return node
