"""Rows into the lines of one region: each in its home line, or its alternate one when that is full.

The same rows give the same lines: they come in the order of their keys and all choices follow from
the keys. When both lines of a row are full, rows are moved to their other line until there is room,
as in a cuckoo's nest.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from line_table cimport LINE_WORDS, REGION_LINES

cdef enum:
    REGION_SLOTS = REGION_LINES * LINE_WORDS
    MOST_MOVES = 2000
    NO_ROW_HERE = 0xFFFFFFFF


cdef struct Homes:
    # The two lines of each row of a region, counted within the region.
    const uint64_t* home
    const uint64_t* alternate


cdef struct Region:
    uint32_t rows[REGION_SLOTS]  # which row lies in a slot, or NO_ROW_HERE
    uint32_t waiting[REGION_SLOTS]
    uint8_t used[REGION_LINES]
    unsigned slots


cdef inline bint put_if_room(Region* region, uint64_t line, uint32_t row) noexcept nogil:
    if region.used[line] == region.slots:
        return False
    region.rows[line * region.slots + region.used[line]] = row
    region.used[line] += 1
    return True


cdef inline bint put_by_moving(Region* region, const Homes* homes, uint32_t row) noexcept nogil:
    """Put a row whose two lines are full; False when no room comes up."""
    cdef uint64_t line = homes.alternate[row]
    cdef uint64_t slot
    cdef uint32_t moved
    cdef int move
    for move in range(MOST_MOVES):
        # Going round the slots of a line and of the next is as good as drawing lots.
        slot = line * region.slots + <unsigned>move % region.slots
        moved = region.rows[slot]
        region.rows[slot] = row
        row = moved
        line = homes.home[row] + homes.alternate[row] - line
        if put_if_room(region, line, row):
            return True
    return False


cdef inline bint fill_region(
    Region* region, const Homes* homes, uint32_t count, unsigned slots
) noexcept nogil:
    """Give each of `count` rows its slot; False when these rows can't be laid out."""
    cdef uint32_t waiting = 0
    cdef uint32_t row
    cdef uint32_t at
    region.slots = slots
    memset(region.rows, 0xFF, sizeof(region.rows))
    memset(region.used, 0, sizeof(region.used))
    if count > REGION_SLOTS:
        return False
    # All homes first: whoever can lie in its home line should, for a search looks there first.
    for row in range(count):
        if not put_if_room(region, homes.home[row], row):
            region.waiting[waiting] = row
            waiting += 1
    for at in range(waiting):
        row = region.waiting[at]
        if not put_if_room(region, homes.alternate[row], row) and not put_by_moving(
            region, homes, row
        ):
            return False
    return True
