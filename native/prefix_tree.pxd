"""The tree in which the longest prefix of a code is searched: its root, fans and lines.

- Root: the first characters of a code, up to six, pick a fan. Each has its own alphabet.
- Fan: the next ones pick one of its lines, roughly: neighbours share a line.
- DigitLine: up to ten ways, each of up to seven digits; the longest that fits counts.
- Line: up to five ways, each of up to eight characters of any kind.

A fan picks a line and the line compares all characters, so that nearly every code is answered out
of two places in memory. Lines are packed, and the fans are few, so that those of many prefixes stay
near the processor. Where more is to be compared, lines lead on to nodes.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from prefix_nodes cimport (
    ANSWER,
    Code,
    answer_of,
    kind_of,
    step,
    window_at,
)

cdef extern from *:
    int __builtin_clz(unsigned int number) noexcept nogil

cdef extern from "prefix_ways.h":
    uint32_t fitting_of_five(uint64_t window, const uint64_t* windows) noexcept nogil

cdef extern from "packed_digits.h":
    uint32_t packed_digits(uint64_t window) noexcept nogil
    uint32_t packed_length(uint32_t way) noexcept nogil
    uint32_t fitting_packed(uint32_t packed, const uint32_t* ways) noexcept nogil
    uint32_t count_of_ones(uint64_t bits) noexcept nogil

cdef enum:
    LINE_BYTES = 64
    ROOT_DEPTH = 6
    NEAR_DEPTH = 3  # most roots are no deeper
    FAN_DEPTH = 2
    BUCKETS = 64
    SHIFT_BITS = 5
    WIDE = 1 << SHIFT_BITS
    FAN_BITS = 6
    LINE_WAYS = 5
    DIGIT_WAYS = 10
    NO_WAY = 0xA0000001  # no digit is packed to its first one


cdef struct Root:
    uint32_t depth
    uint8_t unused[LINE_BYTES - 4]  # so that no fan lies across two lines
    # What a character at a place adds to the number of the fan. The fans follow.
    uint32_t steps[ROOT_DEPTH][256]


cdef struct Fan:
    # A code comes to a bucket, and each one whose bit is set begins a new line.
    uint64_t cuts
    # The number of its first line, counted from the beginning of the memory; then whether it is a
    # WIDE one; then the logarithm of how many values share a bucket.
    uint32_t lines
    uint32_t low  # the first value: packed digits


cdef struct WideFan:
    # As Fan, but its lines are Lines. What two characters make are its values.
    uint64_t cuts
    uint32_t lines
    uint8_t low[FAN_DEPTH]
    uint8_t span[FAN_DEPTH]


cdef struct DigitLine:
    # Packed digits in ascending order, so that of two ways that fit the longer one comes last.
    uint32_t ways[DIGIT_WAYS]
    uint32_t other  # what holds when no way fits
    uint16_t destinations[DIGIT_WAYS]


cdef struct Line:
    # As DigitLine. Characters that do not count are NULs. An unused way repeats the last one.
    uint64_t windows[LINE_WAYS]
    uint32_t found[LINE_WAYS + 1]  # first what holds when no way fits


cdef inline const Fan* fan_of(const Root* root, uint64_t window) noexcept nogil:
    """The fan of a code by its first eight characters."""
    cdef uint64_t number = 0
    cdef uint32_t place
    for place in range(NEAR_DEPTH):
        number += root.steps[place][(window >> (56 - 8 * place)) & 0xFF]
    if root.depth > NEAR_DEPTH:
        for place in range(NEAR_DEPTH, ROOT_DEPTH):
            number += root.steps[place][(window >> (56 - 8 * place)) & 0xFF]
    return <const Fan*>(root + 1) + number


cdef inline uint32_t bucket_of(uint32_t lines, uint32_t value) noexcept nogil:
    return min(value >> (lines & (WIDE - 1)), <uint32_t>(BUCKETS - 1))


cdef inline const uint8_t* line_of(
    const uint8_t* nodes, const Fan* fan, uint32_t bucket
) noexcept nogil:
    cdef uint64_t line = count_of_ones(fan.cuts << (BUCKETS - 1 - bucket))
    return nodes + LINE_BYTES * ((fan.lines >> FAN_BITS) + line)


cdef inline const uint8_t* digit_line_of(
    const uint8_t* nodes, const Fan* fan, uint32_t packed
) noexcept nogil:
    """Characters that no prefix has may come to any line, as a line compares them all."""
    return line_of(nodes, fan, bucket_of(fan.lines, packed - fan.low))


cdef inline const uint8_t* wide_line_of(
    const uint8_t* nodes, const WideFan* fan, uint64_t window
) noexcept nogil:
    """As digit_line_of."""
    cdef uint32_t early = <uint32_t>(window >> 56) - fan.low[0]
    cdef uint32_t late = <uint32_t>((window >> 48) & 0xFF) - fan.low[1]
    early = min(early, <uint32_t>fan.span[0])
    late = min(late, <uint32_t>fan.span[1])
    return line_of(
        nodes,
        <const Fan*>fan,
        bucket_of(fan.lines, early * (fan.span[1] + <uint32_t>1) + late),
    )


cdef inline uint32_t step_line(const Line* line, uint64_t window) noexcept nogil:
    cdef uint32_t fitting = fitting_of_five(window, line.windows)
    return line.found[31 - __builtin_clz((fitting << 1) | 1)]


cdef inline uint32_t step_digit_line(
    const DigitLine* line, uint32_t packed, uint32_t depth, bint measured
) noexcept nogil:
    """`depth` is the root's. Unless it is `measured`, the length of an answer need not be right."""
    cdef uint32_t fitting = fitting_packed(packed, line.ways)
    cdef uint32_t way = 31 - __builtin_clz(fitting | 1)
    # Without a branch: which codes have no prefix can't be foreseen.
    cdef uint32_t unless = -<uint32_t>(fitting == 0)
    if measured:
        depth += packed_length(line.ways[way])
    return (answer_of(line.destinations[way], depth) & ~unless) | (line.other & unless)


cdef inline uint32_t find_longest(
    const uint8_t* nodes, const Root* root, const Code* code
) noexcept nogil:
    """The answer for a code, NO_PREFIX when it begins with none."""
    cdef uint64_t window = window_at(code, root.depth)
    cdef uint32_t packed = packed_digits(window)
    cdef const Fan* fan = fan_of(root, window_at(code, 0))
    cdef const uint8_t* line
    cdef uint32_t reference
    if fan.lines & WIDE:
        line = wide_line_of(nodes, <const WideFan*>fan, window)
        reference = step_line(<const Line*>line, window)
    else:
        line = digit_line_of(nodes, fan, packed)
        reference = step_digit_line(<const DigitLine*>line, packed, root.depth, True)
    while kind_of(reference) != ANSWER:
        reference = step(nodes, reference, code)
    return reference
