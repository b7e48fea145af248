"""Rows that come as columns: codes, destinations, and where wanted groups and operations."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t

from code_input cimport CodeBatch, key_at
from exact cimport Key
from row_sorter cimport ADDED, NO_MEMORY, Sorter, sorter_add


cdef struct Columns:
    const uint16_t* destinations
    const uint32_t* groups  # or NULL
    const uint8_t* ops  # or NULL


cdef inline Py_ssize_t add_columns(
    Sorter* sorter, CodeBatch* batch, const Columns* columns, uint32_t first_source
) noexcept nogil:
    """Take rows in; returns how many until one that can't be, or -1 for no memory."""
    cdef Py_ssize_t at
    cdef int added
    cdef Key key
    for at in range(batch.count):
        key = key_at(batch, at)
        added = sorter_add(
            sorter,
            key.text,
            key.length,
            columns.destinations[at],
            columns.groups[at] if columns.groups is not NULL else 0,
            columns.ops[at] if columns.ops is not NULL else 0,
            first_source + <uint32_t>at,
        )
        if added == NO_MEMORY:
            return -1
        if added != ADDED:
            return at
    return batch.count
