"""The Python face of the CSV scanner: chunks of a file go in, what needs words comes out."""

from csv_lines cimport LONGEST_LINE, Fields, Span, add_field
from csv_scan cimport (
    CODE_HAS_BLANK,
    FIELDS_FAULTY,
    FIELDS_MISCOUNTED,
    LINE_QUOTED,
    LINE_TOO_LONG,
    NOTHING,
    OUT_OF_MEMORY,
    PARCEL_APART,
    CsvScan,
    scan_lines,
    take_fields,
)
from name_numbers cimport (
    MOST_NAMES,
    NameNumbers,
    add_name,
    free_names,
    name_hash,
    room_for_names,
    slot_of_name,
)
from parcel_places cimport free_places

MAX_LINE_BYTES = LONGEST_LINE
# What `ParcelScanner.scan` marks a row with.
ROW_QUOTED = LINE_QUOTED
ROW_TOO_LONG = LINE_TOO_LONG
ROW_MISCOUNTED = FIELDS_MISCOUNTED
ROW_FAULTY = FIELDS_FAULTY
ROW_HAS_BLANK = CODE_HAS_BLANK
ROW_APART = PARCEL_APART


cdef bytes span_bytes(const Span* span):
    return (<const char*>span.text)[: span.length]


cdef class ParcelScanner:
    """Takes the rows of `parcels.csv` into a row sorter, out of chunks that may be cut anywhere.

    `names` are the destinations by number, or None to number them as they come. `places` are the
    columns of barcode, destination and parcel, the last one -1 where there is none; `row` is the
    line that was read last. `scan` stops for at most `tell` rows with errors and as many warnings;
    the others are counted. `most_parcels` are held against each other, 16 to 40 bytes each; `seed`
    (64 bits) keeps their names from being made to collide.
    """

    cdef CsvScan state
    cdef RowSorter sorter
    cdef const uint8_t[::1] chunk
    cdef bint is_last

    def __init__(
        self,
        RowSorter sorter not None,
        names,
        tuple places not None,
        *,
        uint64_t row,
        uint64_t tell,
        uint64_t most_parcels,
        uint64_t seed,
    ):
        cdef CsvScan* state = &self.state
        free_names(&state.names)
        free_places(&state.parcels)
        memset(state, 0, sizeof(CsvScan))
        state.code_at, state.destination_at, state.parcel_at = places
        state.width = 2 + (state.parcel_at >= 0)
        if sorted(places)[-state.width:] != list(range(state.width)):
            raise ValueError(f"found the columns {places}, expected each of {state.width} once")
        state.lines.number = row
        state.errors_to_tell = state.warnings_to_tell = tell
        state.parcels.most = most_parcels
        state.parcels.seed = seed
        state.sorter = &sorter.sorter
        self.sorter = sorter
        self.number_names(names)

    def __dealloc__(self):
        free_names(&self.state.names)
        free_places(&self.state.parcels)

    cdef int number_names(self, names) except -1:
        cdef NameNumbers* numbers = &self.state.names
        cdef Py_ssize_t most = MOST_NAMES if names is None else min(len(names), MOST_NAMES)
        cdef Py_ssize_t number, length
        cdef const uint8_t* text
        cdef uint64_t hash
        cdef bytes name
        numbers.as_they_come = names is None
        if not room_for_names(numbers, <uint32_t>most):
            raise MemoryError(f"no memory for {most} names of destinations")
        for number in range(0 if names is None else most):
            name = names[number]
            text = <const uint8_t*>PyBytes_AS_STRING(name)
            length = PyBytes_GET_SIZE(name)
            hash = name_hash(text, length)
            if add_name(numbers, text, length, hash, slot_of_name(numbers, text, length, hash)) < 0:
                raise MemoryError(f"no memory for {most} names of destinations")
        return 0

    @property
    def row(self):
        """The line that was read last."""
        return self.state.lines.number

    @property
    def errors_untold(self):
        """How many errors there were in rows that `scan` did not stop for."""
        return self.state.errors_untold

    @property
    def warnings_untold(self):
        """How many warnings there were that `scan` did not stop for."""
        return self.state.warnings_untold

    @property
    def parcels_unheld(self):
        """How many rows named parcels that were too many to be held against each other."""
        return self.state.parcels.rows_unheld

    def feed(self, const uint8_t[::1] chunk not None, bint is_last):
        """Begin a chunk; the one before must be used up. The last one may be empty."""
        if self.state.lines.at != self.state.lines.end:
            raise ValueError("the chunk before is not used up")
        self.chunk = chunk
        self.is_last = is_last
        self.state.lines.at = &chunk[0] if chunk.shape[0] else NULL
        self.state.lines.end = self.state.lines.at + chunk.shape[0]

    def scan(self):
        """Take rows in, without the GIL, until something is to be said of one.

        (marks, fields, number) then, or None when the chunk is used up. The number is the size of
        a line that is too long, or how many fields there are, or the first row of a parcel whose
        rows have several destinations. A quoted line has itself as its only field, and its fields
        are to be given to `take`. Raises MemoryError.
        """
        cdef int marks
        with nogil:
            marks = scan_lines(&self.state, self.is_last)
        return self.told(marks)

    def take(self, list fields not None):
        """Take in the fields (bytes) of the line that was quoted; answers as `scan`."""
        cdef Fields* taken = &self.state.fields
        cdef const uint8_t* text
        taken.count = 0
        for field in fields:
            text = <const uint8_t*>PyBytes_AS_STRING(<bytes?>field)
            add_field(taken, text, text + PyBytes_GET_SIZE(field))
        return self.told(take_fields(&self.state))

    cdef told(self, int marks):
        cdef CsvScan* state = &self.state
        if marks & OUT_OF_MEMORY:
            raise MemoryError(f"no memory for row {state.lines.number}")
        if marks == NOTHING:
            return None
        if marks == LINE_QUOTED:
            return marks, (span_bytes(&state.line),), 0
        if marks == LINE_TOO_LONG:
            return marks, (), state.lines.size
        if marks == FIELDS_MISCOUNTED:
            return marks, (), state.fields.count
        fields = (
            span_bytes(&state.fields.span[state.code_at]),
            span_bytes(&state.fields.span[state.destination_at]),
            span_bytes(&state.fields.span[state.parcel_at]) if state.parcel_at >= 0 else b"",
        )
        return marks, fields, state.other_row if marks & PARCEL_APART else 0
