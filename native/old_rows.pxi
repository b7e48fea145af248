"""Collecting and searching prefixes."""

cdef class CodePool:
    """Collects the codes of one table, each once, with destination, parcel group and source row."""

    cdef Pool pool

    def __dealloc__(self):
        free_pool(&self.pool)

    def __len__(self):
        return self.pool.count

    def add(self, bytes code not None, uint16_t destination, uint32_t parcel, uint32_t source_row):
        """Take a code in. -1 when it is new, else the number of the row that has it already.

        Raises ValueError when the code can be no key, MemoryError.
        """
        cdef PoolRow fields
        cdef int64_t added
        cdef Py_ssize_t length = PyBytes_GET_SIZE(code)
        cdef const uint8_t* text = <const uint8_t*>PyBytes_AS_STRING(code)
        if not 1 <= length <= LONGEST_CODE or not is_printable(text, length):
            raise ValueError(code_fault(code))
        memset(&fields, 0, sizeof(PoolRow))
        fields.destination = destination
        fields.parcel = parcel
        fields.source_row = source_row
        added = pool_add(&self.pool, text, length, &fields)
        if added == POOL_NO_MEMORY:
            raise MemoryError(f"no memory for the {self.pool.count + 1}th code")
        return added

    cdef const PoolRow* row(self, uint64_t number) except NULL:
        if number >= self.pool.count:
            raise IndexError(f"row {number} of {self.pool.count}")
        return &self.pool.rows[number]

    def code(self, uint64_t number):
        """The code of a row."""
        cdef const PoolRow* row = self.row(number)
        return (<const char*>pool_code(&self.pool, number))[: row.length]

    def destination(self, uint64_t number):
        """The destination number of a row."""
        return self.row(number).destination

    def parcel(self, uint64_t number):
        """The parcel group of a row, 0 for none."""
        return self.row(number).parcel

    def source_row(self, uint64_t number):
        """The source row that a row came from."""
        return self.row(number).source_row

    def compiled(self):
        """The table's two regions, (index, rows): the same bytes for the same set of rows.

        Raises MemoryError, and ValueError when no seed spreads the codes.
        """
        cdef uint64_t count = self.pool.count
        cdef uint64_t bucket_count = buckets_for(count)
        cdef uint64_t rows_bytes = count * ROW_HEAD_BYTES + self.pool.text_bytes
        cdef bytes index = PyBytes_FromStringAndSize(
            NULL, 8 * (INDEX_HEAD_WORDS + bucket_count + 1)
        )
        cdef bytes rows = PyBytes_FromStringAndSize(NULL, rows_bytes)
        cdef uint64_t* words = <uint64_t*>PyBytes_AS_STRING(index)
        cdef uint8_t* out = <uint8_t*>PyBytes_AS_STRING(rows)
        cdef uint32_t* ends = <uint32_t*>calloc(bucket_count, sizeof(uint32_t))
        cdef uint32_t* order = <uint32_t*>calloc(count + 1, sizeof(uint32_t))
        cdef bint fits = False
        try:
            if ends is NULL or order is NULL:
                raise MemoryError(f"no memory to lay out {count} codes")
            with nogil:
                fits = spread(&self.pool, bucket_count, &words[1], ends)
                if fits:
                    sort_into_buckets(&self.pool, bucket_count, words[1], ends, order)
                    write_table(&self.pool, words, out, bucket_count, ends, order)
            if not fits:
                raise ValueError(f"no seed spreads these {count} codes over {bucket_count} buckets")
        finally:
            free(ends)
            free(order)
        return index, rows


