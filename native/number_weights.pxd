"""What each character of a shape of codes weighs, step by step, as `number_lanes.h` adds it up."""

from libc.stdint cimport int8_t, int16_t, uint8_t, uint64_t
from libc.string cimport memset

cdef extern from "number_lanes.h":
    ctypedef struct LaneWeights:
        uint8_t zeros[32]
        int8_t pairs[32]
        int16_t fours[16]
        uint64_t eights[4]
        uint64_t words[3]

    uint64_t lanes_value(
        const uint8_t* end, const LaneWeights* weights, uint64_t* top
    ) noexcept nogil

cdef enum:
    LETTERS = 26
    DIGITS = 10


cdef inline uint64_t product(const uint64_t* radix, unsigned first, unsigned count) noexcept nogil:
    cdef uint64_t of_all = 1
    cdef unsigned at
    for at in range(first, first + count):
        of_all *= radix[at]
    return of_all


cdef inline void write_weights(
    LaneWeights* weights, unsigned before, unsigned digits, unsigned behind
) noexcept nogil:
    """The weights of `before` letters, `digits` digits and `behind` letters; at most 24 in all."""
    cdef uint64_t radix[32]  # of each lane, the last character's last; 1 where there is none
    cdef unsigned length = before + digits + behind
    cdef unsigned at, from_end
    cdef bint is_letter
    memset(weights, 0, sizeof(LaneWeights))
    for at in range(32):
        radix[at] = 1
    for from_end in range(length):
        at = 31 - from_end
        is_letter = from_end < behind or from_end >= behind + digits
        radix[at] = LETTERS if is_letter else DIGITS
        weights.zeros[at] = 65 if is_letter else 48
        weights.pairs[at] = 1 if at % 2 else <int8_t>radix[at + 1]
    for at in range(16):
        weights.fours[at] = 1 if at % 2 else <int16_t>product(radix, 2 * at + 2, 2)
    for at in range(4):
        weights.eights[at] = product(radix, 8 * at + 4, 4)
    weights.words[0] = product(radix, 16, 16)
    weights.words[1] = product(radix, 24, 8)
    weights.words[2] = 1
