"""Whole rows of many codes at once: destination, parcel group, and what a change does."""

from libc.stdint cimport int64_t

from code_input cimport CodeBatch, key_at
from exact cimport (
    NO_KEY,
    Aim,
    Exact,
    Key,
    KeyKind,
    aim_at_code,
    find_aimed,
    lines_of_kind,
)
from line_table cimport LINE_WORDS, Place, place_destination, place_group, place_op

cdef extern from *:
    void __builtin_prefetch(const void* address) noexcept nogil

cdef enum:
    ROWS_IN_FLIGHT = 64


cdef inline int64_t row_of(const Place* place) noexcept nogil:
    """Destination number + parcel group * 2**16 of a row."""
    return (<int64_t>place_group(place) << 16) | place_destination(place)


cdef inline void find_rows(const Exact* exact, CodeBatch* batch, int64_t* out) noexcept nogil:
    """The row of each code + its operation * 2**48, or -1."""
    cdef Aim aims[ROWS_IN_FLIGHT]
    cdef Key keys[ROWS_IN_FLIGHT]
    cdef KeyKind kinds[ROWS_IN_FLIGHT]
    cdef Py_ssize_t first = 0
    cdef Py_ssize_t count, at
    cdef Place place
    while first < batch.count:
        count = min(<Py_ssize_t>ROWS_IN_FLIGHT, batch.count - first)
        for at in range(count):
            keys[at] = key_at(batch, first + at)
            kinds[at] = aim_at_code(exact, &keys[at], &aims[at])
            if kinds[at] != NO_KEY:
                __builtin_prefetch(
                    lines_of_kind(exact, kinds[at]).words + aims[at].line * LINE_WORDS
                )
        for at in range(count):
            out[first + at] = -1
            if kinds[at] != NO_KEY and find_aimed(exact, kinds[at], &aims[at], &keys[at], &place):
                out[first + at] = row_of(&place) | <int64_t>place_op(&place) << 48
        first += count
