"""The seeded mixing that spreads keys over lines.

A number is mixed by a bijection on its 61 or 64 bits, so that line and mark together still are the
number. Whoever makes up codes cannot aim at a line without the table's seed, which comes from all
codes of the table together. A compiled table fixes these functions.
"""

from libc.stdint cimport uint64_t

from line_table cimport MARK_BITS

cdef extern from "lanes.h":
    uint64_t high_product(uint64_t a, uint64_t b) noexcept nogil
    unsigned top_bit(uint64_t number) noexcept nogil

cdef extern from *:
    ctypedef unsigned long long uint128 "unsigned __int128"


cdef struct Mix:
    uint64_t first  # odd multipliers
    uint64_t second
    uint64_t kept  # the bits that a mixed number can have: it stands at the top of its word
    unsigned shift  # 64 - key_bits


cdef inline uint64_t stirred(uint64_t word) noexcept nogil:
    """64 well mixed bits of a word (the finaliser of splitmix64)."""
    word = (word ^ (word >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    word = (word ^ (word >> 27)) * <uint64_t>0x94D049BB133111EB
    return word ^ (word >> 31)


cdef inline void write_mix(Mix* mix, uint64_t seed, unsigned key_bits) noexcept nogil:
    mix.first = stirred(seed + 1) | 1
    mix.second = stirred(seed + 2) | 1
    mix.shift = 64 - key_bits
    mix.kept = ~<uint64_t>0 << mix.shift


cdef inline uint64_t mixed(const Mix* mix, uint64_t number) noexcept nogil:
    """A number below 2**key_bits, mixed, in the upper key_bits of the word."""
    number = (number << mix.shift) * mix.first
    number ^= (number >> 32) & mix.kept
    number *= mix.second
    # The low bits tell the alternate line: without this they'd be those of codes made alike there.
    return number ^ ((number >> 32) & mix.kept)


cdef inline uint64_t inverse_of(uint64_t odd) noexcept nogil:
    """The factor that undoes an odd one, modulo 2**64: Newton's steps double the true bits."""
    cdef uint64_t inverse = odd
    cdef int _step
    for _step in range(5):
        inverse *= 2 - odd * inverse
    return inverse


cdef inline uint64_t unmixed(const Mix* mix, uint64_t word) noexcept nogil:
    # The upper half is as it was, so one step gives the lower half back.
    word ^= (word >> 32) & mix.kept
    word *= inverse_of(mix.second)
    word ^= (word >> 32) & mix.kept
    return (word * inverse_of(mix.first)) >> mix.shift


cdef inline unsigned mark_shift(unsigned key_bits, uint64_t line_count) noexcept nogil:
    """How many low bits of mixed number * line_count tell rows of one line no further apart."""
    return 64 - key_bits + top_bit(line_count)


cdef inline bint marks_fit(unsigned key_bits, uint64_t line_count) noexcept nogil:
    return key_bits <= MARK_BITS + top_bit(line_count)


cdef inline bint number_at(
    const Mix* mix, uint64_t line_count, uint64_t line, uint64_t mark, uint64_t* number
) noexcept nogil:
    """The number whose row has this home line and mark; False when no number has."""
    cdef unsigned shift = mix.shift + top_bit(line_count)
    cdef uint128 step = <uint128>line_count << mix.shift
    cdef uint128 product = (<uint128>line << 64) + (<uint128>mark << shift)
    cdef uint128 word = ((product + step - 1) / step) << mix.shift
    if word >> 64:
        return False
    product = word * line_count
    if <uint64_t>(product >> 64) != line or <uint64_t>product >> shift != mark:
        return False
    number[0] = unmixed(mix, <uint64_t>word)
    return True
