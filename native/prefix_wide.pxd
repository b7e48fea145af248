"""Builds a wide fan: of entries that go on with any characters, or with many digits.

What two characters make is a value, so neighbours share a bucket, and a line takes buckets as long
as it has ways for their entries. An entry with one character behind the depth is a way of every
line that its values touch. Where one bucket has too many entries for a line, that line tells only
the first character apart and leads to subtrees.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from prefix_build cimport Builder, new_place
from prefix_lines cimport Stretch, fill_line
from prefix_list cimport PrefixList, entry_key, entry_length
from prefix_tree cimport (
    BUCKETS,
    FAN_BITS,
    LINE_BYTES,
    LINE_WAYS,
    WIDE,
    Fan,
    WideFan,
    bucket_of,
    count_of_ones,
)
from prefix_ways cimport entry_window


cdef inline void spread_values(
    const PrefixList* entries, const Stretch* whole, WideFan* fan
) noexcept nogil:
    """Which values a fan has, and how many of them share a bucket."""
    cdef uint32_t number, last
    cdef uint8_t character
    cdef uint8_t low = 0xFF
    cdef uint8_t high = 0
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
    while last >= BUCKETS:
        last >>= 1
        fan.lines += 1


cdef inline uint32_t entry_value(
    const PrefixList* entries, uint32_t number, uint32_t depth, const WideFan* fan
) noexcept nogil:
    """What the first two characters behind `depth` make; no second one is the lowest."""
    cdef uint64_t window = entry_window(entries, number, depth)
    cdef uint32_t early = <uint32_t>(window >> 56) - fan.low[0]
    cdef uint32_t late = <uint32_t>((window >> 48) & 0xFF)
    late = late - fan.low[1] if late else 0
    return early * (fan.span[1] + <uint32_t>1) + late


cdef inline void cut_lines(
    const PrefixList* entries, const Stretch* whole, WideFan* fan
) noexcept nogil:
    """Let a line begin where the one before has no room for all entries of a bucket."""
    cdef uint32_t before = 0  # ways of the line for earlier buckets
    cdef uint32_t here = 0  # and for this one
    cdef uint32_t bucket = 0
    cdef uint32_t covered = 0  # the last bucket that an entry of one character touches
    cdef bint reached = False
    cdef uint32_t number, value
    for number in range(whole.first, whole.end):
        value = entry_value(entries, number, whole.depth, fan)
        if bucket_of(fan.lines, value) != bucket:
            before += here
            here = 0
            bucket = bucket_of(fan.lines, value)
            reached = covered >= bucket
        if entry_length(entries, number) == whole.depth + 1:
            covered = bucket_of(fan.lines, value + fan.span[1])
        here += 1
        if bucket and before + here > LINE_WAYS:
            fan.cuts |= <uint64_t>1 << bucket
            before = reached


cdef inline uint32_t line_number(const WideFan* fan, uint32_t value) noexcept nogil:
    return count_of_ones(fan.cuts << (BUCKETS - 1 - bucket_of(fan.lines, value)))


cdef inline void fill_lines(
    Builder* builder, uint64_t place, const Stretch* whole, const WideFan* fan
) noexcept nogil:
    cdef const PrefixList* entries = &builder.entries
    cdef Stretch stretch = whole[0]
    cdef uint32_t covering = 0
    cdef uint32_t covered = 0  # lines before this one are touched by `covering`
    cdef uint32_t line, value
    stretch.end = whole.first
    for line in range(count_of_ones(fan.cuts) + 1):
        stretch.first = stretch.end
        stretch.covering = covering if line < covered else stretch.first
        while stretch.end < whole.end:
            value = entry_value(entries, stretch.end, whole.depth, fan)
            if line_number(fan, value) > line:
                break
            if entry_length(entries, stretch.end) == whole.depth + 1:
                covering = stretch.end
                covered = line_number(fan, value + fan.span[1]) + 1
            stretch.end += 1
        if builder.failed:
            break
        fill_line(builder, place + LINE_BYTES * <uint64_t>line, &stretch)


cdef inline Fan new_wide_fan(Builder* builder, const Stretch* whole) noexcept nogil:
    """The fan of entries that are all longer than the depth."""
    cdef WideFan fan
    cdef Fan found
    cdef uint64_t place
    memset(&fan, 0, sizeof(WideFan))
    spread_values(&builder.entries, whole, &fan)
    cut_lines(&builder.entries, whole, &fan)
    place = new_place(builder, LINE_BYTES * <uint64_t>(count_of_ones(fan.cuts) + 1))
    fan.lines |= WIDE | <uint32_t>(place // LINE_BYTES) << FAN_BITS
    fill_lines(builder, place, whole, &fan)
    memcpy(&found, &fan, sizeof(Fan))
    return found
