"""The memory of a tree of prefixes: one piece that grows while the tree is built.

A big tree lies on huge pages where the system gives them: a search touches a few places far apart,
and each would cost an entry of the page table too.
"""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy, memset

from prefix_tree cimport LINE_BYTES

cdef extern from "<sys/mman.h>" nogil:
    void* mmap(void* address, size_t size, int protection, int flags, int descriptor, long offset)
    int munmap(void* address, size_t size)
    int madvise(void* address, size_t size, int advice)
    void* MAP_FAILED
    int PROT_READ
    int PROT_WRITE
    int MAP_PRIVATE
    int MAP_ANONYMOUS
    int MADV_HUGEPAGE

cdef enum:
    HUGE_PAGE = 1 << 21
    PAGE = 1 << 12


cdef struct NodeMemory:
    # `bytes` begins at a multiple of HUGE_PAGE inside what is mapped.
    void* mapped
    uint64_t mapped_bytes
    uint8_t* bytes
    uint64_t size
    uint64_t used
    # What is left of the line that small nodes are put in, so that none lies across two lines.
    uint64_t line
    uint64_t line_end


cdef inline void release_memory(NodeMemory* memory) noexcept nogil:
    if memory.mapped is not NULL:
        munmap(memory.mapped, memory.mapped_bytes)
    memset(memory, 0, sizeof(NodeMemory))


cdef inline bint reserve(NodeMemory* memory, uint64_t size) noexcept nogil:
    """Make room for `size` bytes in all; what is never written to costs nothing."""
    cdef NodeMemory wider = memory[0]
    if size <= memory.size:
        return True
    wider.size = (size + HUGE_PAGE - 1) & ~<uint64_t>(HUGE_PAGE - 1)
    wider.mapped_bytes = wider.size + HUGE_PAGE
    wider.mapped = mmap(
        NULL, wider.mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0
    )
    if wider.mapped == MAP_FAILED:
        return False
    wider.bytes = <uint8_t*>((<size_t>wider.mapped + HUGE_PAGE - 1) & ~<size_t>(HUGE_PAGE - 1))
    if size >= HUGE_PAGE:
        # Advice: where it is not taken, everything works on small pages.
        madvise(wider.bytes, wider.size, MADV_HUGEPAGE)
    if memory.used:
        memcpy(wider.bytes, memory.bytes, memory.used)
    if memory.mapped is not NULL:
        munmap(memory.mapped, memory.mapped_bytes)
    memory[0] = wider
    return True


cdef inline uint64_t take(NodeMemory* memory, uint64_t size) noexcept nogil:
    """The place of `size` bytes, a multiple of eight; 0 when there is no memory."""
    cdef uint64_t place
    if size <= memory.line_end - memory.line:
        place = memory.line
        memory.line += size
        return place
    place = max(memory.used, <uint64_t>LINE_BYTES)
    if place + size + LINE_BYTES > memory.size and not reserve(
        memory, 2 * memory.size + size + LINE_BYTES
    ):
        return 0
    memory.used = (place + size + LINE_BYTES - 1) & ~<uint64_t>(LINE_BYTES - 1)
    memory.line = place + size
    memory.line_end = memory.used
    return place


cdef inline void trim(NodeMemory* memory) noexcept nogil:
    """Give back the pages behind what is used."""
    cdef uint64_t kept = (memory.used + PAGE - 1) & ~<uint64_t>(PAGE - 1)
    cdef uint8_t* end = <uint8_t*>memory.mapped + memory.mapped_bytes
    if memory.bytes is NULL or memory.bytes + kept >= end:
        return
    munmap(memory.bytes + kept, end - (memory.bytes + kept))
    memory.mapped_bytes -= end - (memory.bytes + kept)
    memory.size = kept
