"""The sections of a compiled file out of sorted rows, a chunk of regions at a time."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from line_table cimport LINE_BYTES, LINE_WORDS
from row_layout cimport Layout, lay_out_region, start_layout
from row_sorter cimport Sorter, lines_for, number_lines_for

cdef enum:
    REGIONS_A_CHUNK = 32

cdef tuple KINDS = ("number", "packed", "text")


cdef class _SectionWriter:
    """Lays out the rows of one kind, a chunk of regions at a time."""

    cdef RowSorter rows
    cdef unsigned kind
    cdef Layout* layout
    cdef uint32_t* group_of_slot
    cdef uint8_t* op_of_slot

    def __cinit__(self, RowSorter rows, unsigned kind):
        cdef unsigned slots = 4 if kind == 1 else 8
        cdef uint64_t line_count
        cdef uint64_t room
        self.rows = rows
        self.kind = kind
        if kind == 0 and rows.sorter.number_count:
            line_count = number_lines_for(rows.sorter.number_count, rows.sorter.key_bits)
        elif kind == 0:
            line_count = 0
        elif kind == 1:
            line_count = lines_for(rows.sorter.packed_count, slots)
        else:
            line_count = lines_for(rows.sorter.text_count, slots)
        self.layout = <Layout*>calloc(1, sizeof(Layout))
        if self.layout is NULL:
            raise MemoryError("no memory to lay out rows")
        start_layout(self.layout, &rows.sorter, line_count, slots)
        room = line_count * slots + 1
        if rows.has_groups:
            self.group_of_slot = <uint32_t*>calloc(room, sizeof(uint32_t))
        if rows.delta:
            self.op_of_slot = <uint8_t*>calloc(room, 1)
        self.layout.texts = <uint8_t*>malloc(rows.sorter.pool_bytes + rows.sorter.text_count + 1)
        if (
            (rows.has_groups and self.group_of_slot is NULL)
            or (rows.delta and self.op_of_slot is NULL)
            or self.layout.texts is NULL
        ):
            raise MemoryError(f"no memory for what stands beside {room - 1} slots")

    def __dealloc__(self):
        if self.layout is not NULL:
            free(self.layout.texts)
        free(self.layout)
        free(self.group_of_slot)
        free(self.op_of_slot)

    cdef bint lay_out_next(self, uint64_t* words) noexcept nogil:
        cdef uint64_t slot = self.layout.next_line * self.layout.slots
        cdef uint32_t* groups = NULL
        cdef uint8_t* ops = NULL
        cdef Sorter* sorter = &self.rows.sorter
        if self.group_of_slot is not NULL:
            groups = self.group_of_slot + slot
        if self.op_of_slot is not NULL:
            ops = self.op_of_slot + slot
        if self.kind == 0:
            return lay_out_region(
                self.layout, sorter, sorter.numbers, sorter.number_count, words, groups, ops
            )
        if self.kind == 1:
            return lay_out_region(
                self.layout, sorter, sorter.packed, sorter.packed_count, words, groups, ops
            )
        return lay_out_region(
            self.layout, sorter, sorter.texts, sorter.text_count, words, groups, ops
        )

    def lines(self):
        """Chunks of the lines; afterwards groups, ops and texts are known."""
        cdef uint64_t region_bytes = self.layout.region_lines * LINE_BYTES
        cdef uint64_t regions, region
        cdef uint64_t* words
        cdef bytes chunk
        cdef bint fits = True
        while self.layout.next_line < self.layout.line_count:
            regions = min(
                <uint64_t>REGIONS_A_CHUNK,
                (self.layout.line_count - self.layout.next_line) // self.layout.region_lines,
            )
            chunk = PyBytes_FromStringAndSize(NULL, regions * region_bytes)
            words = <uint64_t*>PyBytes_AS_STRING(chunk)
            with nogil:
                for region in range(regions):
                    fits = fits and self.lay_out_next(
                        words + region * self.layout.region_lines * LINE_WORDS
                    )
            if not fits:
                raise CrowdedError(
                    f"{KINDS[self.kind]} rows don't fit near line {self.layout.next_line}"
                )
            yield chunk

    def groups(self):
        """The groups, one a slot; nothing when no row has one."""
        if self.group_of_slot is not NULL:
            yield <bytes>(<const char*>self.group_of_slot)[
                : self.layout.line_count * self.layout.slots * sizeof(uint32_t)
            ]

    def ops(self):
        """The operations, one a slot; nothing for a table."""
        if self.op_of_slot is not NULL:
            yield <bytes>(<const char*>self.op_of_slot)[
                : self.layout.line_count * self.layout.slots
            ]

    def texts(self):
        """The texts in the order of their slots."""
        yield <bytes>(<const char*>self.layout.texts)[: self.layout.text_bytes]
