"""The fingerprint by which a table knows which of its codes are one parcel."""

from libc.stdint cimport uint8_t, uint32_t


cdef inline uint32_t parcel_group(const uint8_t* name, Py_ssize_t length) noexcept nogil:
    """The CRC-32C of a parcel's name; 1 instead of 0, which means no parcel."""
    cdef uint32_t value = 0xFFFFFFFF
    cdef Py_ssize_t at
    cdef int _bit
    for at in range(length):
        value ^= name[at]
        for _bit in range(8):
            value = (value >> 1) ^ (<uint32_t>0x82F63B78 * (value & 1))
    value = ~value
    return value if value else 1
