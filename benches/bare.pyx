"""What no lookup can be faster than: an empty call, random cache lines, one pass over memory.

Compiled when the benches run (floors.py). The memory is as large as the table it is a floor for,
in huge pages or in 4 KiB pages.
"""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

cdef extern from *:
    """
    #include <stdint.h>
    #include <sys/mman.h>

    static inline uint64_t bare_spot(uint64_t turn, uint64_t lines)
    {
        /* splitmix64: the next line does not depend on what the last one held. */
        uint64_t z = turn * 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return (uint64_t)(((unsigned __int128)(z ^ (z >> 31)) * lines) >> 64);
    }

    /* One word of each of `count` random lines, 16 of them on their way at any time. */
    static uint64_t bare_lines(const uint8_t *base, uint64_t lines, uint64_t first, uint64_t count)
    {
        uint64_t ahead[16], sum = 0, turn;
        for (turn = 0; turn < 16; turn++) {
            ahead[turn] = bare_spot(first + turn, lines);
            __builtin_prefetch(base + 64 * ahead[turn]);
        }
        for (turn = 0; turn < count; turn++) {
            sum += *(const uint64_t *)(base + 64 * ahead[turn & 15]);
            ahead[turn & 15] = bare_spot(first + turn + 16, lines);
            __builtin_prefetch(base + 64 * ahead[turn & 15]);
        }
        return sum;
    }

    static uint64_t bare_sum(const uint8_t *base, uint64_t words)
    {
        const uint64_t *word = (const uint64_t *)base;
        uint64_t sums[4] = {0, 0, 0, 0}, at;
        for (at = 0; at + 4 <= words; at += 4) {
            sums[0] += word[at];
            sums[1] += word[at + 1];
            sums[2] += word[at + 2];
            sums[3] += word[at + 3];
        }
        return sums[0] + sums[1] + sums[2] + sums[3];
    }
    """
    uint64_t bare_lines(const uint8_t*, uint64_t, uint64_t, uint64_t) nogil
    uint64_t bare_sum(const uint8_t*, uint64_t) nogil
    void* mmap(void*, size_t, int, int, int, long) nogil
    int munmap(void*, size_t) nogil
    int madvise(void*, size_t, int) nogil
    int PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MADV_HUGEPAGE, MADV_NOHUGEPAGE
    void* MAP_FAILED

cdef size_t HUGE_PAGE = 2 << 20


def empty_call(bytes code not None):
    """What it costs to call a compiled function with one code and get a small number back."""
    return 1


cdef class Memory:
    """Memory of its own of at least `size` bytes, written to once, in huge or in 4 KiB pages."""

    cdef void* taken
    cdef uint8_t* base
    cdef size_t taken_bytes
    cdef size_t size

    def __init__(self, size_t size, bint huge):
        self.size = (size + HUGE_PAGE - 1) // HUGE_PAGE * HUGE_PAGE
        self.taken_bytes = self.size + HUGE_PAGE
        cdef void* taken = mmap(
            NULL, self.taken_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0
        )
        if taken == MAP_FAILED:
            raise MemoryError(f"no memory for {size} bytes")
        self.taken = taken
        self.base = <uint8_t*>((<size_t>taken + HUGE_PAGE - 1) // HUGE_PAGE * HUGE_PAGE)
        madvise(self.base, self.size, MADV_HUGEPAGE if huge else MADV_NOHUGEPAGE)
        memset(self.base, 1, self.size)

    def __dealloc__(self):
        if self.taken is not NULL:
            munmap(self.taken, self.taken_bytes)

    def __len__(self):
        return self.size

    def touch_lines(self, uint64_t first, uint64_t count):
        """Read a word of each of `count` random lines, from the `first` of the random series on."""
        cdef uint64_t total
        with nogil:
            total = bare_lines(self.base, self.size // 64, first, count)
        return total

    def sum(self):
        """Read all of it once."""
        cdef uint64_t total
        with nogil:
            total = bare_sum(self.base, self.size // 8)
        return total
