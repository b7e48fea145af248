"""The exact rows of a compiled file as columns again: for deltas, compaction and comparing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sorter._native import MAX_CODE_LENGTH, CodeTable

OPS = ("add", "replace", "delete", "expire")
"""What a row of a delta does, numbered from 1."""
ADD, REPLACE, DELETE, EXPIRE = range(1, len(OPS) + 1)
NO_ROW = -1

_ROWS_A_CHUNK = 1 << 16
_CODE_TYPE = np.dtype(f"S{MAX_CODE_LENGTH}")


class Rows(NamedTuple):
    """Rows as columns of shape (n,): codes S48, destinations uint16, groups uint32, ops uint8."""

    codes: NDArray[np.bytes_]
    destinations: NDArray[np.uint16]
    groups: NDArray[np.uint32]
    ops: NDArray[np.uint8]

    @property
    def gone(self) -> NDArray[np.bool_]:
        """Which rows take a code away."""
        return self.ops >= DELETE

    def where(self, wanted: NDArray[np.bool_] | slice) -> Rows:
        """The wanted ones of these rows."""
        return Rows(
            self.codes[wanted], self.destinations[wanted], self.groups[wanted], self.ops[wanted]
        )


def all_rows(codes: CodeTable) -> Rows:
    """Every row of a table or delta, an overlay aside."""
    rows = _empty_rows(len(codes))
    codes.export(0, *rows)
    return rows


def rows_in_chunks(codes: CodeTable) -> Iterator[Rows]:
    """The rows that a table with its overlay answers from.

    A chunk is only good until the next one is asked for.
    """
    overlay = codes.overlay
    for rows in _chunks(codes):
        if overlay is None:
            yield rows
        else:
            yield rows.where(overlay.find_batch(rows.codes) == NO_ROW)
    if overlay is not None:
        for rows in _chunks(overlay):
            yield rows.where(~rows.gone)


def _chunks(codes: CodeTable) -> Iterator[Rows]:
    room = _empty_rows(min(_ROWS_A_CHUNK, len(codes)))
    start = 0
    while len(room.codes) and start >= 0:
        count, start = codes.export(start, *room)
        yield room.where(slice(count))


def _empty_rows(count: int) -> Rows:
    return Rows(
        np.empty(count, _CODE_TYPE),
        np.empty(count, np.uint16),
        np.empty(count, np.uint32),
        np.empty(count, np.uint8),
    )
