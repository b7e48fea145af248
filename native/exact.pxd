"""One code, found exactly: as a number, as a packed code or as text, each kind in its own lines.

Every code belongs to exactly one kind, by its characters and by the table's `key_bits`. What a
slot holds is the whole key (with the line it lies in), or leads to it: no unknown code can match.
"""

from libc.stdint cimport uint8_t, uint64_t

from code_hash cimport code_hash, same_code
from key_mix cimport Mix, high_product, mixed, stirred
from key_number cimport NO_NUMBER, ShapeBook, read_number
from key_packed cimport Packed, pack_code, pack_number
from line_table cimport (
    DESTINATION_BITS,
    LINE_WORDS,
    MARK_BITS,
    SLOT_CHOICE,
    SLOT_KEY,
    SLOT_MARK,
    Lines,
    Place,
    alternate_line,
    lot_of,
    mark_of,
)

cdef extern from "lanes.h":
    unsigned slot_in_line(const uint64_t* line, uint64_t mask, uint64_t pattern) noexcept nogil
    unsigned pair_in_line(
        const uint64_t* line, uint64_t mask, uint64_t pattern, uint64_t rest
    ) noexcept nogil

cdef extern from *:
    """
    static const uint8_t NO_TEXT[1] = {0};
    """
    const uint8_t NO_TEXT[1]

cdef enum:
    LONGEST_CODE = 48
    FINGERPRINT_BITS = 10

cdef enum KeyKind:
    NUMBER
    PACKED
    TEXT
    NO_KEY


cdef struct Exact:
    Lines number
    Lines packed
    Lines text
    const uint8_t* texts  # length, characters; length, characters; ...
    uint64_t texts_bytes
    uint64_t row_count
    uint64_t seed
    unsigned key_bits  # numbers below 2**key_bits are kept as numbers; 0: none are
    uint64_t last_number  # 2**key_bits - 1
    unsigned mark_shift
    Mix mix
    const ShapeBook* book


cdef struct Key:
    # Borrowed: valid as long as the caller's object lives. The LANES bytes before text + length
    # are readable.
    const uint8_t* text
    Py_ssize_t length


cdef struct Aim:
    # Where a search begins: the home line, and what the row's first word is but for destination
    # and overflow bit. `spread` leads to the alternate line.
    uint64_t line
    uint64_t pattern
    uint64_t spread
    Packed packed


cdef inline bint is_number(const Exact* exact, uint64_t number) noexcept nogil:
    """Whether this table keeps such a number as one; if not, it is packed. NO_NUMBER is none."""
    return number - 1 < exact.last_number


cdef inline void aim_at_number(const Exact* exact, uint64_t number, Aim* aim) noexcept nogil:
    cdef uint64_t word = mixed(&exact.mix, number)
    aim.line = high_product(word, exact.number.line_count)
    aim.spread = (word * exact.number.line_count) >> exact.mark_shift
    aim.pattern = aim.spread << DESTINATION_BITS


cdef inline void aim_at_hash(uint64_t hashed, uint64_t line_count, Aim* aim) noexcept nogil:
    aim.line = high_product(hashed, line_count)
    aim.spread = hashed


cdef inline uint64_t packed_hash(const Packed* packed, uint64_t seed) noexcept nogil:
    return stirred(stirred(packed.first ^ seed) + packed.second)


cdef inline uint64_t packed_mark(const Packed* packed) noexcept nogil:
    """The part of a packed code that stands in a slot's first word; its last bit is never 0."""
    return (packed.first << 1 | 1) & ((<uint64_t>1 << MARK_BITS) - 1)


cdef inline uint64_t packed_rest(const Packed* packed) noexcept nogil:
    """What stands in the second word: the second half, and what the mark had no room for."""
    return packed.first >> (MARK_BITS - 1) << 53 | packed.second


cdef inline Packed packed_of(uint64_t word, uint64_t rest) noexcept nogil:
    cdef Packed packed
    packed.first = mark_of(word) >> 1 | rest >> 53 << (MARK_BITS - 1)
    packed.second = rest & ((<uint64_t>1 << 53) - 1)
    return packed


cdef inline void aim_at_packed(const Exact* exact, Aim* aim) noexcept nogil:
    aim_at_hash(packed_hash(&aim.packed, exact.seed), exact.packed.line_count, aim)
    aim.pattern = packed_mark(&aim.packed) << DESTINATION_BITS


cdef inline uint64_t fingerprint(uint64_t hashed) noexcept nogil:
    """Bits that neither the line nor the alternate line tells already."""
    return (hashed >> 20) & ((1 << FINGERPRINT_BITS) - 1)


cdef inline uint64_t text_mark(uint64_t at, uint64_t hashed) noexcept nogil:
    return (at + 1) << FINGERPRINT_BITS | fingerprint(hashed)


