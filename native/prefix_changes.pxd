"""A list of prefixes with a list of changes merged into it."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from prefix_list cimport (
    LIST_HEAD_BYTES,
    PrefixList,
    entry_key,
    entry_length,
    entry_op,
)
from row_ops cimport ADD, EXPIRE, is_gone


cdef struct Merge:
    uint8_t* bytes
    uint64_t size
    uint32_t count


cdef inline int order_of(
    const PrefixList* one, uint32_t number, const PrefixList* other, uint32_t other_number
) noexcept nogil:
    """Below, at or above 0: whether the key of one entry is before, at or after the other's."""
    cdef uint32_t length = entry_length(one, number)
    cdef uint32_t other_length = entry_length(other, other_number)
    cdef int order = memcmp(
        entry_key(one, number), entry_key(other, other_number), min(length, other_length)
    )
    return order if order else <int>length - <int>other_length


cdef inline void write_entry(
    Merge* merge, const PrefixList* entries, uint32_t number
) noexcept nogil:
    """Take over length, key and destination."""
    cdef uint64_t size = 3 + entry_length(entries, number)
    memcpy(merge.bytes + merge.size, entries.bytes + entries.starts[number], size)
    merge.size += size
    merge.count += 1


cdef inline void merge_changes(
    const PrefixList* listed, const PrefixList* changes, Merge* merge, uint8_t* misfits
) noexcept nogil:
    """Write the list that comes of the changes; a change that does not fit it has a misfit of 1."""
    cdef uint32_t at = 0
    cdef uint32_t change
    cdef uint32_t flags = 0
    cdef uint8_t op
    cdef bint is_there
    merge.size = LIST_HEAD_BYTES
    merge.count = 0
    for change in range(changes.count):
        while at < listed.count and order_of(listed, at, changes, change) < 0:
            write_entry(merge, listed, at)
            at += 1
        is_there = at < listed.count and order_of(listed, at, changes, change) == 0
        at += is_there
        op = entry_op(changes, change)
        misfits[change] = op != EXPIRE and is_there == (op == ADD)
        if not is_gone(op):
            write_entry(merge, changes, change)
    while at < listed.count:
        write_entry(merge, listed, at)
        at += 1
    memcpy(merge.bytes, &merge.count, 4)
    memcpy(merge.bytes + 4, &flags, 4)
