"""Which codes an overlay may say something of: a small bitmap that is asked before the overlay.

Nearly all codes that are looked up have not changed. Three bits of one word tell most of them, at
the cost of a hash; what the bitmap lets pass is searched for in full, so that answers don't depend
on it.
"""

from libc.stdint cimport uint8_t, uint64_t

from code_hash cimport code_hash
from code_input cimport CodeBatch, key_at
from exact cimport LONGEST_CODE, Exact, Key
from exact_export cimport place_at, write_code
from key_mix cimport high_product
from line_table cimport SLOT_MARK, Place, slot_word

cdef extern from *:
    void __builtin_prefetch(const void* address) noexcept nogil

cdef enum:
    ROWS_A_WORD = 4  # so that about one in a hundred other codes passes
    CODES_IN_FLIGHT = 64


cdef struct ChangeFilter:
    const uint64_t* words
    uint64_t count  # 0: there is no overlay
    uint64_t seed


cdef inline uint64_t filter_words(const Exact* changes) noexcept nogil:
    """How many words the filter of an overlay has; none when it has no rows."""
    if changes.row_count == 0:
        return 0
    return changes.row_count // ROWS_A_WORD + 1


cdef inline uint64_t bits_of(uint64_t hashed) noexcept nogil:
    cdef uint64_t one = 1
    return one << (hashed & 63) | one << (hashed >> 6 & 63) | one << (hashed >> 12 & 63)


cdef inline void fill_filter(const Exact* changes, uint64_t* words, uint64_t count) noexcept nogil:
    """Set the bits of all rows in words that are zero."""
    cdef uint8_t code[LONGEST_CODE]
    cdef uint64_t slot = 0
    cdef uint64_t hashed
    cdef Py_ssize_t length
    cdef Place place
    while place_at(changes, slot, &place):
        slot += 1
        if not slot_word(place.lines, place.slot) & SLOT_MARK:
            continue
        length = write_code(changes, &place, code)
        if length:
            hashed = code_hash(code, length, changes.seed)
            words[high_product(hashed, count)] |= bits_of(hashed)


cdef inline bint may_have_changed(const ChangeFilter* changed, const Key* key) noexcept nogil:
    cdef uint64_t hashed, bits
    if not 1 <= key.length <= LONGEST_CODE:
        return False
    hashed = code_hash(key.text, key.length, changed.seed)
    bits = bits_of(hashed)
    return changed.words[high_product(hashed, changed.count)] & bits == bits


cdef inline Py_ssize_t likely_changed(
    const ChangeFilter* changed,
    CodeBatch* batch,
    Py_ssize_t first,
    Py_ssize_t* likely,
) noexcept nogil:
    """Of the next CODES_IN_FLIGHT codes those that may have changed, by number; how many."""
    cdef const uint64_t* words[CODES_IN_FLIGHT]
    cdef uint64_t bits[CODES_IN_FLIGHT]
    cdef Py_ssize_t count = min(<Py_ssize_t>CODES_IN_FLIGHT, batch.count - first)
    cdef Py_ssize_t found = 0
    cdef Py_ssize_t at
    cdef uint64_t hashed
    cdef Key key
    for at in range(count):
        key = key_at(batch, first + at)
        words[at] = changed.words
        bits[at] = 0
        if 1 <= key.length <= LONGEST_CODE:
            hashed = code_hash(key.text, key.length, changed.seed)
            bits[at] = bits_of(hashed)
            words[at] += high_product(hashed, changed.count)
            __builtin_prefetch(words[at])
    for at in range(count):
        likely[found] = first + at
        found += bits[at] != 0 and words[at][0] & bits[at] == bits[at]
    return found
