"""RowSorter: the exact rows of a table on their way into a compiled file."""

import heapq

cdef enum:
    REGIONS_A_CHUNK = 32


cdef tuple KINDS = ("number", "packed", "text")


class CrowdedError(Exception):
    """These rows can't be laid out under this seed: sort again with another attempt."""


cdef class RowSorter:
    """Collects the exact rows of one table or delta, sorts them and lays them out.

    First add rows, then `sort()`, look at `duplicates()`, and write `sections()`. Nothing but
    `sort` may follow `sort`. The same set of rows gives the same sections, in whatever order they
    came. `delta` is for rows that carry operations.
    """

    cdef Sorter sorter
    cdef Duplicates dropped
    cdef readonly bint delta
    cdef bint is_sorted
    cdef bint has_groups

    def __cinit__(self, bint delta=False):
        self.delta = delta
        self.sorter.book = &SHAPES_IN_USE

    def __dealloc__(self):
        free_sorter(&self.sorter)
        free(self.dropped.found)

    def __len__(self):
        """The rows taken in so far; once they are sorted, those that are left."""
        return self.sorter.number_count + self.sorter.packed_count + self.sorter.text_count

    cdef inline int refuse_sorted(self) except -1:
        if self.is_sorted:
            raise ValueError("these rows are sorted already")
        return 0

    def add(
        self,
        code,
        uint16_t destination,
        uint32_t group=0,
        uint8_t op=0,
        uint32_t source=0,
    ):
        """Take a row in; `source` is its line in the source, another one for each row.

        Raises ValueError when there can be no such code, MemoryError.
        """
        cdef uint8_t room[ROOM_BYTES]
        cdef AddResult added
        cdef Key key
        self.refuse_sorted()
        read_key(code, &key, room)
        added = <AddResult>sorter_add(
            &self.sorter, key.text, key.length, destination, group, op, source
        )
        if added == NO_MEMORY:
            raise MemoryError(f"no memory for another row after {len(self)}")
        if added == IMPOSSIBLE:
            raise ValueError(code_fault(code if isinstance(code, bytes) else code.encode()))

    def add_batch(self, codes, destinations, groups=None, ops=None, uint32_t first_source=0):
        """Take many rows in, without the GIL; the first one's source is `first_source`.

        `codes` are as for a search; `destinations` is uint16 of shape (n,), `groups` uint32 and
        `ops` uint8 of the same shape. Raises TypeError, ValueError naming the first row that can't
        be, MemoryError; then the rows before it are in.
        """
        cdef CodeBatch batch
        cdef Columns columns
        cdef object held
        cdef Py_ssize_t added = 0
        self.refuse_sorted()
        clear_batch(&batch)
        try:
            held = open_batch(codes, &batch)
            columns.destinations = <uint16_t*>column_of(
                destinations, numpy.NPY_UINT16, 2, batch.count
            )
            columns.groups = NULL
            columns.ops = NULL
            if groups is not None:
                columns.groups = <uint32_t*>column_of(groups, numpy.NPY_UINT32, 4, batch.count)
            if ops is not None:
                columns.ops = <uint8_t*>column_of(ops, numpy.NPY_UINT8, 1, batch.count)
            if first_source + <uint64_t>batch.count > <uint64_t>0xFFFFFFFF:
                raise ValueError(f"{first_source + batch.count} rows; a table has 2**32 - 1 at most")
            with nogil:
                added = add_columns(&self.sorter, &batch, &columns, first_source)
        finally:
            close_batch(&batch)
        if added < 0:
            raise MemoryError(f"no memory for another row after {len(self)}")
        if added < batch.count:
            raise ValueError(f"code {added}: there can be no such code")

    def sort(self, uint32_t attempt=0):
        """Bring the rows into the order of their lines and drop all but the first of each code.

        Another `attempt` spreads them by another seed. Raises MemoryError.
        """
        cdef bint done
        with nogil:
            if self.is_sorted:
                unkey_numbers(&self.sorter)
                done = True
            else:
                self.sorter.key_bits = best_key_bits(&self.sorter)
                done = pack_unfit_numbers(&self.sorter) == ADDED
            if done:
                key_rows(&self.sorter, attempt)
                sort_all(&self.sorter)
                if not self.is_sorted:
                    done = self.drop(attempt)
        if not done:
            raise MemoryError(f"no memory to sort {len(self)} rows")
        self.is_sorted = True
        self.has_groups = self.sorter.groups is not NULL

    cdef bint drop(self, uint32_t attempt) noexcept nogil:
        cdef Sorter* sorter = &self.sorter
        if not (
            drop_duplicates(&self.dropped, sorter, sorter.numbers, &sorter.number_count)
            and drop_duplicates(&self.dropped, sorter, sorter.packed, &sorter.packed_count)
            and drop_duplicates(&self.dropped, sorter, sorter.texts, &sorter.text_count)
        ):
            return False
        if self.dropped.count:
            # The seed follows from the rows that stay.
            unkey_numbers(sorter)
            key_rows(sorter, attempt)
            sort_all(sorter)
        return True

    @property
    def duplicate_count(self):
        """How many rows were dropped because another one has their code."""
        return self.dropped.count

    def duplicates(self, Py_ssize_t most):
        """The first `most` dropped rows, by their source.

        Each is (code, source, source of the row that stays, same destination, same group). Raises
        MemoryError.
        """
        cdef Duplicate* found
        cdef uint64_t at
        cdef list rows = []
        for at in range(self.dropped.count):
            found = &self.dropped.found[at]
            rows.append((
                found.source,
                found.kept_source,
                bool(found.same_destination),
                bool(found.same_group),
            ))
        rows = heapq.nsmallest(most, rows)
        codes = self.codes_of({row[1] for row in rows})
        return [(codes[row[1]], *row) for row in rows]

    cdef dict codes_of(self, set sources):
        """The codes of rows that stay, by source."""
        cdef uint64_t count = len(sources)
        cdef SourceCode* wanted = <SourceCode*>calloc(count + 1, sizeof(SourceCode))
        cdef uint64_t at
        if wanted is NULL:
            raise MemoryError(f"no memory for {count} codes")
        try:
            for at, source in enumerate(sorted(sources)):
                wanted[at].source = source
            with nogil:
                read_source_codes(
                    &self.sorter, self.sorter.numbers, self.sorter.number_count, wanted, count
                )
                read_source_codes(
                    &self.sorter, self.sorter.packed, self.sorter.packed_count, wanted, count
                )
                read_source_codes(
                    &self.sorter, self.sorter.texts, self.sorter.text_count, wanted, count
                )
            return {
                wanted[at].source: <bytes>wanted[at].code[: wanted[at].length]
                for at in range(count)
            }
        finally:
            free(wanted)

    def sections(self):
        """The exact part of a compiled file: (name, chunks) in the order of the file.

        Each chunk is bytes; the chunks of one section must be used up before the next section.
        Raises CrowdedError while chunks are made, MemoryError.
        """
        cdef _SectionWriter writer
        if not self.is_sorted:
            raise ValueError("sort the rows before they are laid out")
        yield "codes", (self.head(),)
        for kind in range(3):
            writer = _SectionWriter(self, kind)
            yield f"{KINDS[kind]}_lines", writer.lines()
            yield f"{KINDS[kind]}_groups", writer.groups()
            yield f"{KINDS[kind]}_ops", writer.ops()
        yield "texts", writer.texts()

    cdef bytes head(self):
        cdef uint64_t words[HEAD_WORDS]
        words[0] = self.sorter.seed
        words[1] = self.sorter.key_bits
        words[2] = self.sorter.number_count
        words[3] = self.sorter.packed_count
        words[4] = self.sorter.text_count
        return (<const char*>words)[: sizeof(words)]


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
