"""The full check of a table's rows, made before the first search.

After it: every row lies inside its bucket, every key is a possible code that hashes to where it
is, no key is there twice, every destination exists, and the counts in the head are true.
"""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcmp

from code_hash cimport code_hash
from code_rows cimport LONGEST_CODE, ROW_HEAD_BYTES, CodeRows, bucket_of, row_destination

cdef enum:
    # With two rows a bucket on average the fullest of fifty million holds about twenty.
    MOST_ROWS_IN_BUCKET = 48

cdef enum RowFault:
    SOUND
    STARTS_WRONG
    ROW_CUT
    KEY_LENGTH_WRONG
    KEY_NOT_PRINTABLE
    KEY_ELSEWHERE
    KEYS_UNORDERED
    BUCKET_TOO_FULL
    DESTINATION_UNKNOWN
    COUNT_WRONG
    LENGTHS_WRONG


cdef inline str fault_region(RowFault fault):
    return "index" if fault in (STARTS_WRONG, COUNT_WRONG, LENGTHS_WRONG) else "rows"


cdef inline str fault_text(RowFault fault):
    return {
        STARTS_WRONG: "its bounds run backwards or out of the rows",
        ROW_CUT: "a row runs over its end",
        KEY_LENGTH_WRONG: "a key's length is not 1 to 48",
        KEY_NOT_PRINTABLE: "a key has a character that is not printable ASCII",
        KEY_ELSEWHERE: "a key belongs into another bucket",
        KEYS_UNORDERED: "its keys are not in order or one is there twice",
        BUCKET_TOO_FULL: "it holds more rows than a bucket may",
        DESTINATION_UNKNOWN: "a destination number is out of range",
        COUNT_WRONG: "the number of rows is not the one the head names",
        LENGTHS_WRONG: "the lengths of the keys are not those the head names",
    }[fault]


cdef inline bint is_printable(const uint8_t* code, Py_ssize_t length) noexcept nogil:
    cdef Py_ssize_t at
    for at in range(length):
        if code[at] < 0x20 or code[at] > 0x7E:
            return False
    return True


cdef inline int code_order(
    const uint8_t* a, Py_ssize_t a_length, const uint8_t* b, Py_ssize_t b_length
) noexcept nogil:
    """The order of keys in a bucket: shorter first, then by bytes."""
    if a_length != b_length:
        return -1 if a_length < b_length else 1
    return memcmp(a, b, a_length)


cdef inline RowFault check_row(
    const CodeRows* table, uint64_t bucket, const uint8_t* row, uint64_t room, uint64_t destinations
) noexcept nogil:
    """One row on its own; `room` is what is left of its bucket in bytes."""
    cdef Py_ssize_t length
    if room <= ROW_HEAD_BYTES:
        return ROW_CUT
    length = row[0]
    if not 1 <= length <= LONGEST_CODE:
        return KEY_LENGTH_WRONG
    if ROW_HEAD_BYTES + <uint64_t>length > room:
        return ROW_CUT
    if not is_printable(row + ROW_HEAD_BYTES, length):
        return KEY_NOT_PRINTABLE
    if row_destination(row) >= destinations:
        return DESTINATION_UNKNOWN
    if bucket_of(code_hash(row + ROW_HEAD_BYTES, length, table.seed), table.bucket_count) != bucket:
        return KEY_ELSEWHERE
    return SOUND


cdef inline RowFault check_bucket(
    const CodeRows* table,
    uint64_t bucket,
    uint64_t destinations,
    uint64_t* count,
    uint64_t* lengths,
) noexcept nogil:
    """The rows of one bucket, whose bounds are already known to be sound."""
    cdef uint64_t at = table.starts[bucket]
    cdef uint64_t end = table.starts[bucket + 1]
    cdef const uint8_t* row
    cdef const uint8_t* before = NULL
    cdef uint64_t here = 0
    cdef RowFault fault
    while at < end:
        row = table.rows + at
        fault = check_row(table, bucket, row, end - at, destinations)
        if fault != SOUND:
            return fault
        if before is not NULL and code_order(
            before + ROW_HEAD_BYTES, before[0], row + ROW_HEAD_BYTES, row[0]
        ) >= 0:
            return KEYS_UNORDERED
        before = row
        lengths[0] |= <uint64_t>1 << row[0]
        at += ROW_HEAD_BYTES + row[0]
        here += 1
    if here > MOST_ROWS_IN_BUCKET:
        return BUCKET_TOO_FULL
    count[0] += here
    return SOUND


cdef inline RowFault check_rows(
    const CodeRows* table, uint64_t destinations, uint64_t* bad_bucket
) noexcept nogil:
    """Everything. On a fault `bad_bucket` is the bucket in which it was found."""
    cdef uint64_t bucket
    cdef uint64_t count = 0
    cdef uint64_t lengths = 0
    cdef RowFault fault
    bad_bucket[0] = 0
    if table.starts[0] != 0 or table.starts[table.bucket_count] != table.rows_bytes:
        return STARTS_WRONG
    for bucket in range(table.bucket_count):
        bad_bucket[0] = bucket
        if not table.starts[bucket] <= table.starts[bucket + 1] <= table.rows_bytes:
            return STARTS_WRONG
        fault = check_bucket(table, bucket, destinations, &count, &lengths)
        if fault != SOUND:
            return fault
    if count != table.row_count:
        return COUNT_WRONG
    if lengths != table.lengths:
        return LENGTHS_WRONG
    return SOUND
