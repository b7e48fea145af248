"""Rows of codes in buckets, as they lie in a compiled file, and the search for one of them.

A row is its key's length (u8), destination number (u16), parcel group (u32, 0 for none) and the
key itself. `starts[b]` and `starts[b + 1]` bound the rows of bucket `b`. A row matches only when
its whole key equals the code asked for: no code matches by luck of the hash.

A file is checked in full before it is searched. The bounds are looked at again here because a
mapped file can be written to by someone else afterwards; that must cost an answer, not a crash.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from code_hash cimport same_code, code_hash, word4, word8

cdef enum:
    INDEX_HEAD_WORDS = 4  # row count, seed, lengths, bucket count
    ROW_HEAD_BYTES = 7
    LONGEST_CODE = 48


cdef struct CodeRows:
    const uint8_t* rows
    uint64_t rows_bytes
    const uint64_t* starts
    uint64_t bucket_count
    uint64_t seed
    uint64_t lengths  # bit n is set when some key has n characters
    uint64_t row_count


cdef inline int read_index(
    CodeRows* table, const uint8_t[::1] index, const uint8_t[::1] rows
) except -1:
    """Read the index's head and see that the bounds of its buckets fill the rest of it.

    Raises ValueError(region, reason). What bounds and rows hold is for the full check to judge.
    """
    cdef const uint64_t* words
    cdef uint64_t room = index.shape[0] // 8
    if index.shape[0] % 8 or room < INDEX_HEAD_WORDS + 2:
        raise ValueError("index", f"{index.shape[0]} bytes are no index")
    words = <const uint64_t*>&index[0]
    if <size_t>words % 8:
        raise ValueError("index", "it does not begin at a multiple of 8 bytes")
    room -= INDEX_HEAD_WORDS + 1
    table.row_count = words[0]
    table.seed = words[1]
    table.lengths = words[2]
    table.bucket_count = words[3]
    if table.bucket_count != room or room >> 32:
        raise ValueError(
            "index", f"{table.bucket_count} buckets where there is room for {room}"
        )
    table.starts = words + INDEX_HEAD_WORDS
    table.rows = &rows[0] if rows.shape[0] else NULL
    table.rows_bytes = rows.shape[0]
    return 0


cdef inline uint16_t row_destination(const uint8_t* row) noexcept nogil:
    cdef uint16_t destination
    memcpy(&destination, row + 1, 2)
    return destination


cdef inline uint32_t row_parcel(const uint8_t* row) noexcept nogil:
    return word4(row + 3)


cdef inline uint64_t bucket_of(uint64_t hashed, uint64_t bucket_count) noexcept nogil:
    """The hash's upper half scaled to the number of buckets, which is below 2**32."""
    return ((hashed >> 32) * bucket_count) >> 32


cdef inline bint can_be_here(const CodeRows* table, Py_ssize_t length) noexcept nogil:
    return 1 <= length <= LONGEST_CODE and (table.lengths >> length) & 1


cdef inline const uint8_t* row_in_bucket(
    const CodeRows* table, uint64_t bucket, const uint8_t* code, Py_ssize_t length
) noexcept nogil:
    cdef uint64_t at = table.starts[bucket]
    cdef uint64_t end = table.starts[bucket + 1]
    cdef const uint8_t* row
    cdef Py_ssize_t row_length
    if at > end or end > table.rows_bytes:
        return NULL
    while at + ROW_HEAD_BYTES < end:
        row = table.rows + at
        row_length = row[0]
        at += ROW_HEAD_BYTES + row_length
        if row_length == length and at <= end and same_code(row + ROW_HEAD_BYTES, code, length):
            return row
    return NULL


cdef inline const uint8_t* find_row(
    const CodeRows* table, const uint8_t* code, Py_ssize_t length
) noexcept nogil:
    """The row of exactly this code, or NULL."""
    if not can_be_here(table, length):
        return NULL
    return row_in_bucket(
        table, bucket_of(code_hash(code, length, table.seed), table.bucket_count), code, length
    )


cdef inline const uint8_t* find_longest_prefix(
    const CodeRows* table, const uint8_t* code, Py_ssize_t length
) noexcept nogil:
    """The row of the longest key that `code` begins with, or NULL."""
    cdef const uint8_t* row
    if length > LONGEST_CODE:
        length = LONGEST_CODE
    while length > 0:
        row = find_row(table, code, length)
        if row is not NULL:
            return row
        length -= 1
    return NULL
