"""The rows of a sorter or a table, read back as a dict."""

from __future__ import annotations

import numpy as np

from sorter._native import MAX_CODE_LENGTH, MAX_DESTINATIONS, CodeTable, RowSorter

_ROWS_AT_ONCE = 1000


def table_of(rows: RowSorter) -> CodeTable:
    """The table that sorted rows make."""
    sections = {name: memoryview(b"".join(chunks)) for name, chunks in rows.sections()}
    return CodeTable(sections, MAX_DESTINATIONS)


def rows_of(table: CodeTable) -> dict[bytes, tuple[int, int, int]]:
    """Destination number, parcel group and operation of each code."""
    cells = np.empty(_ROWS_AT_ONCE, f"S{MAX_CODE_LENGTH}")
    destinations = np.empty(_ROWS_AT_ONCE, np.uint16)
    groups = np.empty(_ROWS_AT_ONCE, np.uint32)
    ops = np.empty(_ROWS_AT_ONCE, np.uint8)
    found: dict[bytes, tuple[int, int, int]] = {}
    start = 0
    while start >= 0:
        count, start = table.export(start, cells, destinations, groups, ops)
        columns = (column[:count].tolist() for column in (destinations, groups, ops))
        values = zip(*columns, strict=True)
        found |= zip(cells[:count].tolist(), values, strict=True)
    return found