cdef inline uint64_t text_at(uint64_t word) noexcept nogil:
    return (mark_of(word) >> FINGERPRINT_BITS) - 1


cdef inline const uint8_t* text_in(const Exact* exact, uint64_t word) noexcept nogil:
    """The text that a slot leads to: its length, then its characters, all inside the texts.

    A slot of a file that somebody writes to after its check leads to a text of no length.
    """
    cdef uint64_t at = text_at(word)
    if at < exact.texts_bytes and exact.texts[at] < exact.texts_bytes - at:
        return exact.texts + at
    return NO_TEXT


cdef inline KeyKind aim_at_known(
    const Exact* exact, const Key* key, uint64_t number, Aim* aim
) noexcept nogil:
    """Where to look for a code, and among which kind of rows; `number` is its, or NO_NUMBER."""
    if is_number(exact, number):
        aim_at_number(exact, number, aim)
        # A mark of 0 is an empty slot's.
        return NUMBER if aim.pattern else NO_KEY
    if number != NO_NUMBER:
        pack_number(number, &aim.packed)
    elif not pack_code(key.text + key.length, key.length, &aim.packed):
        if exact.text.line_count == 0 or not 1 <= key.length <= LONGEST_CODE:
            return NO_KEY
        aim_at_hash(
            code_hash(key.text, key.length, exact.seed), exact.text.line_count, aim
        )
        return TEXT
    if exact.packed.line_count == 0:
        return NO_KEY
    aim_at_packed(exact, aim)
    return PACKED


cdef inline KeyKind aim_at_code(const Exact* exact, const Key* key, Aim* aim) noexcept nogil:
    """As aim_at_known, for a code of which nothing is known yet."""
    return aim_at_known(exact, key, read_number(exact.book, key.text + key.length, key.length), aim)


cdef inline unsigned number_slot(
    const Lines* lines, uint64_t line, uint64_t pattern
) noexcept nogil:
    return slot_in_line(lines.words + line * LINE_WORDS, SLOT_KEY, pattern)


cdef inline unsigned packed_slot(
    const Lines* lines, uint64_t line, uint64_t pattern, uint64_t rest
) noexcept nogil:
    return pair_in_line(lines.words + line * LINE_WORDS, SLOT_KEY, pattern, rest)


cdef inline unsigned text_slot(
    const Exact* exact, uint64_t line, uint64_t choice, const Aim* aim, const Key* key
) noexcept nogil:
    cdef const uint64_t* words = exact.text.words + line * LINE_WORDS
    cdef const uint8_t* text
    cdef uint64_t word
    cdef unsigned at
    for at in range(8):
        word = words[at]
        if (
            word & SLOT_MARK
            and word & SLOT_CHOICE == choice
            and (mark_of(word) & ((1 << FINGERPRINT_BITS) - 1)) == fingerprint(aim.spread)
        ):
            text = text_in(exact, word)
            if text[0] == key.length and same_code(text + 1, key.text, key.length):
                return at
    return 8


cdef inline unsigned slot_of_kind(
    const Exact* exact, KeyKind kind, uint64_t line, uint64_t choice, const Aim* aim, const Key* key
) noexcept nogil:
    if kind == NUMBER:
        return number_slot(&exact.number, line, aim.pattern | choice)
    if kind == PACKED:
        return packed_slot(
            &exact.packed, line, aim.pattern | choice, packed_rest(&aim.packed)
        )
    return text_slot(exact, line, choice, aim, key)


cdef inline const Lines* lines_of_kind(const Exact* exact, KeyKind kind) noexcept nogil:
    if kind == NUMBER:
        return &exact.number
    return &exact.packed if kind == PACKED else &exact.text


cdef inline bint find_aimed(
    const Exact* exact, KeyKind kind, const Aim* aim, const Key* key, Place* place
) noexcept nogil:
    """The row that an aim leads to, in its home line or its alternate one."""
    cdef const Lines* lines = lines_of_kind(exact, kind)
    cdef uint64_t line = aim.line
    cdef unsigned slot = slot_of_kind(exact, kind, line, 0, aim, key)
    if slot == lines.slots:
        if not lines.words[line * LINE_WORDS + lot_of(aim.spread, lines.slots)] >> 63:
            return False
        line = alternate_line(line, aim.spread, lines.region_mask)
        slot = slot_of_kind(exact, kind, line, SLOT_CHOICE, aim, key)
        if slot == lines.slots:
            return False
    place.lines = lines
    place.slot = line * lines.slots + slot
    return True


cdef inline bint find_code(const Exact* exact, const Key* key, Place* place) noexcept nogil:
    """The row of exactly this code; False: there is none."""
    cdef Aim aim
    cdef KeyKind kind = aim_at_code(exact, key, &aim)
    return kind != NO_KEY and find_aimed(exact, kind, &aim, key, place)
