"""Changes that lie over a table: asked first, and for most codes with one look that says no.

Few codes of a batch are ever among the changes. A filter of a few bits a row, which stays in the
processor's cache, tells most of the others apart; what it lets through is searched for.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from code_hash cimport code_hash
from code_input cimport CodeBatch, key_at
from exact cimport (
    LONGEST_CODE,
    NO_KEY,
    Aim,
    Exact,
    Key,
    KeyKind,
    aim_at_code,
    find_aimed,
    find_code,
    lines_of_kind,
)
from exact_export cimport place_at, write_code
from line_table cimport LINE_WORDS, SLOT_MARK, Place, place_destination, place_op, slot_word
from row_batch cimport row_of
from row_ops cimport is_gone

cdef extern from *:
    void __builtin_prefetch(const void* address) noexcept nogil

cdef enum:
    # With two bits a row set in one word, one code in fifty passes that is no row.
    FILTER_BITS_A_ROW = 16
    CHANGES_AT_ONCE = 64


ctypedef fused Answer:
    int32_t  # a destination
    int64_t  # a row


cdef struct Overlay:
    Exact exact
    const uint64_t* filter  # NULL: nothing lies over the table
    uint64_t filter_mask  # its number of words, a power of two, less one


cdef struct Changed:
    # The codes of a stretch of a batch that are among the changes, and their rows.
    Py_ssize_t at[CHANGES_AT_ONCE]
    Place places[CHANGES_AT_ONCE]
    Py_ssize_t count


cdef inline uint64_t filter_words(uint64_t row_count) noexcept nogil:
    cdef uint64_t words = 1
    while words * 64 < row_count * FILTER_BITS_A_ROW:
        words *= 2
    return words


cdef inline uint64_t filter_bits(uint64_t hashed) noexcept nogil:
    """The bits of its word that a code's row sets."""
    return <uint64_t>1 << (hashed >> 58) | <uint64_t>1 << ((hashed >> 52) & 63)


cdef inline void fill_filter(const Exact* exact, uint64_t* filter, uint64_t mask) noexcept nogil:
    """Set the bits of every row in a filter of zeros."""
    cdef uint8_t code[LONGEST_CODE]
    cdef uint64_t slot = 0
    cdef uint64_t hashed
    cdef Py_ssize_t length
    cdef Place place
    while place_at(exact, slot, &place):
        slot += 1
        if not slot_word(place.lines, place.slot) & SLOT_MARK:
            continue
        length = write_code(exact, &place, code)
        if length:
            hashed = code_hash(code, length, exact.seed)
            filter[hashed & mask] |= filter_bits(hashed)


cdef inline bint find_change(const Overlay* overlay, const Key* key, Place* place) noexcept nogil:
    """The row of exactly this code among the changes; False: there is none."""
    cdef uint64_t hashed, bits
    if not 1 <= key.length <= LONGEST_CODE:
        return False
    hashed = code_hash(key.text, key.length, overlay.exact.seed)
    bits = filter_bits(hashed)
    if overlay.filter[hashed & overlay.filter_mask] & bits != bits:
        return False
    return find_code(&overlay.exact, key, place)


cdef inline Py_ssize_t let_through(
    const Overlay* overlay, CodeBatch* batch, Py_ssize_t first, Py_ssize_t count, Key* keys,
    Py_ssize_t* passed
) noexcept nogil:
    """The codes from `first` on, and which of them the filter lets through; returns how many."""
    cdef uint64_t hashes[CHANGES_AT_ONCE]
    cdef uint64_t bits
    cdef Py_ssize_t found = 0
    cdef Py_ssize_t at
    for at in range(count):
        keys[at] = key_at(batch, first + at)
        hashes[at] = 0
        if 1 <= keys[at].length <= LONGEST_CODE:
            hashes[at] = code_hash(keys[at].text, keys[at].length, overlay.exact.seed)
        __builtin_prefetch(&overlay.filter[hashes[at] & overlay.filter_mask])
    for at in range(count):
        bits = filter_bits(hashes[at])
        passed[found] = at
        found += overlay.filter[hashes[at] & overlay.filter_mask] & bits == bits
    return found


cdef inline void find_changed(
    const Overlay* overlay, CodeBatch* batch, Py_ssize_t first, Py_ssize_t count, Changed* changed
) noexcept nogil:
    cdef Key keys[CHANGES_AT_ONCE]
    cdef Py_ssize_t passed[CHANGES_AT_ONCE]
    cdef KeyKind kinds[CHANGES_AT_ONCE]
    cdef Aim aims[CHANGES_AT_ONCE]
    cdef Py_ssize_t found = let_through(overlay, batch, first, count, keys, passed)
    cdef Py_ssize_t number
    for number in range(found):
        kinds[number] = aim_at_code(&overlay.exact, &keys[passed[number]], &aims[number])
        if kinds[number] != NO_KEY:
            __builtin_prefetch(
                lines_of_kind(&overlay.exact, kinds[number]).words
                + aims[number].line * LINE_WORDS
            )
    changed.count = 0
    for number in range(found):
        if kinds[number] != NO_KEY and find_aimed(
            &overlay.exact,
            kinds[number],
            &aims[number],
            &keys[passed[number]],
            &changed.places[changed.count],
        ):
            changed.at[changed.count] = first + passed[number]
            changed.count += 1


cdef inline void overlay_batch(
    const Overlay* overlay, CodeBatch* batch, Answer* out
) noexcept nogil:
    """Put right the answers for codes that are among the changes: destinations, or rows."""
    cdef Py_ssize_t first = 0
    cdef Py_ssize_t number
    cdef const Place* place
    cdef Answer answer
    cdef Changed changed
    while first < batch.count:
        find_changed(
            overlay, batch, first, min(<Py_ssize_t>CHANGES_AT_ONCE, batch.count - first), &changed
        )
        for number in range(changed.count):
            place = &changed.places[number]
            if Answer is int32_t:
                answer = place_destination(place)
            else:
                answer = row_of(place)
            out[changed.at[number]] = -1 if is_gone(place_op(place)) else answer
        first += CHANGES_AT_ONCE
