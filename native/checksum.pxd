"""CRC-32C (RFC 3720): finds what disks and networks do to bytes; a forger can make it right."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef extern from "crc32c.h" nogil:
    void crc32c_prepare()
    uint32_t crc32c_extended(uint32_t value, const uint8_t* at, size_t count)


cdef struct Stretch:
    # Some bytes of a content, and the checksum they must have.
    uint64_t offset
    uint64_t size
    uint32_t checksum


cdef inline Py_ssize_t damaged_stretch(
    const uint8_t* content, const Stretch* stretches, Py_ssize_t count
) noexcept nogil:
    """The number of the first stretch whose bytes have another checksum, or -1."""
    cdef const Stretch* one
    cdef Py_ssize_t at
    for at in range(count):
        one = &stretches[at]
        if crc32c_extended(0, content + one.offset, one.size) != one.checksum:
            return at
    return -1
