"""The native core for any processor: nothing in it needs more than the compiler's baseline."""

include "core.pxi"
