"""Exact rows on their way into a table: collected by kind, sorted into the order of their lines.

A row costs 16 bytes while it waits when its code is a number, 32 and its text otherwise. The
parcel groups lie apart, by source line, because most tables have none.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memset

from code_hash cimport code_hash
from exact cimport LONGEST_CODE, packed_hash
from exact_check cimport is_printable
from key_mix cimport Mix, mixed, stirred, top_bit, unmixed, write_mix
from key_number cimport (
    FAR_BITS,
    NEAR_BITS,
    NO_NUMBER,
    ShapeBook,
    read_number,
)
from key_packed cimport Packed, pack_code, pack_number
from line_table cimport LINE_WORDS, MARK_BITS, REGION_LINES
from row_sort cimport NumberRow, PackedRow, TextRow, sort_rows

cdef enum AddResult:
    ADDED = 0
    IMPOSSIBLE = 1
    NO_MEMORY = -1

cdef enum:
    # Slots of 64 that are filled: more fill sends more searches to a second line.
    FILL = 55


cdef struct Sorter:
    NumberRow* numbers
    uint64_t number_count
    uint64_t number_room
    PackedRow* packed
    uint64_t packed_count
    uint64_t packed_room
    TextRow* texts
    uint64_t text_count
    uint64_t text_room
    uint8_t* pool
    uint64_t pool_bytes
    uint64_t pool_room
    uint32_t* groups  # by source line; NULL while there is none
    uint64_t group_room
    const ShapeBook* book
    uint64_t seed
    unsigned key_bits
    Mix mix


cdef inline void free_sorter(Sorter* sorter) noexcept nogil:
    free(sorter.numbers)
    free(sorter.packed)
    free(sorter.texts)
    free(sorter.pool)
    free(sorter.groups)
    memset(sorter, 0, sizeof(Sorter))


cdef inline bint make_room(
    void** rows, uint64_t* room, uint64_t needed, size_t width
) noexcept nogil:
    cdef uint64_t wanted = room[0]
    cdef void* moved
    if needed <= wanted:
        return True
    wanted = max(needed, wanted * 3 // 2 + 4096)
    moved = realloc(rows[0], wanted * width)
    if moved is NULL:
        return False
    rows[0] = moved
    room[0] = wanted
    return True


cdef inline bint set_group(Sorter* sorter, uint32_t source, uint32_t group) noexcept nogil:
    cdef uint64_t before = sorter.group_room
    if group == 0:
        return True
    if not make_room(
        <void**>&sorter.groups, &sorter.group_room, <uint64_t>source + 1, sizeof(uint32_t)
    ):
        return False
    memset(sorter.groups + before, 0, (sorter.group_room - before) * sizeof(uint32_t))
    sorter.groups[source] = group
    return True


cdef inline uint32_t group_of(const Sorter* sorter, uint32_t source) noexcept nogil:
    return sorter.groups[source] if source < sorter.group_room else 0


cdef inline AddResult add_number(
    Sorter* sorter, uint64_t number, uint16_t destination, uint8_t op, uint32_t source
) noexcept nogil:
    cdef NumberRow* row
    if not make_room(
        <void**>&sorter.numbers, &sorter.number_room, sorter.number_count + 1, sizeof(NumberRow)
    ):
        return NO_MEMORY
    row = &sorter.numbers[sorter.number_count]
    row.key = number
    row.source = source
    row.destination = destination
    row.op = op
    sorter.number_count += 1
    return ADDED


cdef inline AddResult add_packed(
    Sorter* sorter, const Packed* packed, uint16_t destination, uint8_t op, uint32_t source
) noexcept nogil:
    cdef PackedRow* row
    if not make_room(
        <void**>&sorter.packed, &sorter.packed_room, sorter.packed_count + 1, sizeof(PackedRow)
    ):
        return NO_MEMORY
    row = &sorter.packed[sorter.packed_count]
    row.first = packed.first
    row.second = packed.second
    row.source = source
    row.destination = destination
    row.op = op
    sorter.packed_count += 1
    return ADDED


cdef inline AddResult add_text(
    Sorter* sorter,
    const uint8_t* text,
    Py_ssize_t length,
    uint16_t destination,
    uint8_t op,
    uint32_t source,
) noexcept nogil:
    cdef TextRow* row
    if not make_room(
        <void**>&sorter.texts, &sorter.text_room, sorter.text_count + 1, sizeof(TextRow)
    ) or not make_room(<void**>&sorter.pool, &sorter.pool_room, sorter.pool_bytes + length, 1):
        return NO_MEMORY
    row = &sorter.texts[sorter.text_count]
    row.at = sorter.pool_bytes
    row.length = <uint8_t>length
    row.source = source
    row.destination = destination
    row.op = op
    memcpy(sorter.pool + sorter.pool_bytes, text, length)
    sorter.pool_bytes += length
    sorter.text_count += 1
    return ADDED


cdef inline int sorter_add(
    Sorter* sorter,
    const uint8_t* text,
    Py_ssize_t length,
    uint16_t destination,
    uint32_t group,
    uint8_t op,
    uint32_t source,
) noexcept nogil:
    """Take a row in: ADDED, NO_MEMORY, or IMPOSSIBLE when there can be no such code.

    `source` is its line in the source, another one for each row.
    """
    cdef uint8_t room[32 + LONGEST_CODE]
    cdef uint64_t number
    cdef Packed packed
    if not 1 <= length <= LONGEST_CODE:
        return IMPOSSIBLE
    # Numbers are read with the 32 bytes before their end, which a caller need not have.
    text = <const uint8_t*>memcpy(&room[32], text, length)
    if not set_group(sorter, source, group):
        return NO_MEMORY
    number = read_number(sorter.book, text + length, length)
    if number != NO_NUMBER:
        return add_number(sorter, number, destination, op, source)
    if pack_code(text + length, length, &packed):
        return add_packed(sorter, &packed, destination, op, source)
    if not is_printable(text, length):
        return IMPOSSIBLE
    return add_text(sorter, text, length, destination, op, source)


cdef inline uint64_t lines_for(uint64_t rows, unsigned slots) noexcept nogil:
    """The lines that so many rows need: whole regions, or a power of two below one."""
    cdef uint64_t lines = (rows * 64 + slots * FILL - 1) // (slots * FILL)
    if rows == 0:
        return 0
    if lines > REGION_LINES:
        return (lines + REGION_LINES - 1) // REGION_LINES * REGION_LINES
    return 2 if lines <= 2 else <uint64_t>1 << (top_bit(lines - 1) + 1)


cdef inline uint64_t number_lines_for(uint64_t rows, unsigned key_bits) noexcept nogil:
    """As lines_for, but enough of them for the line to tell what a mark can't hold."""
    return max(lines_for(rows, LINE_WORDS), <uint64_t>1 << (key_bits - MARK_BITS))


