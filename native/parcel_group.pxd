"""The fingerprint by which a table knows which of its codes are one parcel."""

from libc.stdint cimport uint8_t, uint32_t

from checksum cimport crc32c_extended


cdef inline uint32_t parcel_group(const uint8_t* name, Py_ssize_t length) noexcept nogil:
    """The CRC-32C of a parcel's name; 1 instead of 0, which means no parcel."""
    cdef uint32_t value = crc32c_extended(0, name, <size_t>length)
    return value if value else 1
