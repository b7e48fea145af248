"""What a row of a delta does to the table under it."""

from libc.stdint cimport uint8_t

cdef enum RowOp:
    BASE_ROW = 0  # a row of a table, not of a delta
    ADD = 1
    REPLACE = 2
    DELETE = 3
    EXPIRE = 4  # as DELETE, but the code need not be there


cdef inline bint is_gone(uint8_t op) noexcept nogil:
    return op >= DELETE
