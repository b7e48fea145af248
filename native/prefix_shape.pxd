"""How a table or the root spreads prefixes over slots: how deep, and each place's alphabet.

Slots cost memory and ways down cost time: a shape is as deep as its slots are well enough used,
by the ways that go on from them or by the prefixes below.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from prefix_list cimport PrefixList, entry_length
from prefix_tree cimport ROOT_DEPTH
from prefix_ways cimport entry_window

cdef extern from *:
    int __builtin_clzll(unsigned long long number) noexcept nogil

cdef enum:
    CHARACTERS = 128
    NEAR_SLOTS = 1 << 14  # of a root: few enough to stay near the processor
    PREFIXES_A_FAN = 8  # so that most lines are full
    SLOTS_A_WAY = 4
    SLOTS_A_PREFIX = 2


cdef struct Shape:
    uint32_t places
    uint64_t slot_count
    uint32_t widths[ROOT_DEPTH]  # of each place; its last slot is for all other characters
    uint64_t inner[ROOT_DEPTH]  # slots that agree up to and with this place
    uint8_t low[ROOT_DEPTH]
    uint8_t digits[ROOT_DEPTH][CHARACTERS]


cdef struct Census:
    # Of the prefixes below a place: which characters stand at each place, how many beginnings.
    uint8_t seen[ROOT_DEPTH][CHARACTERS]
    uint64_t ways[ROOT_DEPTH]


cdef inline void take_census(
    const PrefixList* entries,
    uint32_t first,
    uint32_t end,
    uint32_t depth,
    uint32_t places,
    Census* census,
) noexcept nogil:
    cdef uint64_t before = ~<uint64_t>0
    cdef uint64_t window
    cdef uint32_t number, place, rest
    memset(census.seen, 0, places * CHARACTERS)
    memset(census.ways, 0, sizeof(census.ways))
    for number in range(first, end):
        window = entry_window(entries, number, depth)
        rest = entry_length(entries, number) - depth
        # What an entry shares with the one before it has been seen there.
        place = __builtin_clzll((window ^ before) | 1) // 8
        while place < min(rest, places):
            census.seen[place][(window >> (56 - 8 * place)) & 0x7F] = 1
            census.ways[place] += 1
            place += 1
        before = window


cdef inline uint32_t number_characters(
    const uint8_t* seen, bint compact, uint8_t* low, uint8_t* digits
) noexcept nogil:
    """Number those seen, from 0 on, or all between the first and the last; returns how many.

    All others get the number behind the last.
    """
    cdef uint32_t character
    cdef uint32_t count = 0
    for character in range(CHARACTERS):
        if seen[character]:
            if count == 0:
                low[0] = character
            digits[character] = count if compact else character - low[0]
            count = digits[character] + 1
    for character in range(CHARACTERS if compact else 0):
        if not seen[character]:
            digits[character] = count
    return count


cdef inline bint are_well_used(
    bint root, uint64_t slots, uint64_t ways, uint64_t prefixes
) noexcept nogil:
    cdef uint64_t few = SLOTS_A_PREFIX * prefixes
    if root:
        few = max(min(few, <uint64_t>NEAR_SLOTS), prefixes)
        return slots <= few and PREFIXES_A_FAN * ways <= prefixes
    return slots <= max(SLOTS_A_WAY * ways, few)


cdef inline void shape_slots(
    const PrefixList* entries,
    uint32_t first,
    uint32_t end,
    uint32_t depth,
    uint32_t places,
    bint root,
    Shape* shape,
) noexcept nogil:
    """For the entries `first` to `end`; at least one of them is longer than `depth`.

    A root numbers only the characters that are seen.
    """
    cdef Census census
    cdef uint64_t slots = 1
    cdef uint32_t place, width
    take_census(entries, first, end, depth, places, &census)
    shape.places = 0
    shape.slot_count = 1
    for place in range(places):
        if census.ways[place] == 0:
            break
        width = 1 + number_characters(
            census.seen[place], root, &shape.low[place], shape.digits[place]
        )
        shape.widths[place] = width
        slots *= width
        if place == 0 or are_well_used(root, slots, census.ways[place], end - first):
            shape.places = place + 1
            shape.slot_count = slots
        elif slots > 0xFFFFFF:
            break
    slots = shape.slot_count
    for place in range(shape.places):
        slots //= shape.widths[place]
        shape.inner[place] = slots
