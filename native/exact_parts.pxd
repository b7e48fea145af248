"""The full check of a table's exact part, made before the first search and at memory speed.

After it: every row's destination exists, every text that a row leads to lies inside the texts, the
texts fill their section in the order of their rows, every packed code and text is a possible one
and lies in one of its two lines, what lies in an alternate line is announced in its home line, and
the counts in the head are true. Big tables are checked in two halves at once.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memset

from exact cimport Exact
from exact_check cimport NO_TEXTS, check_numbers, check_packed, check_texts
from exact_sums cimport (
    CODE_IMPOSSIBLE,
    COUNT_WRONG,
    DESTINATION_UNKNOWN,
    EMPTY_SLOT_WRITTEN,
    GROUP_WITHOUT_ROW,
    OP_WRONG,
    ROW_ELSEWHERE,
    ROW_NOT_ANNOUNCED,
    SOUND,
    TEXT_ELSEWHERE,
    TEXTS_LEFT_OVER,
    LineFault,
    LineSums,
    add_lines,
    add_sums,
    fault_of_sums,
)
from line_table cimport LINE_BYTES, Lines

cdef extern from "beside.h" nogil:
    void run_both(void (*work)(void*) noexcept nogil, void* one, void* other) noexcept

cdef enum:
    KINDS = 3  # number, packed, text
    # Below this a thread costs more than it saves.
    LEAST_BYTES_TO_HALVE = 1 << 20


cdef struct Part:
    # Some lines of each kind, and what was found in them.
    const Exact* exact
    const Lines* lines[KINDS]
    uint64_t destinations
    uint64_t first[KINDS]
    uint64_t last[KINDS]
    LineSums sums[KINDS]
    LineFault faults[KINDS]
    uint64_t bad_lines[KINDS]
    uint64_t texts[2]


cdef struct Finding:
    # The first thing that is wrong with an exact part; `line` is -1 where it is no line's.
    int kind
    LineFault fault
    int64_t line


cdef inline str line_fault_text(LineFault fault):
    return {
        EMPTY_SLOT_WRITTEN: "a slot without a row holds something",
        DESTINATION_UNKNOWN: "a destination number is out of range",
        ROW_NOT_ANNOUNCED: "a row in its alternate line is not announced in its home line",
        CODE_IMPOSSIBLE: "a row is for a code that there can't be",
        ROW_ELSEWHERE: "a row lies in neither of its two lines",
        TEXT_ELSEWHERE: "a row leads to another place than that of the next text",
        TEXTS_LEFT_OVER: "there are texts that no row leads to",
        GROUP_WITHOUT_ROW: "a slot without a row has a parcel group",
        OP_WRONG: "a slot has an operation that does not fit it",
        COUNT_WRONG: "the number of rows is not the one the head names",
    }[fault]


cdef inline str fault_section(str kind, LineFault fault):
    """The section of a kind of rows that a fault lies in."""
    if fault == TEXTS_LEFT_OVER:
        return "texts"
    return {GROUP_WITHOUT_ROW: f"{kind}_groups", OP_WRONG: f"{kind}_ops"}.get(
        fault, f"{kind}_lines"
    )


cdef inline void open_part(
    Part* part, const Exact* exact, uint64_t destinations, unsigned number, unsigned count
) noexcept nogil:
    """The part of this number, of `count` parts of whole regions that have all lines together."""
    cdef int kind
    cdef uint64_t whole
    memset(part, 0, sizeof(Part))
    part.exact = exact
    part.destinations = destinations
    part.texts[0] = part.texts[1] = NO_TEXTS
    part.lines[0] = &exact.number
    part.lines[1] = &exact.packed
    part.lines[2] = &exact.text
    for kind in range(KINDS):
        whole = part.lines[kind].line_count
        part.first[kind] = whole * number // count & ~part.lines[kind].region_mask
        part.last[kind] = whole
        if number + 1 < count:
            part.last[kind] = whole * (number + 1) // count & ~part.lines[kind].region_mask


cdef inline void check_kind(Part* part, int kind, uint64_t first, uint64_t last) noexcept nogil:
    """Lines of one kind, while what was summed of them is still in the processor's cache."""
    cdef uint64_t* bad_line = &part.bad_lines[kind]
    add_lines(&part.sums[kind], part.lines[kind], first, last, part.destinations)
    if part.faults[kind] != SOUND:
        return
    if kind == 0:
        part.faults[kind] = check_numbers(part.lines[kind], first, last, bad_line)
    elif kind == 1:
        part.faults[kind] = check_packed(part.exact, first, last, bad_line)
    else:
        part.faults[kind] = check_texts(part.exact, first, last, part.texts, bad_line)


cdef inline void check_part(void* checked) noexcept nogil:
    """Check every line of a part, region by region."""
    cdef Part* part = <Part*>checked
    cdef uint64_t first, last
    cdef int kind
    for kind in range(KINDS):
        first = part.first[kind]
        while first < part.last[kind]:
            last = min(first + part.lines[kind].region_mask + 1, part.last[kind])
            check_kind(part, kind, first, last)
            first = last


cdef inline bint is_fault(
    Finding* finding, int kind, LineFault fault, int64_t line
) noexcept nogil:
    finding.kind = kind
    finding.fault = fault
    finding.line = line
    return fault != SOUND


cdef inline Finding finding_of(const Part* parts, unsigned count, uint64_t[3] rows) noexcept nogil:
    """What is wrong with parts that were checked; what is wrong with a whole kind comes first."""
    cdef Finding finding
    cdef LineSums sums
    cdef uint64_t texts = 0
    cdef int kind
    cdef unsigned at
    for kind in range(KINDS):
        memset(&sums, 0, sizeof(sums))
        for at in range(count):
            add_sums(&sums, &parts[at].sums[kind])
        if is_fault(&finding, kind, fault_of_sums(&sums, rows[kind]), -1):
            return finding
    for kind in range(KINDS):
        for at in range(count):
            if is_fault(&finding, kind, parts[at].faults[kind], parts[at].bad_lines[kind]):
                return finding
    for at in range(count):
        if parts[at].texts[0] == NO_TEXTS:
            continue
        if parts[at].texts[0] != texts:
            is_fault(&finding, 2, TEXT_ELSEWHERE, parts[at].first[2])
            return finding
        texts = parts[at].texts[1]
    is_fault(&finding, 2, SOUND if texts == parts[0].exact.texts_bytes else TEXTS_LEFT_OVER, -1)
    return finding


cdef inline Finding check_exact(
    const Exact* exact, uint64_t[3] rows, uint64_t destinations
) noexcept nogil:
    """The full check; `rows` is how many there must be of each kind."""
    cdef Part parts[2]
    cdef unsigned count = 1
    cdef uint64_t lines = (
        exact.number.line_count + exact.packed.line_count + exact.text.line_count
    )
    if lines * LINE_BYTES >= LEAST_BYTES_TO_HALVE:
        count = 2
    open_part(&parts[0], exact, destinations, 0, count)
    if count == 2:
        open_part(&parts[1], exact, destinations, 1, count)
        run_both(check_part, &parts[0], &parts[1])
    else:
        check_part(&parts[0])
    return finding_of(parts, count, rows)
