"""The native core, in the variant that this processor runs best.

`plain` runs on every little-endian machine; `x86_64_v3` is the same source compiled for x86-64
processors with AVX2. Both give the same answers. The environment variable SORTER_NATIVE names one
of them, so that tests and benches can run either on one machine.
"""

# ruff: noqa: F403 - the interface is that of the variants, described once in plain.pyi

import os

from sorter._native.plain import variants

VARIANT = os.environ.get("SORTER_NATIVE") or variants()[-1]

if VARIANT not in variants():
    raise ImportError(
        f"SORTER_NATIVE is {VARIANT!r}; this processor runs {' and '.join(variants())}"
    )
if VARIANT == "x86_64_v3":
    from sorter._native.x86_64_v3 import *
else:
    from sorter._native.plain import *
