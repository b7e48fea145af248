"""Numbers of destinations by their names, as the rows of a source ask for them.

The names are those of the table's head, in its order. Without a head that can be trusted they are
numbered as they come; the last number is then for all that are too many.
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy, memset

from code_hash cimport code_hash

cdef enum:
    MOST_NAMES = 1 << 16
    UNKNOWN_NAME = -1
    NO_ROOM_FOR_NAME = -2


cdef struct Name:
    uint64_t text_at
    uint64_t hash
    uint32_t length


cdef struct NameNumbers:
    uint8_t* text
    uint64_t text_bytes
    uint64_t text_room
    Name* names
    uint32_t count
    uint32_t* slots  # number + 1, or 0; their number is a power of two
    uint32_t slots_room
    bint as_they_come


cdef inline void free_names(NameNumbers* numbers) noexcept nogil:
    free(numbers.text)
    free(numbers.names)
    free(numbers.slots)
    memset(numbers, 0, sizeof(NameNumbers))


cdef inline bint room_for_names(NameNumbers* numbers, uint32_t most) noexcept nogil:
    """Make an empty set for `most` names, at most MOST_NAMES. False: no memory."""
    cdef uint32_t slots_room = 1024
    while slots_room < 4 * most:
        slots_room *= 2
    numbers.slots_room = slots_room
    numbers.slots = <uint32_t*>calloc(slots_room, sizeof(uint32_t))
    numbers.names = <Name*>calloc(most + 1, sizeof(Name))
    return numbers.slots is not NULL and numbers.names is not NULL


cdef inline uint64_t name_hash(const uint8_t* name, Py_ssize_t length) noexcept nogil:
    return code_hash(name, length, 0) if length else 0


cdef inline uint32_t slot_of_name(
    const NameNumbers* numbers, const uint8_t* name, Py_ssize_t length, uint64_t hash
) noexcept nogil:
    """Where the name is, or where it would go."""
    cdef uint32_t at = <uint32_t>hash & (numbers.slots_room - 1)
    cdef const Name* there
    while numbers.slots[at]:
        there = &numbers.names[numbers.slots[at] - 1]
        if (
            there.hash == hash
            and <Py_ssize_t>there.length == length
            and memcmp(numbers.text + there.text_at, name, length) == 0
        ):
            break
        at = (at + 1) & (numbers.slots_room - 1)
    return at


cdef inline int32_t add_name(
    NameNumbers* numbers, const uint8_t* name, Py_ssize_t length, uint64_t hash, uint32_t slot
) noexcept nogil:
    """The number of a new name, whose slot was just found, or NO_ROOM_FOR_NAME."""
    cdef uint64_t wanted = numbers.text_bytes + <uint64_t>length
    cdef void* moved
    cdef Name* added
    if wanted > numbers.text_room or numbers.text is NULL:
        moved = realloc(numbers.text, 2 * wanted + 4096)
        if moved is NULL:
            return NO_ROOM_FOR_NAME
        numbers.text = <uint8_t*>moved
        numbers.text_room = 2 * wanted + 4096
    memcpy(numbers.text + numbers.text_bytes, name, length)
    added = &numbers.names[numbers.count]
    added.text_at = numbers.text_bytes
    added.hash = hash
    added.length = <uint32_t>length
    numbers.text_bytes = wanted
    numbers.count += 1
    numbers.slots[slot] = numbers.count
    return <int32_t>numbers.count - 1


cdef inline int32_t number_of_name(
    NameNumbers* numbers, const uint8_t* name, Py_ssize_t length
) noexcept nogil:
    """A destination's number, UNKNOWN_NAME or NO_ROOM_FOR_NAME."""
    cdef uint64_t hash = name_hash(name, length)
    cdef uint32_t slot = slot_of_name(numbers, name, length, hash)
    if numbers.slots[slot]:
        return <int32_t>numbers.slots[slot] - 1
    if not numbers.as_they_come:
        return UNKNOWN_NAME
    if numbers.count == MOST_NAMES:
        return MOST_NAMES - 1
    return add_name(numbers, name, length, hash, slot)
