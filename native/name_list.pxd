"""Whether a list of destinations is sound: each name is possible, and comes once."""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memchr

from code_hash cimport code_hash
from exact_check cimport is_printable
from name_numbers cimport NameNumbers, add_name, slot_of_name

cdef enum:
    LONGEST_NAME = 64


cdef inline bint is_destination(const uint8_t* name, Py_ssize_t length) noexcept nogil:
    """1 to LONGEST_NAME printable ASCII characters, no blank around them."""
    return (
        1 <= length <= LONGEST_NAME
        and name[0] != 32
        and name[length - 1] != 32
        and is_printable(name, length)
    )


cdef inline bint add_names(
    NameNumbers* numbers, const uint8_t* text, Py_ssize_t size, uint64_t seed
) noexcept nogil:
    """Take in the names in a text of lines; False: one of them can't be, or not a second time.

    There must be room for all of them. Whoever knows the seed can make names that collide.
    """
    cdef const uint8_t* end = text + size
    cdef const uint8_t* past
    cdef uint64_t hashed
    cdef unsigned slot
    while True:
        past = <const uint8_t*>memchr(text, 10, end - text)
        if past is NULL:
            past = end
        if not is_destination(text, past - text):
            return False
        hashed = code_hash(text, past - text, seed)
        slot = slot_of_name(numbers, text, past - text, hashed)
        if numbers.slots[slot] or add_name(numbers, text, past - text, hashed, slot) < 0:
            return False
        if past == end:
            return True
        text = past + 1
