"""The Python face of CRC-32C."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytearray cimport PyByteArray_AS_STRING
from libc.stdint cimport uint8_t, uint32_t

from checksum cimport Stretch, crc32c_extended, crc32c_prepare, damaged_stretch

crc32c_prepare()

# Below this, giving the GIL away and waiting for it again costs more than the checksum.
cdef enum:
    CHECKSUM_WITH_GIL_BYTES = 64 << 10


def crc32c(content, uint32_t value=0):
    """The CRC-32C (RFC 3720) of a contiguous buffer; `value` is that of the bytes before it.

    The GIL is released for more than 64 KiB. Raises TypeError, BufferError, OverflowError.
    """
    cdef Py_buffer view
    PyObject_GetBuffer(content, &view, PyBUF_SIMPLE)
    try:
        if view.len <= CHECKSUM_WITH_GIL_BYTES:
            return crc32c_extended(value, <const uint8_t*>view.buf, view.len)
        with nogil:
            value = crc32c_extended(value, <const uint8_t*>view.buf, view.len)
        return value
    finally:
        PyBuffer_Release(&view)


def first_damaged(content, stretches):
    """The number of the first of the stretches whose bytes have another checksum, or -1 for none.

    Each is (offset, size, CRC-32C). All of it runs in one go, without the GIL. Raises ValueError
    for a stretch that does not lie in the content, TypeError, BufferError, OverflowError,
    MemoryError.
    """
    cdef Py_buffer view
    cdef Py_ssize_t count = len(stretches)
    cdef bytearray room = bytearray(count * sizeof(Stretch))
    cdef Stretch* listed = <Stretch*>PyByteArray_AS_STRING(room)
    cdef Py_ssize_t at
    PyObject_GetBuffer(content, &view, PyBUF_SIMPLE)
    try:
        for at, (offset, size, checksum) in enumerate(stretches):
            if offset + size > view.len:
                raise ValueError(f"{size} bytes from {offset} on: the content has {view.len}")
            listed[at].offset = offset
            listed[at].size = size
            listed[at].checksum = checksum
        with nogil:
            at = damaged_stretch(<const uint8_t*>view.buf, listed, count)
        return at
    finally:
        PyBuffer_Release(&view)
