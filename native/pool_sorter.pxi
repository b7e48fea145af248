"""The Python face of the row sorter."""

from pool_sorter cimport Duplicate, Sorter, free_sorter


cdef class RowSorter(CodePool):
    """Collects the exact rows of a table; duplicates are known after `sort`."""

    cdef Sorter sorter

    def __cinit__(self):
        self.sorter.pool = &self.pool

    def __dealloc__(self):
        free_sorter(&self.sorter)

    def sort(self):
        """Bring the rows into the order of the file; duplicates are known then."""

    def duplicates(self, uint64_t most):
        """(code, row, earlier row, same destination, same group) of at most so many."""
        cdef uint64_t number
        cdef const Duplicate* one
        found = []
        for number in range(min(most, self.sorter.duplicate_count)):
            one = &self.sorter.duplicates[number]
            found.append((
                self.code(one.number),
                one.row,
                self.pool.rows[one.number].source_row,
                bool(one.same_destination),
                bool(one.same_group),
            ))
        return found
