"""Rows in the order of their 64-bit keys, sorted in place: they may take most of the memory.

A radix sort from the top byte down; short runs, and runs of one key, are put in order by comparing.
Rows with one key come in the order of their source.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memset

cdef enum:
    SHORT_RUN = 24


cdef struct NumberRow:
    uint64_t key  # the number; mixed, once its table's seed is known
    uint32_t source  # line of the source
    uint16_t destination
    uint8_t op


cdef struct PackedRow:
    uint64_t key  # the hash
    uint64_t first
    uint64_t second
    uint32_t source
    uint16_t destination
    uint8_t op


cdef struct TextRow:
    uint64_t key  # the hash
    uint64_t at  # in the pool of texts
    uint32_t source
    uint16_t destination
    uint8_t op
    uint8_t length


ctypedef fused Row:
    NumberRow
    PackedRow
    TextRow


cdef inline bint comes_before(Row* a, Row* b) noexcept nogil:
    return a.key < b.key or (a.key == b.key and a.source < b.source)


cdef inline int order_of(
    uint64_t a, uint32_t a_source, uint64_t b, uint32_t b_source
) noexcept nogil:
    if a != b:
        return -1 if a < b else 1
    return -1 if a_source < b_source else a_source > b_source


cdef inline int compare_numbers(const void* a, const void* b) noexcept nogil:
    cdef const NumberRow* one = <const NumberRow*>a
    cdef const NumberRow* other = <const NumberRow*>b
    return order_of(one.key, one.source, other.key, other.source)


cdef inline int compare_packed(const void* a, const void* b) noexcept nogil:
    cdef const PackedRow* one = <const PackedRow*>a
    cdef const PackedRow* other = <const PackedRow*>b
    return order_of(one.key, one.source, other.key, other.source)


cdef inline int compare_texts(const void* a, const void* b) noexcept nogil:
    cdef const TextRow* one = <const TextRow*>a
    cdef const TextRow* other = <const TextRow*>b
    return order_of(one.key, one.source, other.key, other.source)


cdef inline void sort_by_comparing(Row* rows, uint64_t count) noexcept nogil:
    if Row is NumberRow:
        qsort(rows, count, sizeof(NumberRow), compare_numbers)
    elif Row is PackedRow:
        qsort(rows, count, sizeof(PackedRow), compare_packed)
    else:
        qsort(rows, count, sizeof(TextRow), compare_texts)


cdef inline void sort_short_run(Row* rows, uint64_t count) noexcept nogil:
    cdef uint64_t at, to
    cdef Row row
    for at in range(1, count):
        row = rows[at]
        to = at
        while to > 0 and comes_before(&row, &rows[to - 1]):
            rows[to] = rows[to - 1]
            to -= 1
        rows[to] = row


cdef inline void split_by_byte(
    Row* rows, uint64_t count, unsigned shift, uint64_t* ends
) noexcept nogil:
    """Bring the rows with one byte of the key together, in place; `ends` are where each ends."""
    cdef uint64_t places[256]
    cdef uint64_t at
    cdef uint64_t sum = 0
    cdef unsigned byte, found
    cdef Row row, other
    memset(ends, 0, 256 * sizeof(uint64_t))
    for at in range(count):
        ends[(rows[at].key >> shift) & 255] += 1
    for byte in range(256):
        places[byte] = sum
        sum += ends[byte]
        ends[byte] = sum
    for byte in range(256):
        while places[byte] < ends[byte]:
            row = rows[places[byte]]
            found = (row.key >> shift) & 255
            while found != byte:
                other = rows[places[found]]
                rows[places[found]] = row
                places[found] += 1
                row = other
                found = (row.key >> shift) & 255
            rows[places[byte]] = row
            places[byte] += 1


cdef inline void sort_from_byte(Row* rows, uint64_t count, unsigned shift) noexcept nogil:
    cdef uint64_t ends[256]
    cdef uint64_t begin = 0
    cdef unsigned byte
    if count <= SHORT_RUN:
        sort_short_run(rows, count)
        return
    split_by_byte(rows, count, shift, ends)
    for byte in range(256):
        if ends[byte] - begin > 1:
            if shift:
                sort_from_byte(&rows[begin], ends[byte] - begin, shift - 8)
            else:
                sort_by_comparing(&rows[begin], ends[byte] - begin)
        begin = ends[byte]


cdef inline void sort_rows(Row* rows, uint64_t count) noexcept nogil:
    sort_from_byte(rows, count, 56)
