"""Searching for many codes at once, with the memory of the next ones already on its way.

A lone search waits twice for memory: for its bucket's bounds, then for the bucket. A batch walks
each block of codes once for every wait, so that the waits of a block overlap.
"""

from libc.stdint cimport int32_t, uint8_t, uint64_t

from code_hash cimport code_hash
from code_key cimport Key
from code_rows cimport (
    CodeRows,
    bucket_of,
    can_be_here,
    find_longest_prefix,
    row_destination,
    row_in_bucket,
)

cdef extern from *:
    void __builtin_prefetch(const void* address) noexcept nogil

cdef enum:
    BLOCK = 64  # codes in flight; more than the misses that today's cores can overlap
    LINE_BYTES = 64


cdef struct Batch:
    # Either `keys`, or `count` cells of `width` bytes from `cells` on, padded with NULs.
    const Key* keys
    const uint8_t* cells
    Py_ssize_t width
    Py_ssize_t count


cdef inline Key key_at(const Batch* batch, Py_ssize_t number) noexcept nogil:
    cdef Key key
    if batch.keys is not NULL:
        return batch.keys[number]
    key.text = batch.cells + number * batch.width
    key.length = batch.width
    while key.length > 0 and key.text[key.length - 1] == 0:
        key.length -= 1
    return key


cdef inline void find_block(
    const CodeRows* table, const Batch* batch, Py_ssize_t first, Py_ssize_t count, int32_t* out
) noexcept nogil:
    cdef Key keys[BLOCK]
    cdef uint64_t buckets[BLOCK]
    cdef Py_ssize_t number
    cdef const uint8_t* row
    for number in range(count):
        keys[number] = key_at(batch, first + number)
        if can_be_here(table, keys[number].length):
            buckets[number] = bucket_of(
                code_hash(keys[number].text, keys[number].length, table.seed), table.bucket_count
            )
            __builtin_prefetch(table.starts + buckets[number])
        else:
            buckets[number] = table.bucket_count
    for number in range(count):
        if buckets[number] < table.bucket_count:
            row = table.rows + table.starts[buckets[number]]
            __builtin_prefetch(row)
            __builtin_prefetch(row + LINE_BYTES)
    for number in range(count):
        row = NULL
        if buckets[number] < table.bucket_count:
            row = row_in_bucket(table, buckets[number], keys[number].text, keys[number].length)
        out[first + number] = -1 if row is NULL else row_destination(row)


cdef inline void find_batch(
    const CodeRows* table, const Batch* batch, int32_t* out
) noexcept nogil:
    """The destination number of each code, or -1."""
    cdef Py_ssize_t first = 0
    while first < batch.count:
        find_block(table, batch, first, min(<Py_ssize_t>BLOCK, batch.count - first), out)
        first += BLOCK


cdef inline void find_longest_batch(
    const CodeRows* table, const Batch* batch, int32_t* out
) noexcept nogil:
    """The destination number of the longest prefix of each code, or -1."""
    cdef Py_ssize_t number
    cdef Key key
    cdef const uint8_t* row
    for number in range(batch.count):
        key = key_at(batch, number)
        row = find_longest_prefix(table, key.text, key.length)
        out[number] = -1 if row is NULL else row_destination(row)
