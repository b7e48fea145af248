"""The longest prefixes of many codes at once, with the memory of the next steps on its way.

The codes of a block go down the tree together: to their fans, to their lines, and those few that
have no answer yet one node a round. Each of them is listed by the kind of its next node, so that
every kind is stepped in a loop of its own, without branches that depend on the codes.
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

from code_input cimport CELLS, LANES, CodeBatch, key_at
from exact cimport Key
from prefix_nodes cimport (
    ANSWER,
    BRANCH,
    KINDS,
    TABLE,
    TAIL,
    Branch,
    Code,
    Table,
    Tail,
    answer_destination,
    code_of,
    kind_of,
    node_at,
    step_branch,
    step_tail,
    table_slot,
    window_at,
)
from prefix_tree cimport (
    WIDE,
    DigitLine,
    Fan,
    Line,
    Root,
    WideFan,
    digit_line_of,
    fan_of,
    packed_digits,
    step_digit_line,
    step_line,
    wide_line_of,
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
    uint64_t windows[BLOCK]  # behind the root
    uint32_t packed[BLOCK]  # their digits
    const Fan* fans[BLOCK]
    const uint8_t* lines[BLOCK]
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
    __builtin_prefetch(node + 64 * (kind == BRANCH))
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
    """Tails and branches: nearly all lead to an answer, so that the branch costs nothing."""
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
    for at in range(count_of(lists.counts, BRANCH)):
        number = lists.codes[<uint32_t>BRANCH][at]
        node = node_at(nodes, block.references[number])
        found = step_branch(<const Branch*>node, &block.codes[number])
        block.references[number] = found
        if kind_of(found) != ANSWER:
            counts = go_on(nodes, block, after, counts, number, found)
    return counts


cdef inline Code code_at(CodeBatch* batch, Py_ssize_t number) noexcept nogil:
    cdef Key key
    cdef Py_ssize_t at = number * batch.width
    if batch.kind == CELLS and at >= <Py_ssize_t>LANES:
        # The NULs that a cell is padded with are what a window is filled up with: they may stay.
        key.text = batch.content + at
        key.length = batch.width
    else:
        key = key_at(batch, number)
    return code_of(&key)


cdef inline void aim(
    const Root* root, CodeBatch* batch, Py_ssize_t first, uint32_t count, Block* block
) noexcept nogil:
    """Read the codes of a block, and send for their fans."""
    cdef uint32_t depth = root.depth
    cdef uint32_t number
    for number in range(count):
        block.codes[number] = code_at(batch, first + number)
        block.windows[number] = window_at(&block.codes[number], depth)
        block.packed[number] = packed_digits(block.windows[number])
        block.fans[number] = fan_of(root, window_at(&block.codes[number], 0))
        __builtin_prefetch(block.fans[number])


cdef inline void find_lines(const uint8_t* nodes, Block* block, uint32_t count) noexcept nogil:
    cdef uint32_t number
    cdef const Fan* fan
    for number in range(count):
        fan = block.fans[number]
        if fan.lines & WIDE:
            block.lines[number] = wide_line_of(nodes, <const WideFan*>fan, block.windows[number])
        else:
            block.lines[number] = digit_line_of(nodes, fan, block.packed[number])
        __builtin_prefetch(block.lines[number])


cdef inline uint64_t step_lines(
    const uint8_t* nodes, uint32_t depth, Block* block, uint32_t count, Lists* after
) noexcept nogil:
    """Through the lines, where nearly all find their answers."""
    cdef uint64_t counts = 0
    cdef uint32_t number, found
    for number in range(count):
        if block.fans[number].lines & WIDE:
            found = step_line(<const Line*>block.lines[number], block.windows[number])
        else:
            found = step_digit_line(
                <const DigitLine*>block.lines[number], block.packed[number], depth, False
            )
        block.references[number] = found
        if kind_of(found) != ANSWER:
            counts = go_on(nodes, block, after, counts, number, found)
    return counts


cdef inline void step_down(
    const uint8_t* nodes, Block* block, Lists* now, Lists* after
) noexcept nogil:
    """All further steps of a block."""
    cdef uint64_t counts
    cdef Lists* before
    while now.counts >> 8:
        counts = step_tables(nodes, block, now, after, 0)
        after.counts = step_ways(nodes, block, now, after, counts)
        before = now
        now = after
        after = before


cdef inline void find_longest_of_batch(
    const uint8_t* nodes, const Root* root, CodeBatch* batch, int32_t* out
) noexcept nogil:
    """The destination number of each code's longest prefix, or -1."""
    cdef Block block
    cdef Lists lists[2]
    cdef Py_ssize_t first = 0
    cdef uint32_t count, number
    while first < batch.count:
        count = <uint32_t>min(<Py_ssize_t>BLOCK, batch.count - first)
        aim(root, batch, first, count, &block)
        find_lines(nodes, &block, count)
        lists[0].counts = step_lines(nodes, root.depth, &block, count, &lists[0])
        step_down(nodes, &block, &lists[0], &lists[1])
        for number in range(count):
            out[first + number] = answer_destination(block.references[number])
        first += BLOCK
