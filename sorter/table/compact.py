"""Writes a table and its deltas anew, as the one table that a source of the same rows gives.

Rows are read and sorted in chunks, at some sixteen bytes a row. Run it in a process of its own,
away from a line that is running.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sorter._native import RowSorter
from sorter.table.compile import write_compiled
from sorter.table.content import TableContent
from sorter.table.prefix_list import KINDS
from sorter.table.rows import rows_in_chunks

OnRows = Callable[[int], object]
"""Called now and then with the number of rows read since the last call."""


def compact_table(content: TableContent, path: Path, on_rows: OnRows | None = None) -> str:
    """Write the new table to `path`, whole or not at all; returns its digest in hexadecimal.

    Raises OSError, MemoryError.
    """
    rows = RowSorter()
    first = 0
    for chunk in rows_in_chunks(content.codes):
        rows.add_batch(chunk.codes, chunk.destinations, chunk.groups, None, first)
        first += len(chunk.codes)
        if on_rows is not None:
            on_rows(len(chunk.codes))
    rows.sort()
    lists = [content.prefix_lists[kind] for kind in KINDS]
    return write_compiled(path, "table", content.head, rows, lists)
