"""Rows of `parcels.csv` on their way to the row sorter, judged without a Python object a row.

Only what is to be put into words stops the scan, and only as often as words are wanted for it:
the rest is counted. A line with quotes in unusual places is left to Python's csv module, which
hands its fields back.
"""

from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memchr

from exact_check cimport is_printable
from exact cimport LONGEST_CODE
from csv_lines cimport (
    LONGEST_LINE,
    CsvLines,
    Fields,
    Span,
    next_line,
    split_plain,
    split_quoted,
)
from name_numbers cimport NO_ROOM_FOR_NAME, UNKNOWN_NAME, NameNumbers, number_of_name
from parcel_group cimport parcel_group
from parcel_places cimport ParcelPlaces, first_other_row
from row_sorter cimport Sorter, sorter_add

cdef enum ScanMark:
    # What is to be said of a line; the first four are its only mark.
    NOTHING = 0
    LINE_QUOTED = 1
    LINE_TOO_LONG = 2
    FIELDS_MISCOUNTED = 4
    FIELDS_FAULTY = 8
    CODE_HAS_BLANK = 16
    PARCEL_APART = 32
    OUT_OF_MEMORY = 64


cdef struct CsvScan:
    CsvLines lines
    Span line
    Fields fields
    Py_ssize_t width  # fields a row
    Py_ssize_t code_at
    Py_ssize_t destination_at
    Py_ssize_t parcel_at  # -1: no such column
    Sorter* sorter
    NameNumbers names
    ParcelPlaces parcels
    uint32_t other_row  # of a parcel apart: the first with its name
    uint64_t rows  # taken in
    uint64_t errors_to_tell  # how many rows with errors the caller still wants to see
    uint64_t warnings_to_tell
    uint64_t errors_untold
    uint64_t warnings_untold


cdef inline bint is_key(const Span* text) noexcept nogil:
    return 1 <= text.length <= LONGEST_CODE and is_printable(text.text, text.length)


cdef inline int error_row(CsvScan* scan, int mark, uint64_t errors) noexcept nogil:
    """The mark while the caller wants to see rows with errors; then they are only counted."""
    if scan.errors_to_tell:
        scan.errors_to_tell -= 1
        return mark
    scan.errors_untold += errors
    return NOTHING


cdef inline int warning_row(CsvScan* scan, int mark) noexcept nogil:
    if scan.warnings_to_tell:
        scan.warnings_to_tell -= 1
        return mark
    scan.warnings_untold += 1
    return NOTHING


cdef inline int take_fields(CsvScan* scan) noexcept nogil:
    """Judge the fields of a line and take them in. The marks of what is to be said of it."""
    cdef const Span* code
    cdef const Span* destination
    cdef const Span* parcel = NULL
    cdef int32_t number
    cdef bint parcel_faulty
    cdef uint32_t row = <uint32_t>scan.lines.number
    cdef int added = 1
    if scan.fields.count != scan.width:
        return error_row(scan, FIELDS_MISCOUNTED, 1)
    code = &scan.fields.span[scan.code_at]
    destination = &scan.fields.span[scan.destination_at]
    if scan.parcel_at >= 0 and scan.fields.span[scan.parcel_at].length:
        parcel = &scan.fields.span[scan.parcel_at]
    number = number_of_name(&scan.names, destination.text, destination.length)
    if number == NO_ROOM_FOR_NAME:
        return OUT_OF_MEMORY
    parcel_faulty = parcel is not NULL and not is_key(parcel)
    if number != UNKNOWN_NAME and not parcel_faulty:
        added = sorter_add(
            scan.sorter,
            code.text,
            code.length,
            <uint16_t>number,
            0 if parcel is NULL else parcel_group(parcel.text, parcel.length),
            0,
            row,
        )
    if added == 0:
        scan.rows += 1
        return warnings_of_row(scan, code, parcel, <uint16_t>number)
    if added < 0:
        return OUT_OF_MEMORY
    return error_row(
        scan, FIELDS_FAULTY, (number == UNKNOWN_NAME) + parcel_faulty + (not is_key(code))
    )


cdef inline int warnings_of_row(
    CsvScan* scan, const Span* code, const Span* parcel, uint16_t number
) noexcept nogil:
    """What is sound and yet probably not meant."""
    cdef int marks = NOTHING
    if memchr(code.text, b" ", code.length) is not NULL:
        marks |= warning_row(scan, CODE_HAS_BLANK)
    if parcel is NULL:
        return marks
    if first_other_row(
        &scan.parcels,
        parcel.text,
        parcel.length,
        number,
        <uint32_t>scan.lines.number,
        &scan.other_row,
    ):
        return OUT_OF_MEMORY
    if scan.other_row:
        marks |= warning_row(scan, PARCEL_APART)
    return marks


cdef inline int take_line(CsvScan* scan) noexcept nogil:
    """Split and take in `scan.line`; the marks of what is to be said of it."""
    cdef Span* line = &scan.line
    if line.length > LONGEST_LINE:
        return error_row(scan, LINE_TOO_LONG, 1)
    if line.length and line.text[line.length - 1] == b"\r":
        line.length -= 1
    if line.length == 0:
        return NOTHING
    if memchr(line.text, b'"', line.length) is NULL:
        split_plain(line, &scan.fields)
    elif not split_quoted(line, &scan.fields):
        return LINE_QUOTED
    return take_fields(scan)


cdef inline int scan_lines(CsvScan* scan, bint is_last_chunk) noexcept nogil:
    """Take lines in until something is to be said of one, or NOTHING when the chunk is used up."""
    cdef int marks
    while next_line(&scan.lines, is_last_chunk, &scan.line):
        marks = take_line(scan)
        if marks != NOTHING:
            return marks
    return NOTHING
