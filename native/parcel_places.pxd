"""Which destination each parcel was given first: codes of one parcel belong to one destination.

A parcel is known here by 64 bits of a seeded hash of its name, so that none is taken for another.
Nothing is allocated until a row names a parcel. Of very many parcels only the first ones are held
against each other, and the rows of the others are counted.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from code_hash cimport code_hash

cdef enum:
    FIRST_PLACES_ROOM = 1024
    NO_ROOM_FOR_PARCEL = -1


cdef struct ParcelPlace:
    uint64_t mark  # 0: free
    uint32_t row
    uint16_t destination


cdef struct ParcelPlaces:
    ParcelPlace* places  # their number is a power of two
    ParcelPlace* last  # the one asked for last: rows of a parcel mostly follow one another
    uint64_t room
    uint64_t count
    uint64_t most
    uint64_t rows_unheld  # of parcels that came after so many
    uint64_t seed


cdef inline void free_places(ParcelPlaces* known) noexcept nogil:
    free(known.places)
    memset(known, 0, sizeof(ParcelPlaces))


cdef inline ParcelPlace* place_of(
    ParcelPlace* places, uint64_t room, uint64_t mark
) noexcept nogil:
    """Where the parcel is, or where it would go; some place is always free."""
    cdef uint64_t at = mark & (room - 1)
    while places[at].mark and places[at].mark != mark:
        at = (at + 1) & (room - 1)
    return &places[at]


cdef inline bint grow_places(ParcelPlaces* known) noexcept nogil:
    cdef uint64_t room = 2 * known.room if known.room else FIRST_PLACES_ROOM
    cdef ParcelPlace* places = <ParcelPlace*>calloc(room, sizeof(ParcelPlace))
    cdef uint64_t at
    if places is NULL:
        return False
    for at in range(known.room):
        if known.places[at].mark:
            place_of(places, room, known.places[at].mark)[0] = known.places[at]
    free(known.places)
    known.places = places
    known.last = places
    known.room = room
    return True


cdef inline int first_other_row(
    ParcelPlaces* known,
    const uint8_t* name,
    Py_ssize_t length,
    uint16_t destination,
    uint32_t row,
    uint32_t* other,
) noexcept nogil:
    """Set `other` to the row that named this parcel first, if for another destination; else to 0.

    The name has 1 character or more, rows count from 1. 0, or NO_ROOM_FOR_PARCEL.
    """
    cdef uint64_t mark = code_hash(name, length, known.seed)
    cdef ParcelPlace* place
    mark += mark == 0
    other[0] = 0
    if 5 * (known.count + 1) > 4 * known.room and not grow_places(known):
        return NO_ROOM_FOR_PARCEL
    place = known.last
    if place.mark != mark:
        place = place_of(known.places, known.room, mark)
        known.last = place
    if place.mark == 0 and known.count == known.most:
        known.rows_unheld += 1
    elif place.mark == 0:
        place.mark = mark
        place.row = row
        place.destination = destination
        known.count += 1
    elif place.destination != destination:
        other[0] = place.row
    return 0
