"""Lines of a CSV file out of chunks that may be cut anywhere, and the fields of a line.

No line is held past its limit, so a file without line ends cannot fill the memory.
"""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memchr, memcpy

cdef enum:
    LONGEST_LINE = 1024  # without its line feed
    CARRY_BYTES = LONGEST_LINE + 1  # one more shows that a line is too long
    MOST_FIELDS = 3


cdef struct Span:
    # Borrowed: valid until the next line is asked for.
    const uint8_t* text
    Py_ssize_t length


cdef struct Fields:
    Py_ssize_t count  # may be more than are kept
    Span span[MOST_FIELDS]


cdef struct CsvLines:
    const uint8_t* at  # what is left of the chunk
    const uint8_t* end
    uint64_t number  # of the line last given, counted from 1
    uint64_t size  # of the line last given, with its line feed
    uint64_t carried  # bytes of a line that began in an earlier chunk; the first ones are kept
    uint8_t carry[CARRY_BYTES]


cdef inline void carry_over(CsvLines* lines, Py_ssize_t piece) noexcept nogil:
    cdef Py_ssize_t room = CARRY_BYTES - <Py_ssize_t>min(lines.carried, <uint64_t>CARRY_BYTES)
    if min(piece, room):
        memcpy(lines.carry + lines.carried, lines.at, min(piece, room))
    lines.carried += <uint64_t>piece


cdef inline bint next_line(CsvLines* lines, bint is_last_chunk, Span* line) noexcept nogil:
    """The next line without its line feed, or False when the chunk holds no whole one any more.

    A line over LONGEST_LINE has its length, and nothing may be read of it.
    """
    cdef Py_ssize_t left = lines.end - lines.at
    cdef const uint8_t* feed = NULL
    cdef Py_ssize_t piece = left
    if left:
        feed = <const uint8_t*>memchr(lines.at, b"\n", left)
    if feed is not NULL:
        piece = feed - lines.at
    elif not is_last_chunk or (left == 0 and lines.carried == 0):
        carry_over(lines, left)
        lines.at = lines.end
        return False
    line.text = lines.at
    line.length = piece
    if lines.carried:
        carry_over(lines, piece)
        line.text = lines.carry
        line.length = <Py_ssize_t>lines.carried
        lines.carried = 0
    lines.size = <uint64_t>line.length + (feed is not NULL)
    lines.at += piece + (feed is not NULL)
    lines.number += 1
    return True


cdef inline void add_field(
    Fields* fields, const uint8_t* begin, const uint8_t* end
) noexcept nogil:
    if fields.count < MOST_FIELDS:
        fields.span[fields.count].text = begin
        fields.span[fields.count].length = end - begin
    fields.count += 1


cdef inline const uint8_t* found_or_end(
    const uint8_t* at, const uint8_t* end, char byte
) noexcept nogil:
    cdef const uint8_t* found = <const uint8_t*>memchr(at, byte, end - at) if at < end else NULL
    return end if found is NULL else found


cdef inline void split_plain(const Span* line, Fields* fields) noexcept nogil:
    """Cut a line without quotes at its commas."""
    cdef const uint8_t* at = line.text
    cdef const uint8_t* end = line.text + line.length
    cdef const uint8_t* comma
    fields.count = 0
    while True:
        comma = found_or_end(at, end, b",")
        add_field(fields, at, comma)
        if comma == end:
            return
        at = comma + 1


cdef inline bint split_quoted(const Span* line, Fields* fields) noexcept nogil:
    """Cut a line in which quotes stand around whole fields only; False: it is not so simple."""
    cdef const uint8_t* at = line.text
    cdef const uint8_t* end = line.text + line.length
    cdef const uint8_t* stop
    if found_or_end(at, end, b"\r") != end:
        return False
    fields.count = 0
    while True:
        if at < end and at[0] == b'"':
            stop = found_or_end(at + 1, end, b'"')
            if stop == end or (stop + 1 < end and stop[1] != b","):
                return False
            add_field(fields, at + 1, stop)
            stop += 1
        else:
            stop = found_or_end(at, end, b",")
            if found_or_end(at, stop, b'"') != stop:
                return False
            add_field(fields, at, stop)
        if stop == end:
            return True
        at = stop + 1
