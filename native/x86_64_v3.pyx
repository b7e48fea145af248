"""The native core for x86-64 processors with AVX2, BMI and POPCNT (level 3 of the psABI)."""

include "core.pxi"
