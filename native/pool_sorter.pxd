"""Collects the rows of a table's exact part (over the pool, which knows duplicates at once)."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memset

from code_check cimport is_printable
from code_pool cimport NO_MEMORY, Pool, PoolRow, pool_add
from code_rows cimport LONGEST_CODE


cdef struct Duplicate:
    uint64_t number
    uint32_t row
    bint same_destination
    bint same_group


cdef struct Sorter:
    Pool* pool
    Duplicate* duplicates
    uint64_t duplicate_count
    uint64_t duplicate_room


cdef inline void free_sorter(Sorter* sorter) noexcept nogil:
    free(sorter.duplicates)
    memset(sorter, 0, sizeof(Sorter))


cdef inline int sorter_add(
    Sorter* sorter,
    const uint8_t* text,
    Py_ssize_t length,
    uint16_t destination,
    uint32_t group,
    uint8_t op,
    uint32_t row,
) noexcept nogil:
    """0 ok, -1 no memory, 1 no possible key."""
    cdef PoolRow fields
    cdef int64_t earlier
    cdef void* moved
    cdef Duplicate* duplicate
    if not 1 <= length <= LONGEST_CODE or not is_printable(text, length):
        return 1
    memset(&fields, 0, sizeof(PoolRow))
    fields.destination = destination
    fields.parcel = group
    fields.source_row = row
    earlier = pool_add(sorter.pool, text, length, &fields)
    if earlier == NO_MEMORY:
        return -1
    if earlier < 0:
        return 0
    if sorter.duplicate_count == sorter.duplicate_room:
        sorter.duplicate_room = 2 * sorter.duplicate_room + 16
        moved = realloc(sorter.duplicates, sorter.duplicate_room * sizeof(Duplicate))
        if moved is NULL:
            return -1
        sorter.duplicates = <Duplicate*>moved
    duplicate = &sorter.duplicates[sorter.duplicate_count]
    sorter.duplicate_count += 1
    duplicate.number = <uint64_t>earlier
    duplicate.row = row
    duplicate.same_destination = sorter.pool.rows[earlier].destination == destination
    duplicate.same_group = sorter.pool.rows[earlier].parcel == group
    return 0
