"""Puts right the answers for the few codes of a batch that an overlay says something of."""

from libc.stdint cimport int32_t, int64_t

from change_filter cimport CODES_IN_FLIGHT, ChangeFilter, likely_changed
from code_input cimport CodeBatch, key_at
from exact cimport Exact, Key, find_code
from line_table cimport Place, place_destination, place_op
from row_batch cimport row_of
from row_ops cimport is_gone

ctypedef fused Answer:
    int32_t  # a destination number, or -1
    int64_t  # a row, or -1


cdef inline void overlay_batch(
    const Exact* changes, const ChangeFilter* changed, CodeBatch* batch, Answer* out
) noexcept nogil:
    cdef Py_ssize_t likely[CODES_IN_FLIGHT]
    cdef Py_ssize_t first = 0
    cdef Py_ssize_t count, number, at
    cdef Place place
    cdef Key key
    while first < batch.count:
        count = likely_changed(changed, batch, first, likely)
        for number in range(count):
            at = likely[number]
            key = key_at(batch, at)
            if not find_code(changes, &key, &place):
                continue
            if is_gone(place_op(&place)):
                out[at] = -1
            elif Answer is int32_t:
                out[at] = place_destination(&place)
            else:
                out[at] = row_of(&place)
        first += CODES_IN_FLIGHT
