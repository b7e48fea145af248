"""The Python face of the search for longest prefixes; the core includes it."""

from prefix_batch cimport find_longest_of_batch
from prefix_build cimport Builder, build_tree
from prefix_list cimport (
    LIST_SOUND,
    ListFault,
    PrefixList,
    check_entries,
    check_list_head,
    entry_destination,
    entry_key,
    entry_length,
    list_fault_text,
)
from prefix_memory cimport NodeMemory, release_memory, trim
from prefix_nodes cimport (
    WINDOW,
    Code,
    Root,
    answer_destination,
    answer_length,
    code_of,
    find_longest,
)


cdef class _CheckedList:
    """A private copy of a list of prefixes, checked: what is changed elsewhere can't reach it."""

    cdef PrefixList entries

    def __dealloc__(self):
        free(<void*>self.entries.bytes)
        free(<void*>self.entries.starts)

    cdef int read(
        self, const uint8_t[::1] section, uint64_t destination_count, uint32_t flags=0
    ) except -1:
        """Raises ValueError(reason), MemoryError."""
        cdef uint64_t size = section.shape[0]
        cdef const uint8_t* source = &section[0] if size else NULL
        cdef uint8_t* copied = <uint8_t*>malloc(size + WINDOW)
        cdef uint32_t* starts
        cdef uint32_t count = 0
        cdef uint32_t bad = 0
        cdef ListFault fault
        self.entries.bytes = copied
        if copied is NULL:
            raise MemoryError(f"no memory for a list of {size} bytes")
        with nogil:
            if size:
                memcpy(copied, source, size)
            memset(copied + size, 0, WINDOW)
        fault = check_list_head(copied, size, flags, &count)
        if fault != LIST_SOUND:
            raise ValueError(list_fault_text(fault))
        starts = <uint32_t*>malloc(4 * (<size_t>count + 1))
        self.entries.starts = starts
        if starts is NULL:
            raise MemoryError(f"no memory for {count} prefixes")
        with nogil:
            fault = check_entries(copied, size, flags, destination_count, starts, count, &bad)
        if fault != LIST_SOUND:
            raise ValueError(f"entry {bad}: {list_fault_text(fault)}")
        self.entries.size = size
        self.entries.count = count
        return 0


cdef class _PrefixTree:
    """The nodes of one table; whoever searches them holds a reference, so that they stay."""

    cdef NodeMemory memory
    cdef uint64_t root
    cdef uint32_t count

    def __dealloc__(self):
        release_memory(&self.memory)

    cdef int build(self, _CheckedList checked) except -1:
        cdef Builder builder
        memset(&builder, 0, sizeof(Builder))
        builder.entries = checked.entries
        with nogil:
            self.root = build_tree(&builder)
            trim(&builder.memory)
        self.memory = builder.memory
        self.count = checked.entries.count
        if builder.failed:
            raise MemoryError(f"no memory for a tree of {self.count} prefixes")
        return 0


cdef inline const Root* root_of(_PrefixTree tree) noexcept nogil:
    return <const Root*>(tree.memory.bytes + tree.root)


cdef class PrefixTable:
    """The longest prefixes of codes, out of a sorted list of prefixes that is checked first.

    Raises ValueError(reason) when anything in the list is not as it must be, MemoryError. Checking
    and building run without the GIL, and look-ups need nothing of the list. They may run in any
    number of threads, also while another one closes the table.
    """

    cdef _PrefixTree tree
    cdef object section
    cdef uint64_t destination_count

    def __init__(self, section, uint64_t destination_count):
        cdef _CheckedList checked = _CheckedList()
        cdef _PrefixTree tree = _PrefixTree()
        checked.read(section, destination_count)
        tree.build(checked)
        self.tree = tree
        self.section = section
        self.destination_count = destination_count

    cdef _PrefixTree opened(self):
        if self.tree is None:
            raise ValueError("this routing table is closed")
        return self.tree

    def __len__(self):
        return self.opened().count

    def __sizeof__(self):
        return object.__sizeof__(self) + (0 if self.tree is None else self.tree.memory.used)

    def shared(self):
        """Another one with the same list and tree; each is closed on its own."""
        cdef PrefixTable table = PrefixTable.__new__(PrefixTable)
        table.tree = self.opened()
        table.section = self.section
        table.destination_count = self.destination_count
        return table

    def close(self):
        """Let go of list and tree; a search that is running still finishes on them."""
        self.tree = None
        self.section = None

    def find(self, code):
        """The destination number of the longest prefix of this code, or -1.

        Raises TypeError when it is neither bytes nor str, ValueError when the table is closed.
        """
        return answer_destination(self.search(code))

    def longest(self, code):
        """(destination number, matched characters) of the longest prefix, or (-1, 0).

        Raises as find.
        """
        cdef uint32_t answer = self.search(code)
        return answer_destination(answer), answer_length(answer)

    cdef uint32_t search(self, code) except? 0xFFFFFFFF:
        cdef uint8_t room[ROOM_BYTES]
        cdef Key key
        cdef Code prepared
        cdef _PrefixTree tree = self.tree
        if tree is None:
            raise ValueError("this routing table is closed")
        read_key(code, &key, room)
        prepared = code_of(&key)
        return find_longest(tree.memory.bytes, root_of(tree), &prepared)

    def longest_batch(self, codes, out=None):
        """The destination number of each code's longest prefix, or -1, as int32 of shape (n,).

        `codes` is a one-dimensional array of bytes (dtype S), ArrowCodes, or a sequence of bytes
        and str; the answers go to `out` when given. The GIL is released. Raises TypeError,
        ValueError.
        """
        cdef CodeBatch batch
        # A reference of our own: the table may be closed while the search runs.
        cdef _PrefixTree tree = self.opened()
        cdef int32_t* answers
        cdef object held
        clear_batch(&batch)
        try:
            held = open_batch(codes, &batch)
            out = answers_for(batch.count, out)
            answers = <int32_t*>numpy.PyArray_DATA(out)
            with nogil:
                find_longest_of_batch(tree.memory.bytes, root_of(tree), &batch, answers)
        finally:
            close_batch(&batch)
        return out

    def entries(self):
        """All (prefix, destination number) in the order of their bytes.

        Raises ValueError when the table is closed or the list was written to, MemoryError.
        """
        cdef _CheckedList checked = _CheckedList()
        cdef const PrefixList* entries = &checked.entries
        cdef uint32_t number
        self.opened()
        checked.read(self.section, self.destination_count)
        return [
            (
                (<const char*>entry_key(entries, number))[: entry_length(entries, number)],
                entry_destination(entries, number),
            )
            for number in range(entries.count)
        ]
