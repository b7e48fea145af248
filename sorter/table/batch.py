"""Brings arrays and lists of codes into the two shapes that the native core takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Codes = Sequence[bytes | str] | NDArray[np.bytes_]
Cells = tuple[bytes | str, ...] | NDArray[np.uint8]


def arranged(codes: Codes, out: NDArray[np.int32] | None) -> tuple[Cells, NDArray[np.int32]]:
    """Codes as the native core takes them, and the array for the answers.

    A one-dimensional array of bytes (dtype `S`, padded with NULs) is not copied when it is
    contiguous. Raises TypeError for other types, ValueError when `out` is not a writable,
    contiguous int32 array of as many answers.
    """
    cells: Cells
    if isinstance(codes, np.ndarray):
        if codes.ndim != 1 or codes.dtype.kind != "S":
            raise TypeError(
                f"found an array of {codes.dtype} in {codes.ndim} dimensions; codes are a "
                "one-dimensional array of bytes (dtype S), or a list of bytes or str"
            )
        packed = np.ascontiguousarray(codes)
        cells = packed.view(np.uint8).reshape(len(packed), packed.dtype.itemsize)
    elif isinstance(codes, bytes | str):
        raise TypeError("found one code; a batch is a list of codes, or an array of bytes")
    else:
        cells = tuple(codes)
    if out is None:
        return cells, np.empty(len(cells), np.int32)
    if (
        out.dtype != np.int32
        or out.shape != (len(cells),)
        or not out.flags.c_contiguous
        or not out.flags.writeable
    ):
        raise ValueError(
            f"out is {out.dtype} of shape {out.shape}; {len(cells)} codes need a writable, "
            f"contiguous int32 array of shape ({len(cells)},)"
        )
    return cells, out
