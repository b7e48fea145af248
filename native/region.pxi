"""The Python face of regions: the bytes of a file as a read-only buffer."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.errno cimport errno
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport strerror

from region cimport ENOMEM, Extent, file_size, fill, give_back, map_file, reserve


cdef int refuse(int fault) except -1:
    if fault == ENOMEM:
        raise MemoryError("no memory to hold the file")
    raise OSError(fault, strerror(fault).decode())


cdef class Region:
    """The bytes of a file as a read-only buffer; made by `mapped` or `copied`.

    The memory is given back, without the GIL, when the region and every view of it are gone; there
    is no way to give it back earlier, so no view can point to nothing.
    """

    cdef Extent extent

    def __init__(self):
        raise TypeError("a Region is made by Region.mapped or Region.copied")

    def __dealloc__(self):
        with nogil:
            give_back(&self.extent)

    def __len__(self):
        return self.extent.size

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, self.extent.start, self.extent.size, True, flags)

    @staticmethod
    def mapped(int descriptor, size_t size):
        """The first `size` bytes of an open file itself, shared with every process that maps it.

        All pages are in place when it returns. What is written into the file shows, and cutting it
        short ends the process that reads on: it must never be changed, only replaced. Raises
        ValueError naming the bytes found and expected when the file is shorter, OSError,
        MemoryError.
        """
        cdef Region region = new_region(size)
        cdef int fault
        cdef int64_t found = file_size(descriptor)
        if found < 0:
            refuse(errno)
        if <size_t>found < size:
            refuse_short(found, size)
        with nogil:
            fault = map_file(&region.extent, descriptor, size)
        if fault:
            refuse(fault)
        return region

    @staticmethod
    def copied(int descriptor, size_t size):
        """A copy of the first `size` bytes of an open file, on huge pages from 2 MiB on.

        What happens to the file afterwards does not show. Raises as `mapped`.
        """
        cdef Region region = new_region(size)
        cdef int fault
        cdef size_t found = 0
        with nogil:
            fault = reserve(&region.extent, size)
            if not fault:
                fault = fill(&region.extent, descriptor, &found)
        if fault:
            refuse(fault)
        if found < size:
            refuse_short(found, size)
        return region


cdef Region new_region(size_t size):
    if size == 0:
        raise ValueError("found a size of 0 bytes; a region holds at least one")
    return Region.__new__(Region)


cdef int refuse_short(uint64_t found, size_t size) except -1:
    raise ValueError(f"found {found} bytes, expected {size}: the file was cut short")
