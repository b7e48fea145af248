"""The Python face of the search for longest prefixes; the core includes it."""

from typing import NamedTuple

from cpython.object cimport PyObject, PyTypeObject
from prefix_batch cimport find_longest_of_batch
from prefix_build cimport Builder
from prefix_fans cimport build_tree
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
from prefix_nodes cimport WINDOW, Code, answer_destination, answer_length, code_of
from prefix_tree cimport Root, find_longest

cdef extern from "prefix_match.h":
    object match_in(PyObject** spare, PyTypeObject* kind, long destination, long length)
    void drop_spare(PyObject** spare)


class PrefixMatch(NamedTuple):
    """The longest prefix found: destination number, and its length in characters; or (-1, 0)."""

    destination: int
    length: int


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


cdef class PrefixTable:
    """The longest prefixes of codes, out of a sorted list of prefixes that is checked first.

    Raises ValueError(reason) when anything in the list is not as it must be, MemoryError. Checking
    and building run without the GIL, and look-ups need nothing of the list. They may run in any
    number of threads, also while another one closes the table.
    """

    cdef const uint8_t* nodes
    cdef const Root* root  # NULL when closed
    cdef _PrefixTree tree
    cdef object section
    cdef uint64_t destination_count
    cdef object match_type
    cdef PyObject* spare_match

    def __init__(self, section, uint64_t destination_count):
        cdef _CheckedList checked = _CheckedList()
        cdef _PrefixTree tree = _PrefixTree()
        checked.read(section, destination_count)
        tree.build(checked)
        self.answer_from(tree, section, destination_count)

    def __dealloc__(self):
        drop_spare(&self.spare_match)

    cdef int answer_from(
        self, _PrefixTree tree, object section, uint64_t destination_count
    ) except -1:
        self.tree = tree
        self.nodes = tree.memory.bytes
        self.root = <const Root*>(tree.memory.bytes + tree.root)
        self.section = section
        self.destination_count = destination_count
        self.match_type = PrefixMatch
        return 0

    cdef inline int refuse_closed(self) except -1:
        if self.root is NULL:
            raise ValueError("this routing table is closed")
        return 0

    def __len__(self):
        self.refuse_closed()
        return self.tree.count

    def __sizeof__(self):
        return object.__sizeof__(self) + (0 if self.tree is None else self.tree.memory.used)

    def shared(self):
        """Another one with the same list and tree; each is closed on its own."""
        cdef PrefixTable table = PrefixTable.__new__(PrefixTable)
        self.refuse_closed()
        table.answer_from(self.tree, self.section, self.destination_count)
        return table

    def close(self):
        """Let go of list and tree; a search that is running still finishes on them."""
        self.root = NULL
        self.nodes = NULL
        self.tree = None
        self.section = None

    cdef inline uint32_t search(self, code) except? 0xFFFFFFFF:
        cdef uint8_t room[ROOM_BYTES]
        cdef Key key
        cdef Code prepared
        self.refuse_closed()
        read_key(code, &key, room)
        prepared = code_of(&key)
        return find_longest(self.nodes, self.root, &prepared)

    cdef inline object match(self, code):
        cdef uint32_t answer = self.search(code)
        return match_in(
            &self.spare_match,
            <PyTypeObject*>self.match_type,
            answer_destination(answer),
            answer_length(answer),
        )

    def find(self, code, /):
        """The destination number of the longest prefix of this code, or -1.

        Raises TypeError when it is neither bytes nor str, ValueError when the table is closed.
        """
        return answer_destination(self.search(code))

    def longest(self, code, /):
        """The PrefixMatch of the longest prefix of this code. Raises as find."""
        return self.match(code)

    def longest_batch(self, codes, out=None):
        """The destination number of each code's longest prefix, or -1, as int32 of shape (n,).

        `codes` is a one-dimensional array of bytes (dtype S), ArrowCodes, or a sequence of bytes
        and str; the answers go to `out` when given. The GIL is released. Raises TypeError,
        ValueError.
        """
        cdef CodeBatch batch
        # A reference of our own: the table may be closed while the search runs.
        cdef _PrefixTree tree = self.tree
        cdef const Root* root = self.root
        cdef int32_t* answers
        cdef object held
        self.refuse_closed()
        clear_batch(&batch)
        try:
            held = open_batch(codes, &batch)
            out = answers_for(batch.count, out)
            refuse_overlap(&batch, out)
            answers = <int32_t*>numpy.PyArray_DATA(out)
            with nogil:
                find_longest_of_batch(tree.memory.bytes, root, &batch, answers)
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
        self.refuse_closed()
        checked.read(self.section, self.destination_count)
        return [
            (
                (<const char*>entry_key(entries, number))[: entry_length(entries, number)],
                entry_destination(entries, number),
            )
            for number in range(entries.count)
        ]


cdef class PrefixFinder:
    """The longest prefixes of both kinds of keys; the tables may be closed meanwhile."""

    cdef PrefixTable barcode
    cdef PrefixTable postcode

    def __init__(self, PrefixTable barcode not None, PrefixTable postcode not None):
        self.barcode = barcode
        self.postcode = postcode

    def longest(self, kind, code, /):
        """The PrefixMatch of the longest prefix of this kind, "barcode" or "postcode".

        Raises ValueError when it is another kind or the table is closed, TypeError when the code
        is neither bytes nor str.
        """
        if kind == "barcode":
            return self.barcode.match(code)
        if kind == "postcode":
            return self.postcode.match(code)
        raise ValueError(f"{kind!r} is no kind of prefix; there are barcode and postcode")
