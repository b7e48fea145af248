"""The rows of an exact part as codes again, in the order of their slots."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from exact cimport LONGEST_CODE, Exact, packed_of, text_in
from key_mix cimport number_at
from key_number cimport write_number
from key_packed cimport Packed, unpack_code
from line_table cimport (
    LINE_WORDS,
    SLOT_CHOICE,
    SLOT_MARK,
    Lines,
    Place,
    alternate_line,
    mark_of,
    place_destination,
    place_group,
    place_op,
    slot_word,
)


cdef struct RowExport:
    # Columns of `room` rows, of which `count` are written.
    uint8_t* cells  # LONGEST_CODE bytes each, padded with NULs
    uint16_t* destinations
    uint32_t* groups
    uint8_t* ops
    Py_ssize_t room
    Py_ssize_t count


cdef inline Py_ssize_t write_code(
    const Exact* exact, const Place* place, uint8_t* code
) noexcept nogil:
    """The code of a row; its length, 0 when there is no such code."""
    cdef uint64_t word = slot_word(place.lines, place.slot)
    cdef uint64_t line = place.slot // place.lines.slots
    cdef uint64_t number
    cdef const uint8_t* text
    cdef uint8_t length
    cdef Packed packed
    if place.lines == &exact.number:
        if word & SLOT_CHOICE:
            line = alternate_line(line, mark_of(word), place.lines.region_mask)
        if not number_at(&exact.mix, place.lines.line_count, line, mark_of(word), &number):
            return 0
        return write_number(exact.book, number, code)
    if place.lines == &exact.packed:
        packed = packed_of(
            word, place.lines.words[line * LINE_WORDS + 4 + place.slot % 4]
        )
        return unpack_code(exact.book, &packed, code)
    text = text_in(exact, word)
    length = text[0]
    if length > LONGEST_CODE:
        return 0
    memcpy(code, text + 1, length)
    return length


cdef inline bint place_at(const Exact* exact, uint64_t slot, Place* place) noexcept nogil:
    """The slot of a number counted through all kinds; False: it is past the last."""
    cdef const Lines* kinds[3]
    cdef int kind
    kinds[0] = &exact.number
    kinds[1] = &exact.packed
    kinds[2] = &exact.text
    for kind in range(3):
        if slot < kinds[kind].line_count * kinds[kind].slots:
            place.lines = kinds[kind]
            place.slot = slot
            return True
        slot -= kinds[kind].line_count * kinds[kind].slots
    return False


cdef inline int64_t export_rows(const Exact* exact, uint64_t start, RowExport* rows) noexcept nogil:
    """Fill the columns from the slot `start` on; returns the slot to go on from, or -1."""
    cdef uint8_t* cell
    cdef Py_ssize_t length
    cdef Place place
    rows.count = 0
    while rows.count < rows.room:
        if not place_at(exact, start, &place):
            return -1
        start += 1
        if not slot_word(place.lines, place.slot) & SLOT_MARK:
            continue
        cell = rows.cells + rows.count * LONGEST_CODE
        length = write_code(exact, &place, cell)
        if length == 0:
            continue
        memset(cell + length, 0, LONGEST_CODE - length)
        rows.destinations[rows.count] = place_destination(&place)
        rows.groups[rows.count] = place_group(&place)
        rows.ops[rows.count] = place_op(&place)
        rows.count += 1
    return start
