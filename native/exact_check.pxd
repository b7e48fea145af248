"""The full check of a table's exact part, made before the first search and at memory speed.

After it: every row's destination exists, every text that a row leads to lies inside the texts, the
texts fill their section in the order of their rows, every packed code and text is a possible one
and lies in one of its two lines, what lies in an alternate line is announced in its home line, and
the counts in the head are true. A number needs no more: each mark in each line is at most one code.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from code_hash cimport code_hash
from exact cimport (
    LONGEST_CODE,
    Exact,
    fingerprint,
    is_number,
    packed_hash,
    packed_of,
    packed_rest,
    text_at,
    text_mark,
)
from key_mix cimport high_product
from key_number cimport LANES, NO_NUMBER, read_number
from key_packed cimport (
    LONGEST_PACKED,
    Packed,
    is_packed_number,
    packed_number,
    unpack_code,
)
from line_table cimport (
    LINE_WORDS,
    SLOT_CHOICE,
    SLOT_MARK,
    SLOT_OVERFLOW,
    Lines,
    alternate_line,
    lot_of,
    mark_of,
    slot_word,
)
from row_ops cimport BASE_ROW, EXPIRE

cdef enum LineFault:
    SOUND
    EMPTY_SLOT_WRITTEN
    DESTINATION_UNKNOWN
    ROW_NOT_ANNOUNCED
    CODE_IMPOSSIBLE
    ROW_ELSEWHERE
    TEXT_ELSEWHERE
    TEXTS_LEFT_OVER
    GROUP_WITHOUT_ROW
    OP_WRONG
    COUNT_WRONG


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


cdef inline bint is_printable(const uint8_t* code, Py_ssize_t length) noexcept nogil:
    cdef Py_ssize_t at
    for at in range(length):
        if code[at] < 0x20 or code[at] > 0x7E:
            return False
    return True


cdef inline bint is_announced(
    const Lines* lines, uint64_t home, uint64_t spread
) noexcept nogil:
    return lines.words[home * LINE_WORDS + lot_of(spread, lines.slots)] >> 63


cdef inline LineFault check_words(
    const Lines* lines, uint64_t destinations, uint64_t* count
) noexcept nogil:
    """What holds for the first words of slots of every kind."""
    cdef uint64_t line, word
    cdef uint64_t rows = 0
    cdef uint64_t highest = 0
    cdef uint64_t stray = 0
    cdef uint64_t is_row
    cdef unsigned at
    for line in range(lines.line_count):
        for at in range(lines.slots):
            word = lines.words[line * LINE_WORDS + at]
            is_row = (word & SLOT_MARK) != 0
            rows += is_row
            highest = max(highest, word & 0xFFFF)
            stray |= (word & ~SLOT_OVERFLOW) & (is_row - 1)
    count[0] = rows
    if stray:
        return EMPTY_SLOT_WRITTEN
    return DESTINATION_UNKNOWN if rows and highest >= destinations else SOUND


cdef inline LineFault check_sides(const Lines* lines) noexcept nogil:
    """The groups and operations beside the slots."""
    cdef uint64_t slot
    cdef uint64_t stray = 0
    cdef uint64_t wrong = 0
    cdef uint64_t is_row, is_change
    if lines.groups is NULL and lines.ops is NULL:
        return SOUND
    for slot in range(lines.line_count * lines.slots):
        is_row = (slot_word(lines, slot) & SLOT_MARK) != 0
        if lines.groups is not NULL:
            stray |= lines.groups[slot] & (is_row - 1)
        if lines.ops is not NULL:
            is_change = lines.ops[slot] != BASE_ROW
            wrong |= lines.ops[slot] > EXPIRE or is_change != is_row
    if stray:
        return GROUP_WITHOUT_ROW
    return OP_WRONG if wrong else SOUND


cdef inline LineFault check_numbers(const Exact* exact, uint64_t* bad_line) noexcept nogil:
    cdef const Lines* lines = &exact.number
    cdef uint64_t at, word, spread, home
    for at in range(lines.line_count * LINE_WORDS):
        word = lines.words[at]
        if word & SLOT_CHOICE:
            bad_line[0] = at // LINE_WORDS
            spread = mark_of(word)
            home = alternate_line(bad_line[0], spread, lines.region_mask)
            if not is_announced(lines, home, spread):
                return ROW_NOT_ANNOUNCED
    return SOUND


cdef inline LineFault check_way(
    const Lines* lines, uint64_t line, uint64_t word, uint64_t hashed
) noexcept nogil:
    """Whether a row with this hash may lie in this line."""
    cdef uint64_t home = high_product(hashed, lines.line_count)
    if not word & SLOT_CHOICE:
        return SOUND if line == home else ROW_ELSEWHERE
    if line != alternate_line(home, hashed, lines.region_mask):
        return ROW_ELSEWHERE
    return SOUND if is_announced(lines, home, hashed) else ROW_NOT_ANNOUNCED


cdef inline bint is_kept_packed(const Exact* exact, const Packed* packed) noexcept nogil:
    """Whether these are the words under which this table would be asked for a code."""
    cdef uint8_t room[LANES + LONGEST_PACKED]
    cdef Py_ssize_t length = unpack_code(exact.book, packed, &room[LANES])
    if is_packed_number(packed):
        return length and not is_number(exact, packed_number(packed))
    memset(room, 0, LANES)
    return length and read_number(exact.book, &room[LANES] + length, length) == NO_NUMBER


cdef inline LineFault check_packed(const Exact* exact, uint64_t* bad_line) noexcept nogil:
    cdef const Lines* lines = &exact.packed
    cdef Packed packed
    cdef uint64_t slot, word, rest
    cdef LineFault fault
    for slot in range(lines.line_count * 4):
        bad_line[0] = slot // 4
        word = slot_word(lines, slot)
        rest = lines.words[slot // 4 * LINE_WORDS + 4 + slot % 4]
        if not word & SLOT_MARK:
            if rest:
                return EMPTY_SLOT_WRITTEN
            continue
        packed = packed_of(word, rest)
        if not mark_of(word) & 1 or not is_kept_packed(exact, &packed):
            return CODE_IMPOSSIBLE
        fault = check_way(lines, bad_line[0], word, packed_hash(&packed, exact.seed))
        if fault != SOUND:
            return fault
    return SOUND


cdef inline LineFault check_texts(const Exact* exact, uint64_t* bad_line) noexcept nogil:
    cdef const Lines* lines = &exact.text
    cdef const uint8_t* text
    cdef uint64_t slot, word, hashed
    cdef uint64_t at = 0
    cdef LineFault fault
    for slot in range(lines.line_count * LINE_WORDS):
        bad_line[0] = slot // LINE_WORDS
        word = lines.words[slot]
        if not word & SLOT_MARK:
            continue
        text = exact.texts + at
        if text_at(word) != at or at >= exact.texts_bytes:
            return TEXT_ELSEWHERE
        if not 1 <= text[0] <= LONGEST_CODE or text[0] >= exact.texts_bytes - at:
            return CODE_IMPOSSIBLE
        if not is_printable(text + 1, text[0]):
            return CODE_IMPOSSIBLE
        hashed = code_hash(text + 1, text[0], exact.seed)
        if mark_of(word) != text_mark(at, hashed):
            return TEXT_ELSEWHERE
        fault = check_way(lines, bad_line[0], word, hashed)
        if fault != SOUND:
            return fault
        at += 1 + text[0]
    return SOUND if at == exact.texts_bytes else TEXTS_LEFT_OVER


cdef inline LineFault check_lines(
    const Lines* lines, uint64_t destinations, uint64_t rows
) noexcept nogil:
    cdef uint64_t count = 0
    cdef LineFault fault = check_words(lines, destinations, &count)
    if fault == SOUND:
        fault = check_sides(lines)
    if fault == SOUND and count != rows:
        fault = COUNT_WRONG
    return fault
