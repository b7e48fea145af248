"""The longest prefixes of many codes at once, with the memory of the next steps on its way.

The codes of a block go down the tree together, one node a round. After each step a code is listed
by the kind of its next node, so that every kind is stepped in a loop of its own, without branches
that depend on the codes.
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from code_input cimport CELLS, LANES, CodeBatch, key_at
from exact cimport Key
from prefix_nodes cimport (
    ANSWER,
    FEW,
    KINDS,
    LONG_TAIL,
    SOME,
    TABLE,
    TAIL,
    Code,
    code_of,
    Few,
    LongTail,
    Root,
    Some,
    Table,
    Tail,
    answer_destination,
    kind_of,
    node_at,
    root_slot,
    step_few,
    step_long_tail,
    step_some,
    step_tail,
    table_slot,
    window_at,
)

cdef extern from *:
    void __builtin_prefetch(const void* address) noexcept nogil

cdef enum:
    BLOCK = 128  # codes in flight; the lists of kinds count them in eight bits each


cdef struct Lists:
    # Which codes of the block have a next node of a kind; `counts` has a byte a kind.
    uint64_t counts
    uint8_t codes[KINDS][BLOCK]


cdef struct Block:
    Code codes[BLOCK]
    uint32_t references[BLOCK]
    const uint32_t* slots[BLOCK]


cdef inline uint32_t count_of(uint64_t counts, uint32_t kind) noexcept nogil:
    return (counts >> (8 * kind)) & 0xFF


cdef inline uint64_t go_on(
    const uint8_t* nodes,
    Block* block,
    Lists* after,
    uint64_t counts,
    uint8_t number,
    uint32_t reference,
) noexcept nogil:
    """Note where a code has come to, and send for the memory there; returns the new counts."""
    cdef uint32_t kind = kind_of(reference)
    # An answer is no place; to ask for one far from the nodes would cost a walk of page tables.
    cdef const uint8_t* node = node_at(nodes, reference & -<uint32_t>(kind != ANSWER))
    block.references[number] = reference
    __builtin_prefetch(node)
    __builtin_prefetch(node + 64 * (kind == SOME))
    after.codes[kind][count_of(counts, kind)] = number
    return counts + (<uint64_t>1 << (8 * kind))


cdef inline uint64_t step_tables(
    const uint8_t* nodes, Block* block, const Lists* lists, Lists* after, uint64_t counts
) noexcept nogil:
    cdef uint32_t count = count_of(lists.counts, TABLE)
    cdef const Table* table
    cdef uint32_t at
    cdef uint8_t number
    for at in range(count):
        number = lists.codes[<uint32_t>TABLE][at]
        table = <const Table*>node_at(nodes, block.references[number])
        block.slots[number] = table_slot(table, window_at(&block.codes[number], table.depth))
        __builtin_prefetch(block.slots[number])
    for at in range(count):
        number = lists.codes[<uint32_t>TABLE][at]
        counts = go_on(nodes, block, after, counts, number, block.slots[number][0])
    return counts


cdef inline uint64_t step_ways(
    const uint8_t* nodes, Block* block, const Lists* lists, Lists* after, uint64_t counts
) noexcept nogil:
    """Tails and ways: nearly all lead to an answer, so that the branch costs nothing."""
    cdef uint32_t at, found
    cdef uint8_t number
    cdef const uint8_t* node
    for at in range(count_of(lists.counts, TAIL)):
        number = lists.codes[<uint32_t>TAIL][at]
        node = node_at(nodes, block.references[number])
        found = step_tail(<const Tail*>node, &block.codes[number])
        block.references[number] = found
        if kind_of(found) != ANSWER:
            counts = go_on(nodes, block, after, counts, number, found)
    for at in range(count_of(lists.counts, LONG_TAIL)):
        number = lists.codes[<uint32_t>LONG_TAIL][at]
        node = node_at(nodes, block.references[number])
        found = step_long_tail(<const LongTail*>node, &block.codes[number])
        block.references[number] = found
        if kind_of(found) != ANSWER:
            counts = go_on(nodes, block, after, counts, number, found)
    for at in range(count_of(lists.counts, FEW)):
        number = lists.codes[<uint32_t>FEW][at]
        node = node_at(nodes, block.references[number])
        found = step_few(<const Few*>node, &block.codes[number])
        block.references[number] = found
        if kind_of(found) != ANSWER:
            counts = go_on(nodes, block, after, counts, number, found)
    for at in range(count_of(lists.counts, SOME)):
        number = lists.codes[<uint32_t>SOME][at]
        node = node_at(nodes, block.references[number])
        found = step_some(<const Some*>node, &block.codes[number])
        block.references[number] = found
        if kind_of(found) != ANSWER:
            counts = go_on(nodes, block, after, counts, number, found)
    return counts


cdef inline void read_codes(
    CodeBatch* batch, Py_ssize_t first, uint32_t count, Block* block
) noexcept nogil:
    cdef uint32_t number
    cdef Key key
    if batch.kind != CELLS or first * batch.width < <Py_ssize_t>LANES:
        for number in range(count):
            key = key_at(batch, first + number)
            block.codes[number] = code_of(&key)
        return
    # The NULs that a cell is padded with are what a window is filled up with, so they may stay.
    for number in range(count):
        key.text = batch.content + (first + number) * batch.width
        key.length = batch.width
        block.codes[number] = code_of(&key)


cdef inline uint64_t step_root(
    const uint8_t* nodes, const Root* root, uint32_t count, Block* block, Lists* after
) noexcept nogil:
    cdef uint64_t counts = 0
    cdef uint32_t number
    for number in range(count):
        block.slots[number] = root_slot(root, &block.codes[number])
        __builtin_prefetch(block.slots[number])
    for number in range(count):
        counts = go_on(nodes, block, after, counts, number, block.slots[number][0])
    return counts


cdef inline void find_longest_block(
    const uint8_t* nodes,
    const Root* root,
    CodeBatch* batch,
    Py_ssize_t first,
    uint32_t count,
    int32_t* out,
) noexcept nogil:
    cdef Block block
    cdef Lists lists[2]
    cdef uint32_t now = 0
    cdef uint32_t number
    cdef uint64_t counts
    read_codes(batch, first, count, &block)
    lists[0].counts = step_root(nodes, root, count, &block, &lists[0])
    while lists[now].counts >> 8:
        counts = step_tables(nodes, &block, &lists[now], &lists[1 - now], 0)
        counts = step_ways(nodes, &block, &lists[now], &lists[1 - now], counts)
        now = 1 - now
        lists[now].counts = counts
    for number in range(count):
        out[first + number] = answer_destination(block.references[number])


cdef inline void find_longest_of_batch(
    const uint8_t* nodes, const Root* root, CodeBatch* batch, int32_t* out
) noexcept nogil:
    """The destination number of each code's longest prefix, or -1."""
    cdef Py_ssize_t first = 0
    while first < batch.count:
        find_longest_block(
            nodes, root, batch, first, min(<Py_ssize_t>BLOCK, batch.count - first), out
        )
        first += BLOCK
