"""The sections of a compiled file as an exact part that can be searched.

Nothing in a section is believed: sizes are held against each other here, and what the lines hold
is for `exact_parts`.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from exact cimport Exact
from exact_parts cimport Finding, check_exact, fault_section, line_fault_text
from exact_sums cimport SOUND
from key_mix cimport mark_shift, marks_fit, write_mix
from key_number cimport FAR_BITS, NEAR_BITS, ShapeBook
from line_table cimport LINE_BYTES, Lines, is_line_count, region_lines

cdef enum:
    HEAD_WORDS = 5  # seed, key_bits, rows that are numbers, packed, texts


cdef inline int open_lines(
    Lines* lines,
    str kind,
    unsigned slots,
    const uint8_t[::1] words,
    const uint8_t[::1] groups,
    const uint8_t[::1] ops,
) except -1:
    """Hold the sizes of one kind's sections against each other. Raises ValueError."""
    cdef uint64_t count = words.shape[0] // LINE_BYTES
    memset(lines, 0, sizeof(Lines))
    lines.slots = slots
    if words.shape[0] % LINE_BYTES or (count and not is_line_count(count)):
        raise ValueError(f"{kind}_lines", f"{words.shape[0]} bytes are no whole number of regions")
    for section, content, width in (("groups", groups, 4), ("ops", ops, 1)):
        if len(content) not in (0, count * slots * width):
            found = f"{len(content)} bytes beside {count * slots} slots"
            raise ValueError(f"{kind}_{section}", found)
    if count == 0:
        return 0
    lines.words = <const uint64_t*>&words[0]
    if <size_t>lines.words % 8:
        raise ValueError(f"{kind}_lines", "it does not begin at a multiple of 8 bytes")
    lines.groups = <const uint32_t*>&groups[0] if groups.shape[0] else NULL
    if <size_t>lines.groups % 4:
        raise ValueError(f"{kind}_groups", "it does not begin at a multiple of 4 bytes")
    lines.ops = &ops[0] if ops.shape[0] else NULL
    lines.line_count = count
    lines.region_mask = region_lines(count) - 1
    return 0


cdef inline int open_head(
    Exact* exact, const uint8_t[::1] head, uint64_t[3] rows, const ShapeBook* book
) except -1:
    """Read what the lines need to be searched; they are open already. Raises ValueError."""
    cdef const uint64_t* words
    if head.shape[0] != 8 * HEAD_WORDS or <size_t>&head[0] % 8:
        found = f"{head.shape[0]} bytes instead of {8 * HEAD_WORDS}, at a multiple of 8"
        raise ValueError("codes", found)
    words = <const uint64_t*>&head[0]
    exact.book = book
    exact.seed = words[0]
    exact.key_bits = <unsigned>words[1]
    if words[1] not in (0, NEAR_BITS, FAR_BITS):
        raise ValueError("codes", f"numbers of {words[1]} bits")
    if (exact.key_bits == 0) != (exact.number.line_count == 0):
        raise ValueError("codes", "numbers without lines, or lines without numbers")
    if exact.key_bits:
        if not marks_fit(exact.key_bits, exact.number.line_count):
            raise ValueError("codes", f"too few lines for numbers of {exact.key_bits} bits")
        exact.last_number = ~<uint64_t>0 >> (64 - exact.key_bits)
        write_mix(&exact.mix, exact.seed, exact.key_bits)
        exact.mark_shift = mark_shift(exact.key_bits, exact.number.line_count)
    rows[0], rows[1], rows[2] = words[2], words[3], words[4]
    exact.row_count = rows[0] + rows[1] + rows[2]
    return 0


cdef inline int refuse_unless_sound(
    const Exact* exact, uint64_t[3] rows, uint64_t destinations
) except -1:
    """The full check, without the GIL. Raises ValueError(section, reason)."""
    cdef Finding finding
    with nogil:
        finding = check_exact(exact, rows, destinations)
    if finding.fault != SOUND:
        where = "" if finding.line < 0 else f"line {finding.line}: "
        kind = ("number", "packed", "text")[finding.kind]
        reason = where + line_fault_text(finding.fault)
        raise ValueError(fault_section(kind, finding.fault), reason)
    return 0
