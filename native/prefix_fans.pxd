"""Builds a tree of prefixes from its root on: the fans below the root."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from prefix_build cimport Builder, new_place
from prefix_digits cimport (
    FanPlan,
    LinePlan,
    fill_digit_line,
    fill_digit_lines,
    plan_lines,
    spread_digits,
)
from prefix_lines cimport Stretch
from prefix_list cimport PrefixList, entry_key, entry_length
from prefix_memory cimport reserve
from prefix_nodes cimport NO_PREFIX
from prefix_tree cimport FAN_BITS, LINE_BYTES, ROOT_DEPTH, DigitLine, Fan, Root
from prefix_shape cimport CHARACTERS, Shape, shape_slots
from prefix_ways cimport answer_of_entry, entry_window
from prefix_wide cimport new_wide_fan

cdef enum:
    BYTES_A_PREFIX = 48  # a first guess, so that most trees are built without moving


cdef inline Fan new_fan(Builder* builder, const Stretch* whole) noexcept nogil:
    """The fan of entries that are all longer than the depth, or of an answer alone."""
    cdef Fan fan
    cdef FanPlan plan
    cdef uint64_t place
    memset(&fan, 0, sizeof(Fan))
    if not spread_digits(&builder.entries, whole, &fan) or not plan_lines(
        &builder.entries, whole, &fan, &plan
    ):
        return new_wide_fan(builder, whole)
    place = new_place(builder, LINE_BYTES * <uint64_t>plan.count)
    fan.lines |= <uint32_t>(place // LINE_BYTES) << FAN_BITS
    if not builder.failed:
        fill_digit_lines(builder, place, &plan, whole.other)
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


cdef inline uint32_t other_of_fan(const Builder* builder, const Fan* fan) noexcept nogil:
    """What holds where none of its ways fits, of one that was set without any."""
    cdef const uint8_t* line = builder.memory.bytes + LINE_BYTES * <uint64_t>(fan.lines >> FAN_BITS)
    return (<const DigitLine*>line).other


cdef inline void spread_fans(
    Builder* builder, const Shape* shape, uint64_t fans_place
) noexcept nogil:
    """Set the fans of all entries; the others stay zeros, whose line is the empty one."""
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
        stretch.other = other_of_fan(builder, fans)
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
    cdef LinePlan no_ways
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
    no_ways.count = 0
    fill_digit_line(builder, 0, &no_ways, NO_PREFIX)
    spread_fans(builder, &shape, node + sizeof(Root))
    return node
