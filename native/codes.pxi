"""CodeTable: the exact part of a routing table, checked and searched."""

cimport numpy
from cpython.bytearray cimport PyByteArray_AS_STRING
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from code_input cimport CELLS, KEYS, OFFSETS_32, OFFSETS_64, CodeBatch, clear_batch
from exact cimport LONGEST_CODE, Exact, Key, find_code
from exact_batch cimport find_batch
from exact_export cimport RowExport, export_rows
from exact_open cimport open_head, open_lines, refuse_unless_sound
from key_number cimport ShapeBook, write_shape_book
from line_table cimport Place, place_destination, place_op
from overlay cimport (
    Overlay,
    fill_filter,
    filter_words,
    find_change,
    overlay_batch,
)
from row_batch cimport find_rows, row_of
from row_ops cimport is_gone

cdef ShapeBook SHAPES_IN_USE
write_shape_book(&SHAPES_IN_USE)

ctypedef void (*BatchSearch)(const Exact*, CodeBatch*, int32_t*) noexcept nogil


cdef void find_keys(const Exact* exact, CodeBatch* batch, int32_t* out) noexcept nogil:
    find_batch(exact, batch, KEYS, out)


cdef void find_cells(const Exact* exact, CodeBatch* batch, int32_t* out) noexcept nogil:
    find_batch(exact, batch, CELLS, out)


cdef void find_offsets_32(const Exact* exact, CodeBatch* batch, int32_t* out) noexcept nogil:
    find_batch(exact, batch, OFFSETS_32, out)


cdef void find_offsets_64(const Exact* exact, CodeBatch* batch, int32_t* out) noexcept nogil:
    find_batch(exact, batch, OFFSETS_64, out)


# One search for each kind of input, each with the registers to itself.
cdef BatchSearch SEARCHES[4]
SEARCHES[<int>KEYS] = find_keys
SEARCHES[<int>CELLS] = find_cells
SEARCHES[<int>OFFSETS_32] = find_offsets_32
SEARCHES[<int>OFFSETS_64] = find_offsets_64


cdef enum:
    # So few are found in less time than it takes to hand the GIL over and get it back.
    FEW_CODES = 32


cdef inline void search_batch(
    const Exact* exact, const Overlay* changes, CodeBatch* batch, int32_t* answers
) noexcept nogil:
    SEARCHES[<int>batch.kind](exact, batch, answers)
    if changes.filter is not NULL:
        overlay_batch(changes, batch, answers)


cdef inline object section_of(dict sections, str name):
    return sections[name] if name in sections else b""


