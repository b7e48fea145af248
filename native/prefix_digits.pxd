"""Plans the lines of a fan whose entries go on with up to seven digits, and writes them.

Packed digits are a fan's values, so neighbours share a bucket, and a line takes buckets as long as
it has ways for their entries. An entry that reaches on into later lines is a way of each of them.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from prefix_build cimport Builder
from prefix_lines cimport Stretch
from prefix_list cimport PrefixList, entry_destination, entry_length
from prefix_tree cimport (
    BUCKETS,
    DIGIT_WAYS,
    LINE_BYTES,
    NO_WAY,
    DigitLine,
    Fan,
    bucket_of,
    packed_digits,
)
from prefix_ways cimport entry_window

cdef enum:
    MOST_DIGITS = 7
    EACH_DIGIT = 0x11111111


cdef struct DigitWay:
    uint32_t packed
    uint32_t entry


cdef struct LinePlan:
    uint32_t count
    DigitWay ways[DIGIT_WAYS]


cdef struct FanPlan:
    uint32_t count
    LinePlan lines[BUCKETS]
    # Those from before a bucket that reach into it, each a prefix of the next.
    DigitWay carried[MOST_DIGITS]
    uint32_t carried_count


cdef inline uint32_t digit_way(
    const PrefixList* entries, uint32_t number, uint32_t depth
) noexcept nogil:
    """The way of a key from `depth` on; 0 when that is anything but up to seven digits."""
    cdef uint32_t rest = entry_length(entries, number) - depth
    cdef uint32_t packed
    if rest > MOST_DIGITS:
        return 0
    packed = packed_digits(entry_window(entries, number, depth)) & (~<uint32_t>0 << (32 - 4 * rest))
    if (packed >> 3) & ((packed >> 2) | (packed >> 1)) & EACH_DIGIT:
        return 0
    return packed | (<uint32_t>1 << (31 - 4 * rest))


cdef inline uint32_t first_of_way(uint32_t way) noexcept nogil:
    return way & (way - 1)


cdef inline uint32_t last_of_way(uint32_t way) noexcept nogil:
    return way | (way - 1)


cdef inline bint spread_digits(
    const PrefixList* entries, const Stretch* whole, Fan* fan
) noexcept nogil:
    """Choose the buckets; False when an entry does not go on with digits."""
    cdef uint32_t last = 0
    cdef uint32_t number, way
    for number in range(whole.first, whole.end):
        way = digit_way(entries, number, whole.depth)
        if way == 0:
            return False
        if number == whole.first:
            fan.low = first_of_way(way)
        last = first_of_way(way) - fan.low
    while last >> fan.lines >= BUCKETS:
        fan.lines += 1
    return True


cdef inline void carry_on(
    FanPlan* plan, uint32_t group, const Fan* fan, uint32_t bucket
) noexcept nogil:
    """Keep the ways that reach into `bucket`: of those carried, and the last line's `group`."""
    cdef const LinePlan* line = &plan.lines[plan.count - 1]
    cdef uint32_t before = plan.carried_count
    cdef uint32_t at
    cdef DigitWay way
    plan.carried_count = 0
    for at in range(before + line.count - group):
        way = plan.carried[at] if at < before else line.ways[group + at - before]
        if bucket_of(fan.lines, last_of_way(way.packed) - fan.low) >= bucket:
            plan.carried[plan.carried_count] = way
            plan.carried_count += 1


cdef inline uint32_t begin_line(FanPlan* plan, uint32_t group) noexcept nogil:
    """Move the last line's `group` to a new one; returns where it begins there."""
    cdef LinePlan* line = &plan.lines[plan.count - 1]
    cdef LinePlan* after = &plan.lines[plan.count]
    cdef uint32_t moved = line.count - group
    memcpy(after.ways, plan.carried, sizeof(DigitWay) * plan.carried_count)
    memcpy(&after.ways[plan.carried_count], &line.ways[group], sizeof(DigitWay) * moved)
    after.count = plan.carried_count + moved
    line.count = group
    plan.count += 1
    return plan.carried_count


cdef inline bint plan_lines(
    const PrefixList* entries, const Stretch* whole, Fan* fan, FanPlan* plan
) noexcept nogil:
    """Share the entries out to lines; False when a bucket has too many for one."""
    cdef uint32_t group = 0  # where the bucket's ways begin in the last line
    cdef uint32_t bucket = 0
    cdef uint32_t number, own
    cdef DigitWay way
    cdef LinePlan* line = &plan.lines[0]
    plan.count = 1
    line.count = 0
    plan.carried_count = 0
    for number in range(whole.first, whole.end):
        way.packed = digit_way(entries, number, whole.depth)
        way.entry = number
        own = bucket_of(fan.lines, first_of_way(way.packed) - fan.low)
        if own != bucket:
            carry_on(plan, group, fan, own)
            group = line.count
            bucket = own
        if line.count == DIGIT_WAYS:
            if group == plan.carried_count:
                return False
            fan.cuts |= <uint64_t>1 << bucket
            group = begin_line(plan, group)
            line += 1
        line.ways[line.count] = way
        line.count += 1
    return True


cdef inline void fill_digit_line(
    Builder* builder, uint64_t place, const LinePlan* plan, uint32_t other
) noexcept nogil:
    cdef DigitLine* line = <DigitLine*>(builder.memory.bytes + place)
    cdef uint32_t way
    line.other = other
    for way in range(plan.count):
        line.ways[way] = plan.ways[way].packed
        line.destinations[way] = entry_destination(&builder.entries, plan.ways[way].entry)
    for way in range(plan.count, DIGIT_WAYS):
        line.ways[way] = NO_WAY


cdef inline void fill_digit_lines(
    Builder* builder, uint64_t place, const FanPlan* plan, uint32_t other
) noexcept nogil:
    cdef uint32_t line
    for line in range(plan.count):
        fill_digit_line(builder, place + LINE_BYTES * <uint64_t>line, &plan.lines[line], other)
