"""Many codes as callers hand them over, seen in place: cells, Arrow-style offsets, or objects.

Searches read READ_BEFORE bytes before a code's end. Most codes have that many neighbours in front
of them; of those that begin a buffer `CodeBatch` keeps a copy with room before it.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy, memset

from exact cimport Key
from key_number cimport READ_BEFORE

cdef extern from "lanes.h":
    const unsigned LANES
    unsigned trailing_nuls(const uint8_t* end) noexcept nogil

cdef enum InputKind:
    KEYS
    CELLS
    OFFSETS_32
    OFFSETS_64


cdef struct CodeBatch:
    InputKind kind
    Py_ssize_t count
    Py_ssize_t first_bad  # the first code whose offsets lie outside the content, or -1
    Key* keys
    const uint8_t* content
    Py_ssize_t content_bytes
    Py_ssize_t width  # of a cell, padded with NULs
    const int32_t* offsets_32
    const int64_t* offsets_64
    uint8_t early[2 * READ_BEFORE]  # room, then the first bytes of the content


cdef inline void clear_batch(CodeBatch* batch) noexcept nogil:
    """A batch without codes, that can be closed."""
    batch.count = 0
    batch.keys = NULL
    batch.first_bad = -1


cdef inline void set_content(
    CodeBatch* batch, const uint8_t* content, Py_ssize_t content_bytes
) noexcept nogil:
    batch.content = content
    batch.content_bytes = content_bytes
    memset(batch.early, 0, sizeof(batch.early))
    if content_bytes:
        memcpy(&batch.early[READ_BEFORE], content, min(content_bytes, <Py_ssize_t>READ_BEFORE))


cdef inline Key key_between(const CodeBatch* batch, Py_ssize_t at, Py_ssize_t end) noexcept nogil:
    cdef Key key
    key.length = end - at
    key.text = batch.content + at
    if end < READ_BEFORE:
        key.text = &batch.early[READ_BEFORE] + at
    return key


cdef inline Key cell_key(const CodeBatch* batch, Py_ssize_t number) noexcept nogil:
    cdef Py_ssize_t at = number * batch.width
    cdef Py_ssize_t end = at + batch.width
    cdef Py_ssize_t nuls = LANES
    cdef Key key
    if at < <Py_ssize_t>LANES:
        while end > at and batch.content[end - 1] == 0:
            end -= 1
        return key_between(batch, at, end)
    while nuls == LANES and end > at:
        nuls = trailing_nuls(batch.content + end)
        end -= nuls
    key.text = batch.content + at
    key.length = end - at if end > at else 0
    return key


cdef inline Key arrow_key(
    CodeBatch* batch, Py_ssize_t number, int64_t at, int64_t end
) noexcept nogil:
    cdef Key key
    if 0 <= at <= end <= batch.content_bytes:
        return key_between(batch, at, end)
    if batch.first_bad < 0:
        batch.first_bad = number
    key.text = &batch.early[READ_BEFORE]
    key.length = 0
    return key


cdef inline Key key_of_kind(CodeBatch* batch, InputKind kind, Py_ssize_t number) noexcept nogil:
    """The code of a number; `kind` is the batch's, as a constant where speed matters."""
    if kind == CELLS:
        return cell_key(batch, number)
    if kind == KEYS:
        return batch.keys[number]
    if kind == OFFSETS_32:
        return arrow_key(
            batch, number, batch.offsets_32[number], batch.offsets_32[number + 1]
        )
    return arrow_key(batch, number, batch.offsets_64[number], batch.offsets_64[number + 1])


cdef inline Key key_at(CodeBatch* batch, Py_ssize_t number) noexcept nogil:
    return key_of_kind(batch, batch.kind, number)