cdef class CodeTable:
    """A checked, read-only table of codes over the sections of a compiled file.

    `sections` has "codes" and, for each of number, packed and text, "..._lines", "..._groups" and
    "..._ops", and "texts"; they must not change while the table is in use, and are kept alive.
    `overlay` is a table of changes that is asked first. Raises ValueError(section, reason) when
    anything is not as it must be; the check runs without the GIL. Searches may run in any number
    of threads, also while another one closes the table.
    """

    cdef Exact exact
    cdef Overlay changes
    cdef object kept_alive
    cdef readonly CodeTable overlay

    def __init__(self, dict sections, uint64_t destination_count, CodeTable overlay=None):
        cdef Exact exact
        cdef uint64_t rows[3]
        cdef list held = []
        memset(&exact, 0, sizeof(Exact))
        for kind in ("number", "packed", "text"):
            held.append(self.open_kind(&exact, kind, sections))
        self.open_rest(&exact, sections, rows, held)
        refuse_unless_sound(&exact, rows, destination_count)
        memset(&self.changes, 0, sizeof(Overlay))
        self.exact = exact
        self.kept_alive = held
        self.overlay = None
        if overlay is not None:
            self.lay_over(overlay)

    cdef int lay_over(self, CodeTable overlay) except -1:
        cdef uint64_t words = filter_words(overlay.exact.row_count)
        cdef bytearray room = bytearray(8 * words)
        cdef uint64_t* filter = <uint64_t*>PyByteArray_AS_STRING(room)
        cdef Exact exact
        cdef object kept_alive = overlay.kept_alive
        overlay.refuse_closed()
        exact = overlay.exact
        with nogil:
            fill_filter(&exact, filter, words - 1)
        self.overlay = overlay
        # The overlay may be closed by somebody else who has it.
        self.kept_alive = (self.kept_alive, kept_alive, room)
        self.changes.exact = exact
        if exact.row_count:
            self.changes.filter = filter
            self.changes.filter_mask = words - 1
        return 0

    cdef object open_kind(self, Exact* exact, str kind, dict sections):
        cdef const uint8_t[::1] words = section_of(sections, f"{kind}_lines")
        cdef const uint8_t[::1] groups = section_of(sections, f"{kind}_groups")
        cdef const uint8_t[::1] ops = section_of(sections, f"{kind}_ops")
        if kind == "number":
            open_lines(&exact.number, kind, 8, words, groups, ops)
        elif kind == "packed":
            open_lines(&exact.packed, kind, 4, words, groups, ops)
        else:
            open_lines(&exact.text, kind, 8, words, groups, ops)
        return words, groups, ops

    cdef int open_rest(
        self, Exact* exact, dict sections, uint64_t* rows, list held
    ) except -1:
        cdef const uint8_t[::1] head = sections["codes"]
        cdef const uint8_t[::1] texts = section_of(sections, "texts")
        open_head(exact, head, rows, &SHAPES_IN_USE)
        exact.texts_bytes = texts.shape[0]
        exact.texts = &texts[0] if texts.shape[0] else NULL
        held.append((head, texts))
        return 0

    def __len__(self):
        """The number of rows, those of the overlay aside."""
        return self.exact.row_count

    def overlaid(self, CodeTable overlay not None):
        """The same sections, checked already, under another overlay, or one where there was none.

        Each of the two tables is closed on its own. Raises ValueError when either is closed.
        """
        cdef CodeTable table = CodeTable.__new__(CodeTable)
        self.refuse_closed()
        table.exact = self.exact
        table.kept_alive = self.kept_alive
        table.lay_over(overlay)
        return table

    def close(self):
        """Let go of the sections; a search that is running still finishes on them."""
        memset(&self.exact, 0, sizeof(Exact))
        memset(&self.changes, 0, sizeof(Overlay))
        self.kept_alive = None
        self.overlay = None

    cdef inline int refuse_closed(self) except -1:
        if self.exact.book is NULL:
            raise ValueError("this routing table is closed")
        return 0

    cdef inline bint find_place(self, object code, Place* place) except -1:
        """Whether a row has this code, an overlay's first."""
        cdef uint8_t room[ROOM_BYTES]
        cdef Key key
        self.refuse_closed()
        read_key(code, &key, room)
        if self.changes.filter is not NULL and find_change(&self.changes, &key, place):
            return not is_gone(place_op(place))
        return find_code(&self.exact, &key, place)

    def find(self, code):
        """The destination number of exactly this code, or -1.

        Raises TypeError when it is neither bytes nor str, ValueError when the table is closed.
        """
        cdef Place place
        if self.find_place(code, &place):
            return place_destination(&place)
        return -1

    def find_row(self, code):
        """Destination number + parcel group * 2**16 of exactly this code, or -1. Raises as find."""
        cdef Place place
        if self.find_place(code, &place):
            return row_of(&place)
        return -1

    def find_batch(self, codes, out=None):
        """The destination number of each code, or -1, as int32 of shape (n,).

        More than a few codes are searched without the GIL.

        `codes` is a one-dimensional array of bytes (dtype S), ArrowCodes, or a sequence of bytes
        and str; the answers go to `out` when given. Raises TypeError, ValueError.
        """
        cdef CodeBatch batch
        cdef Exact exact
        cdef Overlay changes
        cdef int32_t* answers
        cdef object held, kept_alive
        clear_batch(&batch)
        try:
            held = open_batch(codes, &batch)
            out = answers_for(batch.count, out)
            refuse_overlap(&batch, out)
            answers = <int32_t*>numpy.PyArray_DATA(out)
            self.refuse_closed()
            if batch.count <= FEW_CODES:
                search_batch(&self.exact, &self.changes, &batch, answers)
            else:
                # Copies and references of our own: the table may be closed while the search runs.
                exact = self.exact
                changes = self.changes
                kept_alive = self.kept_alive
                with nogil:
                    search_batch(&exact, &changes, &batch, answers)
        finally:
            close_batch(&batch)
        return out

    def find_row_batch(self, codes):
        """The row of each code, or -1, as int64 of shape (n,), without the GIL.

        A row is as `find_row` has it; of a table of changes, when it is no overlay, operation *
        2**48 is added. `codes` are as for `find_batch`. Raises TypeError, ValueError.
        """
        cdef CodeBatch batch
        cdef Exact exact
        cdef Overlay changes
        cdef object kept_alive
        cdef numpy.npy_intp shape
        cdef numpy.ndarray rows
        cdef int64_t* answers
        self.refuse_closed()
        exact = self.exact
        changes = self.changes
        kept_alive = self.kept_alive
        clear_batch(&batch)
        try:
            held = open_batch(codes, &batch)
            shape = batch.count
            rows = numpy.PyArray_EMPTY(1, &shape, numpy.NPY_INT64, 0)
            answers = <int64_t*>numpy.PyArray_DATA(rows)
            with nogil:
                find_rows(&exact, &batch, answers)
                if changes.filter is not NULL:
                    overlay_batch(&changes, &batch, answers)
        finally:
            close_batch(&batch)
        return rows

    def export(self, uint64_t start, cells, destinations, groups, ops):
        """Write out rows, from the slot `start` on, as many as there is room for.

        `cells` is an array of dtype S48, `destinations` of uint16, `groups` of uint32 and `ops` of
        uint8, all of shape (n,). Returns (rows written, the slot to go on from; -1 at the end).
        Rows of an overlay are not among them. Raises ValueError.
        """
        cdef RowExport rows
        cdef Exact exact
        cdef object kept_alive = self.kept_alive
        cdef int64_t following
        self.refuse_closed()
        exact = self.exact
        rows.room = len(cells)
        rows.cells = <uint8_t*>column_of(cells, numpy.NPY_STRING, LONGEST_CODE, rows.room)
        rows.destinations = <uint16_t*>column_of(destinations, numpy.NPY_UINT16, 2, rows.room)
        rows.groups = <uint32_t*>column_of(groups, numpy.NPY_UINT32, 4, rows.room)
        rows.ops = <uint8_t*>column_of(ops, numpy.NPY_UINT8, 1, rows.room)
        with nogil:
            following = export_rows(&exact, start, &rows)
        return rows.count, following


cdef void* column_of(object column, int kind, Py_ssize_t width, Py_ssize_t count) except NULL:
    """The content of a writable, contiguous array of this kind and shape. Raises ValueError."""
    if (
        not isinstance(column, numpy.ndarray)
        or numpy.PyArray_TYPE(column) != kind
        or numpy.PyArray_ITEMSIZE(column) != width
        or numpy.PyArray_NDIM(column) != 1
        or numpy.PyArray_DIM(column, 0) != count
        or not numpy.PyArray_ISCARRAY(column)
    ):
        raise ValueError(
            f"found {type(column).__name__} of {getattr(column, 'dtype', 'no dtype')}, expected a "
            f"writable, contiguous array of {width}-byte items and shape ({count},)"
        )
    return numpy.PyArray_DATA(column)
