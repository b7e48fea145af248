"""CRC-32C (RFC 3720): finds what disks and networks do to bytes; a forger can make it right."""

from libc.stdint cimport uint8_t, uint32_t


cdef extern from "crc32c.h" nogil:
    void crc32c_prepare()
    uint32_t crc32c_extended(uint32_t value, const uint8_t* at, size_t count)
