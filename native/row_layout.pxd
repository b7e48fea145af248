"""Sorted rows as the words of their lines, region by region."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from exact cimport packed_mark, packed_rest, text_mark
from key_mix cimport high_product, mark_shift
from key_packed cimport Packed
from line_fill cimport NO_ROW_HERE, REGION_SLOTS, Homes, Region, fill_region
from line_table cimport (
    DESTINATION_BITS,
    LINE_WORDS,
    SLOT_CHOICE,
    SLOT_OVERFLOW,
    alternate_line,
    lot_of,
    region_lines,
)
from row_sort cimport NumberRow, PackedRow, Row
from row_sorter cimport Sorter, group_of


cdef struct Layout:
    # The work of one kind: how far it is, and room for one region.
    uint64_t line_count
    uint64_t region_lines
    uint64_t next_line
    uint64_t next_row
    uint8_t* texts  # as their section will have them: room for all, and how many bytes are laid out
    uint64_t text_bytes
    unsigned slots
    unsigned mark_shift
    Region region
    uint64_t home[REGION_SLOTS]
    uint64_t alternate[REGION_SLOTS]
    uint64_t spread[REGION_SLOTS]


cdef inline void start_layout(
    Layout* layout, const Sorter* sorter, uint64_t line_count, unsigned slots
) noexcept nogil:
    layout.line_count = line_count
    layout.region_lines = region_lines(line_count)
    layout.next_line = 0
    layout.next_row = 0
    layout.text_bytes = 0
    layout.slots = slots
    layout.mark_shift = mark_shift(sorter.key_bits, line_count) if sorter.key_bits else 0


cdef inline bint any_group(const Sorter* sorter, Row* rows, uint64_t count) noexcept nogil:
    cdef uint64_t at
    for at in range(count):
        if group_of(sorter, rows[at].source):
            return True
    return False


cdef inline bint aim_region(
    Layout* layout, Row* rows, uint64_t count, uint32_t* taken
) noexcept nogil:
    """The lines of all rows whose home is in the next region; False: they can't all be in it."""
    cdef uint64_t at = layout.next_row
    cdef uint64_t line, spread
    taken[0] = 0
    while at < count:
        line = high_product(rows[at].key, layout.line_count)
        if line >= layout.next_line + layout.region_lines:
            return True
        if line < layout.next_line:
            # Sorted anew since the regions before were laid out.
            return False
        if Row is NumberRow:
            spread = (rows[at].key * layout.line_count) >> layout.mark_shift
        else:
            spread = rows[at].key
        if taken[0] == REGION_SLOTS or (Row is NumberRow and spread == 0):
            return False
        line -= layout.next_line
        layout.home[taken[0]] = line
        layout.alternate[taken[0]] = alternate_line(line, spread, layout.region_lines - 1)
        layout.spread[taken[0]] = spread
        taken[0] += 1
        at += 1
    return True


cdef inline void write_row(
    Layout* layout, const Sorter* sorter, Row* row, uint64_t spread, uint64_t* words
) noexcept nogil:
    """The words of one row but for choice and overflow; a packed row's second is 4 further on."""
    cdef Packed packed
    if Row is NumberRow:
        words[0] |= spread << DESTINATION_BITS
    elif Row is PackedRow:
        packed.first = row.first
        packed.second = row.second
        words[0] |= packed_mark(&packed) << DESTINATION_BITS
        words[4] = packed_rest(&packed)
    else:
        words[0] |= text_mark(layout.text_bytes, row.key) << DESTINATION_BITS
        layout.texts[layout.text_bytes] = row.length
        memcpy(layout.texts + layout.text_bytes + 1, sorter.pool + row.at, row.length)
        layout.text_bytes += 1 + row.length
    words[0] |= row.destination


cdef inline void write_region(
    Layout* layout,
    const Sorter* sorter,
    Row* rows,
    uint64_t* words,
    uint32_t* groups,
    uint8_t* ops,
) noexcept nogil:
    """Fill in words, and groups and ops where they are wanted, as the rows lie in the region."""
    cdef uint64_t slot, line
    cdef uint32_t found
    cdef uint64_t* word
    memset(words, 0, layout.region_lines * LINE_WORDS * sizeof(uint64_t))
    for slot in range(layout.region_lines * layout.slots):
        found = layout.region.rows[slot]
        if found == NO_ROW_HERE:
            continue
        line = slot // layout.slots
        word = &words[line * LINE_WORDS + slot % layout.slots]
        write_row(layout, sorter, &rows[layout.next_row + found], layout.spread[found], word)
        if line != layout.home[found]:
            word[0] |= SLOT_CHOICE
            words[
                layout.home[found] * LINE_WORDS + lot_of(layout.spread[found], layout.slots)
            ] |= SLOT_OVERFLOW
        if groups is not NULL:
            groups[slot] = group_of(sorter, rows[layout.next_row + found].source)
        if ops is not NULL:
            ops[slot] = rows[layout.next_row + found].op


cdef inline bint lay_out_region(
    Layout* layout,
    const Sorter* sorter,
    Row* rows,
    uint64_t count,
    uint64_t* words,
    uint32_t* groups,
    uint8_t* ops,
) noexcept nogil:
    """The next region; False when its rows can't be laid out under this seed.

    `groups` and `ops` are those of the region, all zero, or NULL.
    """
    cdef uint32_t taken = 0
    cdef Homes homes
    homes.home = layout.home
    homes.alternate = layout.alternate
    if not aim_region(layout, rows, count, &taken):
        return False
    if not fill_region(&layout.region, &homes, taken, layout.slots):
        return False
    write_region(layout, sorter, rows, words, groups, ops)
    layout.next_row += taken
    layout.next_line += layout.region_lines
    return True
