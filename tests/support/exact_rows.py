"""Exact rows in a sorter, its sections, a table: made of each other, and read back as a dict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sorter._native import MAX_CODE_LENGTH, MAX_DESTINATIONS, ArrowCodes, CodeTable, RowSorter

Codes: TypeAlias = Sequence[bytes] | NDArray[np.bytes_] | ArrowCodes

_ROWS_AT_ONCE = 1000


def destinations_for(count: int) -> NDArray[np.uint16]:
    """A destination number for each row: all of them in turn, neighbours far apart."""
    return (np.arange(count, dtype=np.uint64) * 40503 % MAX_DESTINATIONS).astype(np.uint16)


def sorted_rows(codes: Codes, destinations: NDArray[np.uint16] | None = None) -> RowSorter:
    """A sorter with these codes, sorted; the destinations are those of `destinations_for`."""
    count = len(codes.offsets) - 1 if isinstance(codes, ArrowCodes) else len(codes)
    rows = RowSorter()
    rows.add_batch(codes, destinations_for(count) if destinations is None else destinations)
    rows.sort()
    return rows


def sections_of(rows: RowSorter) -> dict[str, memoryview]:
    """The exact part of a file, by section. Raises CrowdedError."""
    return {name: memoryview(b"".join(chunks)) for name, chunks in rows.sections()}


def table_of(rows: RowSorter) -> CodeTable:
    """The table that sorted rows make."""
    return CodeTable(sections_of(rows), MAX_DESTINATIONS)


def rows_of(
    table: CodeTable, start: int = 0, at_once: int = _ROWS_AT_ONCE
) -> dict[bytes, tuple[int, int, int]]:
    """Destination number, parcel group and operation of each code, from a slot on."""
    cells = np.empty(at_once, f"S{MAX_CODE_LENGTH}")
    destinations = np.empty(at_once, np.uint16)
    groups = np.empty(at_once, np.uint32)
    ops = np.empty(at_once, np.uint8)
    found: dict[bytes, tuple[int, int, int]] = {}
    while start >= 0:
        count, start = table.export(start, cells, destinations, groups, ops)
        columns = (column[:count].tolist() for column in (destinations, groups, ops))
        values = zip(*columns, strict=True)
        found |= zip(cells[:count].tolist(), values, strict=True)
    return found
