"""PrefixChanges: what a delta does to the prefixes of a table."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from prefix_changes cimport Merge, merge_changes
from prefix_list cimport (
    FLAG_CHANGES,
    PrefixList,
    entry_destination,
    entry_key,
    entry_length,
    entry_op,
)


cdef class PrefixChanges:
    """A sorted list of changes to prefixes, each an operation with a destination, checked.

    Raises ValueError(reason) when anything in the list is not as it must be, MemoryError.
    """

    cdef _CheckedList checked

    def __init__(self, section, uint64_t destination_count):
        cdef _CheckedList checked = _CheckedList()
        checked.read(section, destination_count, FLAG_CHANGES)
        self.checked = checked

    def __len__(self):
        return self.checked.entries.count

    def entries(self):
        """All (prefix, destination number, operation) in the order of their bytes."""
        cdef const PrefixList* entries = &self.checked.entries
        cdef uint32_t number
        return [
            (
                (<const char*>entry_key(entries, number))[: entry_length(entries, number)],
                entry_destination(entries, number),
                entry_op(entries, number),
            )
            for number in range(entries.count)
        ]

    def merged(self, section, uint64_t destination_count):
        """The list of prefixes that these changes make of another one, and which don't fit it.

        Changes that don't fit, an addition of what is there or else something done to what is
        not, are told by their numbers in `entries`. Runs without the GIL. Raises ValueError(reason)
        when the other list is not as it must be, MemoryError.
        """
        cdef _CheckedList listed = _CheckedList()
        cdef const PrefixList* changes = &self.checked.entries
        cdef uint8_t[::1] misfits = bytearray(changes.count + 1)
        cdef bytes out
        cdef Merge merge
        listed.read(section, destination_count)
        out = PyBytes_FromStringAndSize(NULL, listed.entries.size + changes.size)
        merge.bytes = <uint8_t*>PyBytes_AS_STRING(out)
        with nogil:
            merge_changes(&listed.entries, changes, &merge, &misfits[0])
        return out[: merge.size], [n for n in range(changes.count) if misfits[n]]
