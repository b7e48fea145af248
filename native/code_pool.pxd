"""Codes on their way into a compiled table: each once, in the order they came.

The pool answers at once whether a code is there already, so that a duplicate is named with both
its source rows. Laying it out for a file is a counting sort by bucket.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset

from code_check cimport MOST_ROWS_IN_BUCKET, code_order
from code_hash cimport code_hash, seed_of_attempt
from code_rows cimport INDEX_HEAD_WORDS, ROW_HEAD_BYTES, bucket_of, same_code

cdef enum:
    NEW = -1
    NO_MEMORY = -2
    ROWS_PER_BUCKET = 2
    MOST_ATTEMPTS = 64
    MOST_ROWS = 0xFFFFFFFE  # a slot holds row number + 1 in 32 bits


cdef struct PoolRow:
    uint64_t text_at
    uint32_t parcel
    uint32_t source_row
    uint16_t destination
    uint8_t length


cdef struct Pool:
    uint8_t* text
    uint64_t text_bytes
    uint64_t text_room
    PoolRow* rows
    uint64_t count
    uint64_t rows_room
    uint32_t* slots  # row number + 1, or 0; their number is a power of two
    uint64_t slots_room


cdef inline void free_pool(Pool* pool) noexcept nogil:
    free(pool.text)
    free(pool.rows)
    free(pool.slots)
    memset(pool, 0, sizeof(Pool))


cdef inline const uint8_t* pool_code(const Pool* pool, uint64_t number) noexcept nogil:
    return pool.text + pool.rows[number].text_at


cdef inline uint64_t pool_hash(const Pool* pool, uint64_t number, uint64_t seed) noexcept nogil:
    return code_hash(pool_code(pool, number), pool.rows[number].length, seed)


cdef inline bint grow_slots(Pool* pool) noexcept nogil:
    cdef uint64_t room = pool.slots_room * 2 if pool.slots_room else 1024
    cdef uint32_t* slots = <uint32_t*>calloc(room, sizeof(uint32_t))
    cdef uint64_t number, at
    if slots is NULL:
        return False
    for number in range(pool.count):
        at = pool_hash(pool, number, 0) & (room - 1)
        while slots[at]:
            at = (at + 1) & (room - 1)
        slots[at] = <uint32_t>(number + 1)
    free(pool.slots)
    pool.slots = slots
    pool.slots_room = room
    return True


cdef inline bint make_room(Pool* pool, Py_ssize_t length) noexcept nogil:
    cdef void* moved
    if pool.text_bytes + length > pool.text_room:
        pool.text_room = pool.text_room * 3 // 2 + 65536
        moved = realloc(pool.text, pool.text_room)
        if moved is NULL:
            return False
        pool.text = <uint8_t*>moved
    if pool.count == pool.rows_room:
        pool.rows_room = pool.rows_room * 3 // 2 + 1024
        moved = realloc(pool.rows, pool.rows_room * sizeof(PoolRow))
        if moved is NULL:
            return False
        pool.rows = <PoolRow*>moved
    return 2 * (pool.count + 1) <= pool.slots_room or grow_slots(pool)


cdef inline int64_t pool_add(
    Pool* pool, const uint8_t* code, Py_ssize_t length, const PoolRow* fields
) noexcept nogil:
    """NEW, NO_MEMORY, or the number of the row that has this code already (and stays as it is)."""
    cdef uint64_t at
    cdef PoolRow* row
    if pool.count >= <uint64_t>MOST_ROWS or not make_room(pool, length):
        return NO_MEMORY
    at = code_hash(code, length, 0) & (pool.slots_room - 1)
    while pool.slots[at]:
        row = &pool.rows[pool.slots[at] - 1]
        if row.length == length and same_code(pool.text + row.text_at, code, length):
            return pool.slots[at] - 1
        at = (at + 1) & (pool.slots_room - 1)
    row = &pool.rows[pool.count]
    row[0] = fields[0]
    row.length = <uint8_t>length
    row.text_at = pool.text_bytes
    memcpy(pool.text + pool.text_bytes, code, length)
    pool.text_bytes += length
    pool.count += 1
    pool.slots[at] = <uint32_t>pool.count
    return NEW


cdef inline uint64_t buckets_for(uint64_t count) noexcept nogil:
    return count // ROWS_PER_BUCKET + 1


cdef inline bint spread(
    const Pool* pool, uint64_t bucket_count, uint64_t* seed, uint32_t* ends
) noexcept nogil:
    """Find a seed that overfills no bucket; `ends[b]` is then where bucket b ends, in rows."""
    cdef int attempt
    cdef uint64_t number, bucket
    cdef uint32_t fullest
    for attempt in range(MOST_ATTEMPTS):
        seed[0] = seed_of_attempt(attempt)
        memset(ends, 0, bucket_count * sizeof(uint32_t))
        fullest = 0
        for number in range(pool.count):
            bucket = bucket_of(pool_hash(pool, number, seed[0]), bucket_count)
            ends[bucket] += 1
            fullest = max(fullest, ends[bucket])
        if fullest <= MOST_ROWS_IN_BUCKET:
            for bucket in range(1, bucket_count):
                ends[bucket] += ends[bucket - 1]
            return True
    return False


cdef inline void sort_into_buckets(
    const Pool* pool, uint64_t bucket_count, uint64_t seed, uint32_t* ends, uint32_t* order
) noexcept nogil:
    """`order` becomes the row numbers bucket by bucket, ordered within; `ends` become starts."""
    cdef uint64_t number, bucket
    cdef uint32_t at, bucket_end
    cdef const PoolRow* row
    cdef const PoolRow* other
    for number in range(pool.count):
        bucket = bucket_of(pool_hash(pool, number, seed), bucket_count)
        ends[bucket] -= 1
        order[ends[bucket]] = <uint32_t>number
    for bucket in range(bucket_count):
        bucket_end = ends[bucket + 1] if bucket + 1 < bucket_count else <uint32_t>pool.count
        for number in range(ends[bucket] + 1, bucket_end):
            at = <uint32_t>number
            row = &pool.rows[order[at]]
            while at > ends[bucket]:
                other = &pool.rows[order[at - 1]]
                if code_order(
                    pool.text + other.text_at, other.length, pool.text + row.text_at, row.length
                ) < 0:
                    break
                order[at - 1], order[at] = order[at], order[at - 1]
                at -= 1


cdef inline uint64_t write_row(const Pool* pool, uint64_t number, uint8_t* out) noexcept nogil:
    cdef const PoolRow* row = &pool.rows[number]
    out[0] = row.length
    memcpy(out + 1, &row.destination, 2)
    memcpy(out + 3, &row.parcel, 4)
    memcpy(out + ROW_HEAD_BYTES, pool.text + row.text_at, row.length)
    return ROW_HEAD_BYTES + row.length


cdef inline void write_table(
    const Pool* pool,
    uint64_t* words,
    uint8_t* out,
    uint64_t bucket_count,
    const uint32_t* begins,
    const uint32_t* order,
) noexcept nogil:
    """Write the index into `words`, whose seed is there already, and the rows into `out`."""
    cdef uint64_t* starts = words + INDEX_HEAD_WORDS
    cdef uint64_t at = 0
    cdef uint64_t lengths = 0
    cdef uint64_t bucket = 0
    cdef uint64_t place
    for place in range(pool.count):
        while bucket < bucket_count and begins[bucket] <= place:
            starts[bucket] = at
            bucket += 1
        lengths |= <uint64_t>1 << pool.rows[order[place]].length
        at += write_row(pool, order[place], out + at)
    while bucket <= bucket_count:
        starts[bucket] = at
        bucket += 1
    words[0] = pool.count
    words[2] = lengths
    words[3] = bucket_count
