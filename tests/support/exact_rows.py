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
    columns = [np.empty(_ROWS_AT_ONCE, kind) for kind in (np.uint16, np.uint32, np.uint8)]
    found: dict[bytes, tuple[int, int, int]] = {}
    start = 0
    while start >= 0:
        count, start = table.export(start, cells, columns[0], columns[1], columns[2])
        values = zip(*(column[:count].tolist() for column in columns), strict=True)
        found |= zip(cells[:count].tolist(), values, strict=True)
    return found
