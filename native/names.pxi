"""The Python face of the check of destinations."""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from name_list cimport add_names
from name_numbers cimport MOST_NAMES, NameNumbers, free_names, room_for_names


def are_destinations(names):
    """Whether there are 1 to 2**16 names, each possible as a destination's and there once.

    A possible one has 1 to 64 printable ASCII characters, and no blank around them. False is also
    for what is no text, and when memory is short: what is wrong, if anything, is to be looked for.
    """
    cdef Py_ssize_t size
    cdef const char* text
    cdef NameNumbers numbers
    cdef uint64_t seed
    cdef bint sound = False
    cdef Py_ssize_t count = len(names)
    if not 1 <= count <= MOST_NAMES:
        return False
    try:
        joined = "\n".join(names)
    except TypeError:
        return False
    # A name with a line feed in it must not pass for two.
    if not joined.isascii() or joined.count("\n") != count - 1:
        return False
    text = PyUnicode_AsUTF8AndSize(joined, &size)
    # Python's own hashes can't be foreseen.
    seed = <uint64_t>hash(joined)
    memset(&numbers, 0, sizeof(NameNumbers))
    with nogil:
        if room_for_names(&numbers, <unsigned>count):
            sound = add_names(&numbers, <const uint8_t*>text, size, seed)
        free_names(&numbers)
    return sound
