"""Rows of one code, found among rows that are sorted by key: the first of the source stays."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy

from code_hash cimport same_code
from exact cimport LONGEST_CODE
from key_mix cimport unmixed
from key_number cimport write_number
from key_packed cimport Packed, unpack_code
from row_sort cimport NumberRow, PackedRow, Row
from row_sorter cimport Sorter, group_of, make_room


cdef struct Duplicate:
    uint32_t source
    uint32_t kept_source
    bint same_destination
    bint same_group


cdef struct Duplicates:
    Duplicate* found
    uint64_t count
    uint64_t room


cdef inline bint is_same_code(const Sorter* sorter, Row* a, Row* b) noexcept nogil:
    """Whether two rows with one key have one code."""
    if Row is NumberRow:
        return True
    elif Row is PackedRow:
        return a.first == b.first and a.second == b.second
    else:
        return a.length == b.length and same_code(
            sorter.pool + a.at, sorter.pool + b.at, a.length
        )


cdef inline bint note_duplicate(
    Duplicates* found, const Sorter* sorter, Row* row, Row* kept
) noexcept nogil:
    cdef Duplicate* duplicate
    if not make_room(
        <void**>&found.found, &found.room, found.count + 1, sizeof(Duplicate)
    ):
        return False
    duplicate = &found.found[found.count]
    duplicate.source = row.source
    duplicate.kept_source = kept.source
    duplicate.same_destination = row.destination == kept.destination
    duplicate.same_group = group_of(sorter, row.source) == group_of(sorter, kept.source)
    found.count += 1
    return True


cdef inline bint drop_duplicates(
    Duplicates* found, const Sorter* sorter, Row* rows, uint64_t* count
) noexcept nogil:
    """Keep the first row of each code and note the others; False: no memory to do so."""
    cdef uint64_t kept = 0
    cdef uint64_t at, earlier
    cdef bint known
    for at in range(count[0]):
        known = False
        earlier = kept
        # Different codes with one 64-bit hash are next to impossible, not impossible.
        while earlier > 0 and rows[earlier - 1].key == rows[at].key and not known:
            earlier -= 1
            known = is_same_code(sorter, &rows[earlier], &rows[at])
        if not known:
            rows[kept] = rows[at]
            kept += 1
        elif not note_duplicate(found, sorter, &rows[at], &rows[earlier]):
            return False
    count[0] = kept
    return True


cdef inline bint is_alike(const Duplicate* duplicate) noexcept nogil:
    return duplicate.same_destination and duplicate.same_group


cdef inline int compare_duplicates(const void* a, const void* b) noexcept nogil:
    cdef uint32_t one = (<const Duplicate*>a).source
    cdef uint32_t other = (<const Duplicate*>b).source
    return -1 if one < other else one > other


cdef inline void sort_duplicates(Duplicates* found) noexcept nogil:
    """In the order of their sources."""
    if found.count:
        qsort(found.found, found.count, sizeof(Duplicate), compare_duplicates)


cdef inline uint64_t count_alike(const Duplicates* found) noexcept nogil:
    cdef uint64_t alike = 0
    cdef uint64_t at
    for at in range(found.count):
        alike += is_alike(&found.found[at])
    return alike


cdef struct SourceCode:
    # A row of the source, and its code once it is found.
    uint32_t source
    uint8_t length
    uint8_t code[LONGEST_CODE]


cdef inline SourceCode* wanted_source(
    SourceCode* wanted, uint64_t count, uint32_t source
) noexcept nogil:
    """The entry of a source among those wanted, which are in order; or NULL."""
    cdef uint64_t low = 0
    cdef uint64_t middle
    while count > low:
        middle = (low + count) // 2
        if wanted[middle].source == source:
            return &wanted[middle]
        if wanted[middle].source < source:
            low = middle + 1
        else:
            count = middle
    return NULL


cdef inline uint8_t write_row_code(const Sorter* sorter, Row* row, uint8_t* code) noexcept nogil:
    cdef Packed packed
    if Row is NumberRow:
        return <uint8_t>write_number(sorter.book, unmixed(&sorter.mix, row.key), code)
    elif Row is PackedRow:
        packed.first = row.first
        packed.second = row.second
        return <uint8_t>unpack_code(sorter.book, &packed, code)
    else:
        memcpy(code, sorter.pool + row.at, row.length)
        return row.length


cdef inline void read_source_codes(
    const Sorter* sorter, Row* rows, uint64_t count, SourceCode* wanted, uint64_t wanted_count
) noexcept nogil:
    cdef SourceCode* found
    cdef uint64_t at
    for at in range(count):
        found = wanted_source(wanted, wanted_count, rows[at].source)
        if found is not NULL:
            found.length = write_row_code(sorter, &rows[at], found.code)
