"""The Python face of CRC-32C."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint32_t

from checksum cimport crc32c_extended, crc32c_prepare

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
