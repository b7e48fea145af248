"""Builds what lies below the lines of a tree of prefixes, from a sorted list that was checked.

`subtree` makes one node of the entries that share what was read so far, and below it the nodes
that it refers to. Each goes one character further at least, so the tree is 48 deep at most. Memory
moves while it grows: what lies in it is named by its place while more is built.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from prefix_list cimport PrefixList, entry_key, entry_length
from prefix_memory cimport NodeMemory, take
from prefix_nodes cimport (
    BRANCH,
    BRANCH_WAYS,
    KIND_BITS,
    NO_PREFIX,
    TABLE,
    TABLE_DEPTH,
    TAIL,
    UNIT_BYTES,
    WINDOW,
    Branch,
    Table,
    Tail,
)
from prefix_shape cimport Shape, shape_slots
from prefix_ways cimport Ways, answer_of_entry, collect_ways, entry_window

cdef enum:
    REACHED_BITS = 32  # references of 29 bits count units of eight bytes


cdef struct Builder:
    PrefixList entries
    NodeMemory memory
    bint failed


cdef inline uint64_t new_place(Builder* builder, uint64_t size) noexcept nogil:
    """Zeroed memory for a node; 0 when there is none, and then `builder.failed`."""
    cdef uint64_t place = take(
        &builder.memory, (size + UNIT_BYTES - 1) & ~<uint64_t>(UNIT_BYTES - 1)
    )
    if place == 0 or place >> REACHED_BITS:
        builder.failed = True
        return 0
    return place


cdef inline uint32_t reference_to(uint64_t place, uint32_t kind) noexcept nogil:
    return (<uint32_t>(place // UNIT_BYTES) << KIND_BITS) | kind


cdef inline uint32_t shared_length(
    const PrefixList* entries, uint32_t first, uint32_t last, uint32_t depth
) noexcept nogil:
    """How many characters from `depth` on two entries share, and all between them."""
    cdef uint32_t most = min(entry_length(entries, first), entry_length(entries, last))
    cdef const uint8_t* one = entry_key(entries, first)
    cdef const uint8_t* other = entry_key(entries, last)
    cdef uint32_t at = depth
    while at < most and one[at] == other[at]:
        at += 1
    return at - depth


cdef inline void fill_slots(
    Builder* builder, uint64_t slots, uint64_t count, uint32_t reference
) noexcept nogil:
    cdef uint32_t* slot = <uint32_t*>(builder.memory.bytes + slots)
    cdef uint64_t number
    for number in range(count):
        slot[number] = reference


cdef inline void spread(
    Builder* builder,
    const Shape* shape,
    uint64_t slots,
    uint32_t place,
    uint32_t first,
    uint32_t end,
    uint32_t depth,
    uint32_t other,
) noexcept nogil:
    """Fill the slots of entries that share `depth` characters, at `place` of the shape.

    They begin at byte `slots` of the memory and hold `other` already.
    """
    cdef uint32_t after
    cdef uint8_t character
    if place == shape.places:
        fill_slots(builder, slots, 1, subtree(builder, first, end, depth, other))
        return
    if entry_length(&builder.entries, first) == depth:
        other = answer_of_entry(&builder.entries, first)
        fill_slots(builder, slots, shape.inner[place] * shape.widths[place], other)
        first += 1
    while first < end:
        character = entry_key(&builder.entries, first)[depth]
        after = first + 1
        while after < end and entry_key(&builder.entries, after)[depth] == character:
            after += 1
        spread(
            builder,
            shape,
            slots + 4 * shape.inner[place] * shape.digits[place][character],
            place + 1,
            first,
            after,
            depth + 1,
            other,
        )
        first = after


cdef inline uint32_t new_table(
    Builder* builder, uint32_t first, uint32_t end, uint32_t depth, uint32_t other
) noexcept nogil:
    cdef Shape shape
    cdef Table* table
    cdef uint64_t node
    cdef uint32_t place
    shape_slots(&builder.entries, first, end, depth, TABLE_DEPTH, False, &shape)
    node = new_place(builder, sizeof(Table) + 4 * shape.slot_count)
    if builder.failed:
        return NO_PREFIX
    table = <Table*>(builder.memory.bytes + node)
    table.depth = depth
    for place in range(shape.places):
        table.low[place] = shape.low[place]
        table.span[place] = shape.widths[place] - 1
    if other != NO_PREFIX:
        fill_slots(builder, node + sizeof(Table), shape.slot_count, other)
    spread(builder, &shape, node + sizeof(Table), 0, first, end, depth, other)
    return reference_to(node, TABLE)


cdef inline uint32_t new_tail(
    Builder* builder,
    uint32_t entry,
    uint32_t depth,
    uint32_t length,
    uint32_t found,
    uint32_t other,
) noexcept nogil:
    """The one way of `length` characters of an entry from `depth` on."""
    cdef uint32_t windows = (length + WINDOW - 1) // WINDOW
    cdef uint64_t node = new_place(builder, sizeof(Tail) + 8 * windows)
    cdef uint32_t number
    cdef Tail* tail
    if builder.failed:
        return NO_PREFIX
    tail = <Tail*>(builder.memory.bytes + node)
    tail.depth = depth
    tail.windows = windows
    tail.shift = 8 * (windows * WINDOW - length)
    tail.found[0] = found
    tail.found[1] = other
    for number in range(windows):
        (<uint64_t*>(tail + 1))[number] = entry_window(
            &builder.entries, entry, depth + number * WINDOW
        )
    return reference_to(node, TAIL)


cdef inline void lead_on(Builder* builder, uint32_t depth, Ways* ways) noexcept nogil:
    """Build the subtrees of ways that go on."""
    cdef uint32_t way
    for way in range(ways.count):
        if ways.end[way]:
            ways.found[way] = subtree(
                builder, ways.first[way], ways.end[way], depth + WINDOW, ways.found[way]
            )


cdef inline uint32_t new_branch(
    Builder* builder, uint32_t depth, Ways* ways, uint32_t other
) noexcept nogil:
    """The subtrees of ways that go on first."""
    cdef uint32_t number, way
    cdef uint64_t node
    cdef Branch* branch
    lead_on(builder, depth, ways)
    node = new_place(builder, sizeof(Branch))
    if builder.failed:
        return NO_PREFIX
    branch = <Branch*>(builder.memory.bytes + node)
    branch.depth = depth
    branch.found[0] = other
    for number in range(BRANCH_WAYS):
        way = min(number, ways.count - 1)
        branch.windows[number] = ways.windows[way]
        branch.shifts[number] = ways.shifts[way]
        branch.found[number + 1] = ways.found[way]
    return reference_to(node, BRANCH)


cdef inline uint32_t subtree(
    Builder* builder, uint32_t first, uint32_t end, uint32_t depth, uint32_t other
) noexcept nogil:
    """A reference for the entries `first` to `end`, which share `depth` characters.

    `other` is the answer where none of them matches.
    """
    cdef Ways ways
    cdef uint32_t shared, found
    ways.count = 0
    if first < end and entry_length(&builder.entries, first) == depth:
        other = answer_of_entry(&builder.entries, first)
        first += 1
    if first == end or builder.failed:
        return other
    shared = shared_length(&builder.entries, first, end - 1, depth)
    if end - first > 1:
        if shared < WINDOW and collect_ways(
            &builder.entries, first, end, depth, other, BRANCH_WAYS, &ways
        ):
            return new_branch(builder, depth, &ways, other)
        if shared < 2:
            return new_table(builder, first, end, depth, other)
        found = subtree(builder, first, end, depth + shared, other)
    else:
        found = answer_of_entry(&builder.entries, first)
    return new_tail(builder, first, depth, shared, found, other)
