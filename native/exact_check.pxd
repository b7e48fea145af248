"""Whether each row of some lines is for a code that there can be, and lies where it is looked for.

A number lies in its line by what it is: each mark in each line is at most one code.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from code_hash cimport code_hash
from exact cimport (
    LONGEST_CODE,
    Exact,
    is_number,
    packed_hash,
    packed_of,
    text_at,
    text_mark,
)
from exact_sums cimport (
    CODE_IMPOSSIBLE,
    EMPTY_SLOT_WRITTEN,
    ROW_ELSEWHERE,
    ROW_NOT_ANNOUNCED,
    SOUND,
    TEXT_ELSEWHERE,
    LineFault,
)
from key_mix cimport high_product
from key_number cimport LANES, MOST_BEFORE, MOST_BEHIND, NO_NUMBER, read_number
from key_packed cimport (
    BASE,
    LONGEST_PACKED,
    Packed,
    is_packed_number,
    packed_number,
    unpack_code,
)
from line_table cimport (
    LINE_WORDS,
    REGION_LINES,
    SLOT_CHOICE,
    SLOT_MARK,
    Lines,
    alternate_line,
    lot_of,
    mark_of,
    slot_word,
)

cdef enum:
    PART_SYMBOLS = 5
    PART = BASE * BASE * BASE * BASE * BASE
    TEN_DIGITS = 10  # their symbols are 1 to 10

cdef extern from *:
    """
    #define NO_TEXTS (~(uint64_t)0)
    """
    const uint64_t NO_TEXTS


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


cdef inline uint64_t collect_alternates(
    const uint64_t* words, uint64_t count, uint32_t* found
) noexcept nogil:
    """Which words are of rows in their alternate line.

    One row in seven is one, at random: whoever branched on it would guess wrong again and again.
    """
    cdef uint64_t alternates = 0
    cdef uint64_t at
    for at in range(count):
        found[alternates] = <uint32_t>at
        alternates += (words[at] >> 62) & 1
    return alternates


cdef inline LineFault check_numbers(
    const Lines* lines, uint64_t first, uint64_t last, uint64_t* bad_line
) noexcept nogil:
    """Whether what lies in an alternate line of a region is announced in its home line."""
    cdef uint32_t found[REGION_LINES * LINE_WORDS]
    cdef const uint64_t* words = lines.words + first * LINE_WORDS
    cdef uint64_t count = collect_alternates(words, (last - first) * LINE_WORDS, found)
    cdef uint64_t at, home, spread
    for at in range(count):
        spread = mark_of(words[found[at]])
        bad_line[0] = first + found[at] // LINE_WORDS
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


cdef inline bint is_no_number(const Packed* packed) noexcept nogil:
    """Whether these are the words of a possible code that has more letters than any number.

    What most packed codes are is found out twenty symbols at a time, in four parts that do not wait
    for one another. False says nothing.
    """
    cdef uint32_t parts[4]
    cdef uint32_t used = 0
    cdef uint32_t letters = 0
    cdef uint32_t symbol
    cdef unsigned step, part
    if packed.first // PART >= PART or packed.second // PART >= PART:
        return False
    parts[0] = <uint32_t>(packed.first // PART)
    parts[1] = <uint32_t>(packed.first % PART)
    parts[2] = <uint32_t>(packed.second // PART)
    parts[3] = <uint32_t>(packed.second % PART)
    for step in range(PART_SYMBOLS):
        for part in range(4):
            symbol = parts[part] % BASE
            parts[part] //= BASE
            used |= <uint32_t>(symbol != 0) << (part * PART_SYMBOLS + PART_SYMBOLS - 1 - step)
            letters += symbol > TEN_DIGITS
            # A dash is in no number.
            letters += (symbol == BASE - 1) << 3
    return used & 1 and not used & (used + 1) and letters > MOST_BEFORE + MOST_BEHIND


cdef inline bint is_kept_packed(const Exact* exact, const Packed* packed) noexcept nogil:
    """Whether these are the words under which this table would be asked for a code."""
    cdef uint8_t room[LANES + LONGEST_PACKED]
    cdef Py_ssize_t length
    if is_packed_number(packed):
        return unpack_code(exact.book, packed, &room[LANES]) and not is_number(
            exact, packed_number(packed)
        )
    if is_no_number(packed):
        return True
    length = unpack_code(exact.book, packed, &room[LANES])
    memset(room, 0, LANES)
    return length and read_number(exact.book, &room[LANES] + length, length) == NO_NUMBER


cdef inline LineFault check_packed(
    const Exact* exact, uint64_t first, uint64_t last, uint64_t* bad_line
) noexcept nogil:
    cdef const Lines* lines = &exact.packed
    cdef Packed packed
    cdef uint64_t slot, word, rest
    cdef LineFault fault
    for slot in range(first * 4, last * 4):
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


cdef inline LineFault check_text(
    const Exact* exact, uint64_t at, uint64_t line, uint64_t word
) noexcept nogil:
    """Whether the text at this place of the texts is a code, and this row its row."""
    cdef const uint8_t* text = exact.texts + at
    cdef uint8_t length
    cdef uint64_t hashed
    if text_at(word) != at or at >= exact.texts_bytes:
        return TEXT_ELSEWHERE
    length = text[0]
    if not 1 <= length <= LONGEST_CODE or length >= exact.texts_bytes - at:
        return CODE_IMPOSSIBLE
    if not is_printable(text + 1, length):
        return CODE_IMPOSSIBLE
    hashed = code_hash(text + 1, length, exact.seed)
    if mark_of(word) != text_mark(at, hashed):
        return TEXT_ELSEWHERE
    return check_way(&exact.text, line, word, hashed)


cdef inline LineFault check_texts(
    const Exact* exact, uint64_t first, uint64_t last, uint64_t[2] texts, uint64_t* bad_line
) noexcept nogil:
    """`texts` is where the texts of the lines before begin and end, or NO_TEXTS twice."""
    cdef uint64_t slot, word
    cdef LineFault fault
    for slot in range(first * LINE_WORDS, last * LINE_WORDS):
        bad_line[0] = slot // LINE_WORDS
        word = exact.text.words[slot]
        if not word & SLOT_MARK:
            continue
        if texts[0] == NO_TEXTS:
            texts[0] = texts[1] = text_at(word)
        fault = check_text(exact, texts[1], bad_line[0], word)
        if fault != SOUND:
            return fault
        texts[1] += 1 + exact.texts[texts[1]]
    return SOUND