cdef class PrefixRows:
    """A checked, read-only table of codes over two byte regions, which it keeps alive.

    Raises ValueError(region, reason) when anything in them is not as it must be, the region being
    "index" or "rows"; the check runs without the GIL. Searches may run in any number of threads,
    also while another one closes it.
    """

    cdef const uint8_t[::1] index
    cdef const uint8_t[::1] rows
    cdef CodeRows table
    cdef bint closed

    def __init__(self, index, rows, uint64_t destination_count):
        cdef const uint8_t[::1] index_bytes = index
        cdef const uint8_t[::1] rows_bytes = rows
        cdef CodeRows table
        cdef RowFault fault
        cdef uint64_t bucket = 0
        read_index(&table, index_bytes, rows_bytes)
        with nogil:
            fault = check_rows(&table, destination_count, &bucket)
        if fault != OLD_SOUND:
            raise ValueError(fault_region(fault), f"bucket {bucket}: {fault_text(fault)}")
        self.index = index_bytes
        self.rows = rows_bytes
        self.table = table

    def __len__(self):
        return self.table.row_count

    def close(self):
        """Let go of the regions; a search that is running still finishes on them."""
        self.closed = True
        memset(&self.table, 0, sizeof(CodeRows))
        self.index = None
        self.rows = None

    cdef int refuse_closed(self) except -1:
        if self.closed:
            raise ValueError("this routing table is closed")
        return 0

    def find(self, code):
        """The destination number of exactly this code, or -1.

        Raises TypeError when it is neither bytes nor str, ValueError when the table is closed.
        """
        cdef OldKey key
        cdef const uint8_t* row
        read_old_key(code, &key)
        row = find_old_row(&self.table, key.text, key.length)
        if row is NULL:
            self.refuse_closed()
            return -1
        return row_destination(row)

    def find_row(self, code):
        """Destination number + parcel group * 2**16 of exactly this code, or -1. Raises as find."""
        cdef OldKey key
        cdef const uint8_t* row
        read_old_key(code, &key)
        row = find_old_row(&self.table, key.text, key.length)
        if row is NULL:
            self.refuse_closed()
            return -1
        return (<int64_t>row_parcel(row) << 16) | row_destination(row)

    def longest(self, code):
        """(destination number, matched characters) of the longest prefix, or (-1, 0).

        Raises as find.
        """
        cdef OldKey key
        cdef const uint8_t* row
        read_old_key(code, &key)
        row = find_longest_prefix(&self.table, key.text, key.length)
        if row is NULL:
            self.refuse_closed()
            return -1, 0
        return row_destination(row), row[0]

    def find_batch(self, codes, int32_t[::1] out not None):
        """Fill `out` with each code's destination number or -1, without the GIL.

        `codes` is a tuple of bytes and str, or a C-contiguous (n, width) array of NUL-padded
        cells. Raises TypeError, ValueError.
        """
        self.search(codes, out, False)

    def longest_batch(self, codes, int32_t[::1] out not None):
        """As find_batch, with the longest prefix of each code."""
        self.search(codes, out, True)

    cdef int search(self, codes, int32_t[::1] out, bint longest) except -1:
        cdef const uint8_t[:, ::1] cells
        cdef OldBatch batch
        memset(&batch, 0, sizeof(OldBatch))
        if isinstance(codes, tuple):
            batch.count = len(<tuple>codes)
        else:
            cells = codes
            batch.count = cells.shape[0]
            batch.width = cells.shape[1]
        if out.shape[0] != batch.count:
            raise ValueError(f"out holds {out.shape[0]} answers for {batch.count} codes")
        self.refuse_closed()
        if batch.count == 0:
            return 0
        if isinstance(codes, tuple):
            self.search_tuple(<tuple>codes, &batch, &out[0], longest)
        else:
            batch.cells = &cells[0, 0] if batch.width else NULL
            self.answer(&batch, &out[0], longest)
        return 0

    cdef int search_tuple(
        self, tuple codes, OldBatch* batch, int32_t* out, bint longest
    ) except -1:
        cdef OldKey* keys = <OldKey*>malloc(batch.count * sizeof(OldKey))
        cdef Py_ssize_t number
        if keys is NULL:
            raise MemoryError(f"no memory for {batch.count} codes")
        try:
            for number in range(batch.count):
                read_old_key(codes[number], &keys[number])
            batch.keys = keys
            self.answer(batch, out, longest)
        finally:
            free(keys)
        return 0

    cdef int answer(self, const OldBatch* batch, int32_t* out, bint longest) except -1:
        # Copies keep the regions mapped and the bounds whole, whoever closes the table meanwhile.
        cdef const uint8_t[::1] _index = self.index
        cdef const uint8_t[::1] _rows = self.rows
        cdef CodeRows table = self.table
        with nogil:
            if longest:
                find_longest_batch(&table, batch, out)
            else:
                find_old_batch(&table, batch, out)
        return 0
