"""Many codes as callers hand them over, seen in place: cells, Arrow-style offsets, or objects.

Searches read the LANES bytes before a code's end. Most codes have that many neighbours in front of
them; of those that begin a buffer `CodeBatch` keeps a copy with room before it.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from exact cimport Key
from key_number cimport LANES, Characters, characters_before, leading_zeros

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
    uint8_t early[64]  # LANES bytes of room, then the first ones of the content


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
        memcpy(&batch.early[LANES], content, min(content_bytes, <Py_ssize_t>LANES))


cdef inline const uint8_t* text_up_to(const CodeBatch* batch, Py_ssize_t end) noexcept nogil:
    """Where the content begins, in the copy that has room before it if `end` is so near."""
    return batch.content if end >= <Py_ssize_t>LANES else &batch.early[LANES]


cdef inline Key cell_key(
    const CodeBatch* batch, Py_ssize_t number, Characters* before_end
) noexcept nogil:
    cdef Py_ssize_t at = number * batch.width
    cdef Py_ssize_t end = at + batch.width
    cdef unsigned nuls
    cdef Key key
    before_end[0] = characters_before(text_up_to(batch, end) + end)
    while before_end.nuls == <uint32_t>0xFFFFFFFF and end - at > <Py_ssize_t>LANES:
        end -= LANES
        before_end[0] = characters_before(text_up_to(batch, end) + end)
    nuls = leading_zeros(~before_end.nuls)
    key.length = max(end - at - <Py_ssize_t>nuls, 0)
    key.text = text_up_to(batch, at + key.length) + at
    if batch.width > <Py_ssize_t>LANES:
        before_end[0] = characters_before(key.text + key.length)
    else:
        before_end.digits = <uint32_t>(<uint64_t>before_end.digits << nuls)
        before_end.capitals = <uint32_t>(<uint64_t>before_end.capitals << nuls)
    return key


cdef inline Key arrow_key(
    CodeBatch* batch, Py_ssize_t number, int64_t at, int64_t end
) noexcept nogil:
    cdef Key key
    if 0 <= at <= end <= batch.content_bytes:
        key.text = text_up_to(batch, end) + at
        key.length = end - at
        return key
    if batch.first_bad < 0:
        batch.first_bad = number
    key.text = &batch.early[LANES]
    key.length = 0
    return key


cdef inline Key key_of_kind(
    CodeBatch* batch, InputKind kind, Py_ssize_t number, Characters* before_end
) noexcept nogil:
    """The code of a number, and what stands before its end; `kind` is the batch's, as a constant
    where speed matters."""
    cdef Key key
    if kind == CELLS:
        return cell_key(batch, number, before_end)
    if kind == KEYS:
        key = batch.keys[number]
    elif kind == OFFSETS_32:
        key = arrow_key(
            batch, number, batch.offsets_32[number], batch.offsets_32[number + 1]
        )
    else:
        key = arrow_key(
            batch, number, batch.offsets_64[number], batch.offsets_64[number + 1]
        )
    before_end[0] = characters_before(key.text + key.length)
    return key


cdef inline Key key_at(CodeBatch* batch, Py_ssize_t number) noexcept nogil:
    cdef Characters before_end
    return key_of_kind(batch, batch.kind, number, &before_end)
