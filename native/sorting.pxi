"""RowSorter: the exact rows of a table on their way into a compiled file."""

cimport numpy
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from code_input cimport CodeBatch, clear_batch
from exact cimport Key
from exact_open cimport HEAD_WORDS
from row_columns cimport Columns, add_columns
from row_duplicates cimport (
    Duplicate,
    Duplicates,
    SourceCode,
    count_alike,
    drop_duplicates,
    is_alike,
    read_source_codes,
    sort_duplicates,
)
from row_layout cimport any_group
from row_sorter cimport (
    ADDED,
    IMPOSSIBLE,
    NO_MEMORY,
    AddResult,
    Sorter,
    best_key_bits,
    free_sorter,
    key_rows,
    pack_unfit_numbers,
    sort_all,
    sorter_add,
    unkey_numbers,
)

cdef class _SectionWriter  # it lays out the rows of one kind


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
                found = f"{first_source + <uint64_t>batch.count} rows"
                raise ValueError(f"{found}; a table has 2**32 - 1 at most")
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
            self.has_groups = self.any_row_has_group()
        if not done:
            raise MemoryError(f"no memory to sort {len(self)} rows")
        self.is_sorted = True

    cdef bint any_row_has_group(self) noexcept nogil:
        cdef Sorter* sorter = &self.sorter
        return sorter.groups is not NULL and (
            any_group(sorter, sorter.numbers, sorter.number_count)
            or any_group(sorter, sorter.packed, sorter.packed_count)
            or any_group(sorter, sorter.texts, sorter.text_count)
        )

    cdef bint drop(self, uint32_t attempt) noexcept nogil:
        cdef Sorter* sorter = &self.sorter
        if not (
            drop_duplicates(&self.dropped, sorter, sorter.numbers, &sorter.number_count)
            and drop_duplicates(&self.dropped, sorter, sorter.packed, &sorter.packed_count)
            and drop_duplicates(&self.dropped, sorter, sorter.texts, &sorter.text_count)
        ):
            return False
        sort_duplicates(&self.dropped)
        if self.dropped.count:
            # What follows from all rows follows from those that stay.
            unkey_numbers(sorter)
            sorter.key_bits = best_key_bits(sorter)
            if pack_unfit_numbers(sorter) != ADDED:
                return False
            key_rows(sorter, attempt)
            sort_all(sorter)
        return True

    @property
    def duplicate_count(self):
        """How many rows were dropped because another one has their code."""
        return self.dropped.count

    @property
    def alike_count(self):
        """How many of these have its destination and group too."""
        return count_alike(&self.dropped)

    def duplicates(self, Py_ssize_t most, alike=None):
        """The first `most` dropped rows, by their source; `alike`: only those that are, or are not.

        Each is (code, source, source of the row that stays, same destination, same group). Raises
        MemoryError.
        """
        cdef const Duplicate* found
        cdef uint64_t at
        cdef list rows = []
        for at in range(self.dropped.count):
            if len(rows) == most:
                break
            found = &self.dropped.found[at]
            if alike is None or is_alike(found) == <bint>alike:
                rows.append((
                    found.source,
                    found.kept_source,
                    bool(found.same_destination),
                    bool(found.same_group),
                ))
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