cdef inline bint is_worth(uint64_t rows, unsigned key_bits) noexcept nogil:
    """Whether numbers of so many bits cost less as numbers than they would as packed codes."""
    return number_lines_for(rows, key_bits) <= 2 * lines_for(rows, LINE_WORDS)


cdef inline unsigned best_key_bits(const Sorter* sorter) noexcept nogil:
    cdef uint64_t near = 0
    cdef uint64_t at
    for at in range(sorter.number_count):
        near += sorter.numbers[at].key >> NEAR_BITS == 0
    if near < sorter.number_count and is_worth(sorter.number_count, FAR_BITS):
        return FAR_BITS
    return NEAR_BITS if near and is_worth(near, NEAR_BITS) else 0


cdef inline AddResult pack_unfit_numbers(Sorter* sorter) noexcept nogil:
    """Numbers that don't fit into key_bits are packed, as searches take them to be."""
    cdef uint64_t kept = 0
    cdef uint64_t at
    cdef NumberRow* row
    cdef Packed packed
    if sorter.key_bits == FAR_BITS:
        return ADDED
    for at in range(sorter.number_count):
        row = &sorter.numbers[at]
        if sorter.key_bits and row.key >> sorter.key_bits == 0:
            sorter.numbers[kept] = row[0]
            kept += 1
            continue
        pack_number(row.key, &packed)
        if add_packed(sorter, &packed, row.destination, row.op, row.source) != ADDED:
            return NO_MEMORY
    sorter.number_count = kept
    return ADDED


cdef inline uint64_t content_seed(Sorter* sorter, uint32_t attempt) noexcept nogil:
    """A seed that follows from all codes together, so that builds can be repeated.

    Whoever can put some codes into a table can't know it without knowing all the others.
    """
    cdef uint64_t sum = 0
    cdef uint64_t at
    cdef Packed packed
    for at in range(sorter.number_count):
        sum += stirred(sorter.numbers[at].key)
    for at in range(sorter.packed_count):
        packed.first = sorter.packed[at].first
        packed.second = sorter.packed[at].second
        sum += packed_hash(&packed, 0)
    for at in range(sorter.text_count):
        sum += code_hash(sorter.pool + sorter.texts[at].at, sorter.texts[at].length, 0)
    return stirred(sum + attempt * <uint64_t>0x9E3779B97F4A7C15)


cdef inline void key_rows(Sorter* sorter, uint32_t attempt) noexcept nogil:
    """Give each row the key it is sorted by under the content's seed; numbers must be plain."""
    cdef uint64_t at
    cdef PackedRow* row
    cdef Packed packed
    sorter.seed = content_seed(sorter, attempt)
    write_mix(&sorter.mix, sorter.seed, sorter.key_bits if sorter.key_bits else FAR_BITS)
    for at in range(sorter.number_count):
        sorter.numbers[at].key = mixed(&sorter.mix, sorter.numbers[at].key)
    for at in range(sorter.packed_count):
        row = &sorter.packed[at]
        packed.first = row.first
        packed.second = row.second
        row.key = packed_hash(&packed, sorter.seed)
    for at in range(sorter.text_count):
        sorter.texts[at].key = code_hash(
            sorter.pool + sorter.texts[at].at, sorter.texts[at].length, sorter.seed
        )


cdef inline void unkey_numbers(Sorter* sorter) noexcept nogil:
    cdef uint64_t at
    for at in range(sorter.number_count):
        sorter.numbers[at].key = unmixed(&sorter.mix, sorter.numbers[at].key)


cdef inline void sort_all(Sorter* sorter) noexcept nogil:
    sort_rows(sorter.numbers, sorter.number_count)
    sort_rows(sorter.packed, sorter.packed_count)
    sort_rows(sorter.texts, sorter.text_count)
