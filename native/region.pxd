"""Memory that holds the bytes of a file, read-only: the file itself, mapped, or a copy of it.

Functions give 0 or an errno, or what they say; they run without the GIL, because reading a file
and giving back memory take milliseconds.
"""

from libc.errno cimport EFAULT, EINTR, EINVAL, ENOMEM, errno
from libc.stdint cimport int64_t, uint8_t, uintptr_t
from libc.string cimport memset
from posix.mman cimport (
    MADV_WILLNEED,
    MAP_ANONYMOUS,
    MAP_FAILED,
    MAP_PRIVATE,
    MAP_SHARED,
    PROT_READ,
    PROT_WRITE,
    madvise,
    mmap,
    mprotect,
    munmap,
)
from posix.stat cimport fstat, struct_stat
from posix.types cimport off_t


cdef extern from *:
    """
    #include <sys/mman.h>
    #ifndef MADV_POPULATE_READ
    #define MADV_POPULATE_READ 22  /* Linux 5.14; older headers do not name it */
    #endif
    """
    int MADV_HUGEPAGE
    int MADV_POPULATE_READ


cdef extern from "beside.h" nogil:
    void run_both(void (*work)(void*) noexcept nogil, void* one, void* other) noexcept

cdef extern from "<unistd.h>" nogil:
    ssize_t pread(int descriptor, void* out, size_t count, off_t offset)


cdef enum:
    HUGE_PAGE_BYTES = 2 << 20
    # Linux reads at most 2 GiB less a page at once; less than that lets signals through.
    READ_BYTES = 64 << 20


cdef struct Extent:
    # `size` bytes from `start` on are the file's; `held` bytes are to be given back.
    uint8_t* start
    size_t size
    size_t held


cdef inline int64_t file_size(int descriptor) noexcept nogil:
    """The bytes of an open file, or -1 with errno set."""
    cdef struct_stat status
    return status.st_size if fstat(descriptor, &status) == 0 else -1


cdef inline int map_file(Extent* extent, int descriptor, size_t size) noexcept nogil:
    """Map a file of at least `size` >= 1 bytes, with all its pages in place."""
    cdef void* start = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, 0)
    if start == MAP_FAILED:
        return errno
    extent.start = <uint8_t*>start
    extent.size = extent.held = size
    # A page that can't be read is an error here, and would end the process later on.
    if madvise(start, size, MADV_POPULATE_READ) == 0:
        return 0
    if errno != EINVAL:
        return errno
    madvise(start, size, MADV_WILLNEED)
    return 0


cdef inline int reserve(Extent* extent, size_t size) noexcept nogil:
    """Anonymous memory for `size` >= 1 bytes, on huge pages when it fills one."""
    cdef size_t spare = HUGE_PAGE_BYTES if size >= HUGE_PAGE_BYTES else 0
    cdef size_t before = 0
    cdef void* start
    cdef size_t held = size + (-size & (HUGE_PAGE_BYTES - 1)) if spare else size
    if held < size or held + spare < held:
        return ENOMEM
    start = mmap(NULL, held + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if start == MAP_FAILED:
        return errno
    if spare:
        before = -<uintptr_t>start & (HUGE_PAGE_BYTES - 1)
        if before:
            munmap(start, before)
        if before < spare:
            munmap(<uint8_t*>start + before + held, spare - before)
        # Where there are no huge pages to be had, small ones do.
        madvise(<uint8_t*>start + before, held, MADV_HUGEPAGE)
    extent.start = <uint8_t*>start + before
    extent.size = size
    extent.held = held
    return 0


cdef struct Reading:
    # A stretch of a file that is read into memory; what came of it.
    uint8_t* start
    size_t size
    off_t offset
    int descriptor
    size_t found
    int fault


cdef inline void read_stretch(void* wanted) noexcept nogil:
    cdef Reading* reading = <Reading*>wanted
    cdef ssize_t count
    while reading.found < reading.size:
        count = pread(
            reading.descriptor,
            reading.start + reading.found,
            min(<size_t>READ_BYTES, reading.size - reading.found),
            reading.offset + <off_t>reading.found,
        )
        if count == 0:
            return
        if count > 0:
            reading.found += count
        elif errno != EINTR:
            reading.fault = errno
            return


cdef inline int fill(Extent* extent, int descriptor, size_t* found) noexcept nogil:
    """Read the file into the memory reserved for it, and lock that against writing.

    `found` becomes the number of bytes read, fewer than reserved when the file is shorter.
    """
    cdef size_t half = extent.size // 2 & ~<size_t>(HUGE_PAGE_BYTES - 1)
    cdef Reading parts[2]
    memset(parts, 0, sizeof(parts))
    parts[0].start = extent.start
    parts[0].size = half
    parts[1].start = extent.start + half
    parts[1].size = extent.size - half
    parts[1].offset = <off_t>half
    parts[0].descriptor = parts[1].descriptor = descriptor
    if half:
        # To clear the pages takes as long as to fill them.
        run_both(read_stretch, &parts[0], &parts[1])
    else:
        read_stretch(&parts[1])
    if parts[0].fault or parts[1].fault:
        return parts[0].fault or parts[1].fault
    found[0] = parts[0].found
    if parts[0].found == half:
        found[0] += parts[1].found
    return 0 if mprotect(extent.start, extent.held, PROT_READ) == 0 else errno


cdef inline void give_back(Extent* extent) noexcept nogil:
    """Unmap what is held, which may be nothing."""
    if extent.held:
        munmap(extent.start, extent.held)
        extent.held = 0
