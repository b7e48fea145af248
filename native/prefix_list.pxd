"""A sorted list of prefixes as a file carries it, and the full check that it is one.

A head of two u32, the number of entries and flags, then the entries in strictly ascending order of
their keys: length (u8), key (1 to 48 printable ASCII characters), destination (u16), and where the
flags say so what is to be done with it (u8). Little-endian, nothing between the entries, nothing
behind the last.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from exact cimport LONGEST_CODE
from exact_check cimport is_printable
from row_ops cimport BASE_ROW, EXPIRE, is_gone

cdef enum:
    LIST_HEAD_BYTES = 8
    SHORTEST_ENTRY_BYTES = 4
    FLAG_CHANGES = 1  # the entries say what is to be done, in a byte more each

cdef enum ListFault:
    LIST_SOUND
    LIST_HEAD_CUT
    LIST_OF_CHANGES
    LIST_OF_PREFIXES
    LIST_FLAGS_UNKNOWN
    LIST_COUNT_WRONG
    LIST_ENTRY_CUT
    LIST_KEY_LENGTH_WRONG
    LIST_KEY_NOT_PRINTABLE
    LIST_UNORDERED
    LIST_DESTINATION_UNKNOWN
    LIST_OP_WRONG
    LIST_TOO_LONG


cdef struct PrefixList:
    const uint8_t* bytes
    uint64_t size
    const uint32_t* starts  # where each entry begins
    uint32_t count


cdef inline str list_fault_text(ListFault fault):
    return {
        LIST_HEAD_CUT: "it is too short for its head",
        LIST_OF_CHANGES: "it lists changes, not prefixes",
        LIST_OF_PREFIXES: "it lists prefixes, not changes",
        LIST_FLAGS_UNKNOWN: "its flags are none we know",
        LIST_COUNT_WRONG: "it is too short for the number of entries it names",
        LIST_ENTRY_CUT: "the entry runs over its end",
        LIST_KEY_LENGTH_WRONG: "the key's length is not 1 to 48",
        LIST_KEY_NOT_PRINTABLE: "the key has a character that is not printable ASCII",
        LIST_UNORDERED: "the key does not come after the one before it",
        LIST_DESTINATION_UNKNOWN: "the destination number is out of range",
        LIST_OP_WRONG: "the operation is none we know, or removes to a destination",
        LIST_TOO_LONG: "there are bytes after its last entry",
    }[fault]


cdef inline uint32_t read_u32(const uint8_t* at) noexcept nogil:
    cdef uint32_t number
    memcpy(&number, at, 4)
    return number


cdef inline uint32_t entry_length(const PrefixList* entries, uint32_t number) noexcept nogil:
    return entries.bytes[entries.starts[number]]


cdef inline const uint8_t* entry_key(const PrefixList* entries, uint32_t number) noexcept nogil:
    return entries.bytes + entries.starts[number] + 1


cdef inline uint16_t entry_destination(const PrefixList* entries, uint32_t number) noexcept nogil:
    cdef uint16_t destination
    memcpy(&destination, entry_key(entries, number) + entry_length(entries, number), 2)
    return destination


cdef inline uint8_t entry_op(const PrefixList* entries, uint32_t number) noexcept nogil:
    """What an entry of a list of changes does."""
    return entry_key(entries, number)[entry_length(entries, number) + 2]


cdef inline bint comes_after(const uint8_t* entry, const uint8_t* before) noexcept nogil:
    """Whether the key of an entry is above that of the one before; a key is above its prefixes."""
    cdef int order = memcmp(before + 1, entry + 1, min(before[0], entry[0]))
    return order < 0 or (order == 0 and before[0] < entry[0])


cdef inline ListFault check_list_head(
    const uint8_t* bytes, uint64_t size, uint32_t wanted_flags, uint32_t* count
) noexcept nogil:
    """The head alone; `count` is then at most as many entries as the bytes have room for."""
    cdef uint32_t flags
    if size < LIST_HEAD_BYTES:
        return LIST_HEAD_CUT
    count[0] = read_u32(bytes)
    flags = read_u32(bytes + 4)
    if flags > FLAG_CHANGES:
        return LIST_FLAGS_UNKNOWN
    if flags != wanted_flags:
        return LIST_OF_CHANGES if flags == FLAG_CHANGES else LIST_OF_PREFIXES
    if (size - LIST_HEAD_BYTES) // (SHORTEST_ENTRY_BYTES + flags) < count[0]:
        return LIST_COUNT_WRONG
    return LIST_SOUND


cdef inline ListFault check_entry(
    const uint8_t* entry, uint64_t room, uint32_t flags, uint64_t destinations
) noexcept nogil:
    """One entry on its own; `room` is what is left of the list in bytes."""
    cdef uint16_t destination
    cdef uint8_t op
    if room < SHORTEST_ENTRY_BYTES:
        return LIST_ENTRY_CUT
    if not 1 <= entry[0] <= LONGEST_CODE:
        return LIST_KEY_LENGTH_WRONG
    if room < 3 + flags + <uint64_t>entry[0]:
        return LIST_ENTRY_CUT
    if not is_printable(entry + 1, entry[0]):
        return LIST_KEY_NOT_PRINTABLE
    memcpy(&destination, entry + 1 + entry[0], 2)
    if destination >= destinations:
        return LIST_DESTINATION_UNKNOWN
    if flags == FLAG_CHANGES:
        op = entry[3 + entry[0]]
        if op == BASE_ROW or op > EXPIRE or (is_gone(op) and destination):
            return LIST_OP_WRONG
    return LIST_SOUND


cdef inline ListFault check_entries(
    const uint8_t* bytes,
    uint64_t size,
    uint32_t flags,
    uint64_t destinations,
    uint32_t* starts,
    uint32_t count,
    uint32_t* bad,
) noexcept nogil:
    """Every entry; fills `starts`. On a fault `bad` is the number of the entry it was found in."""
    cdef uint64_t at = LIST_HEAD_BYTES
    cdef uint64_t before = 0
    cdef uint32_t number
    cdef ListFault fault
    for number in range(count):
        bad[0] = number
        fault = check_entry(bytes + at, size - at, flags, destinations)
        if fault != LIST_SOUND:
            return fault
        if number and not comes_after(bytes + at, bytes + before):
            return LIST_UNORDERED
        starts[number] = <uint32_t>at
        before = at
        at += 3 + flags + bytes[at]
    return LIST_SOUND if at == size else LIST_TOO_LONG
