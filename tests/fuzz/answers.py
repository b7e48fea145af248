"""The promises of an open table, whatever file it came out of: it answers from what it holds.

Single calls and batches of every kind agree, no answer is a destination that the head does not
name, and every row that is written out is found again.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from sorter._native import MAX_CODE_LENGTH, ArrowCodes, CodeTable
from sorter.table import RoutingTable
from sorter.table.prefix_list import Kind

_MOST_ROWS = 8
_ROOM = (
    np.empty(_MOST_ROWS, f"S{MAX_CODE_LENGTH}"),
    np.empty(_MOST_ROWS, np.uint16),
    np.empty(_MOST_ROWS, np.uint32),
    np.empty(_MOST_ROWS, np.uint8),
)


def hold_answers(table: RoutingTable, codes: CodeTable, asked: list[bytes]) -> None:
    """Ask an open table, whose exact part is `codes`."""
    _hold_export(table, codes)
    _hold_exact(table, asked)
    _hold_prefixes(table, "barcode", asked)
    _hold_prefixes(table, "postcode", asked)


def _hold_export(table: RoutingTable, codes: CodeTable) -> None:
    count, _ = codes.export(0, *_ROOM)
    written = _ROOM[0][:count].tolist()
    # A forged file may hold a code twice, so that another row's destination is the answer.
    for code, number in zip(written, table.lookup_batch(written).tolist(), strict=True):
        assert 0 <= number == table.lookup(code) < len(table.destinations), code
        assert codes.find_row(code) & 0xFFFF == number, code


def _hold_exact(table: RoutingTable, asked: list[bytes]) -> None:
    found = [table.lookup(code) for code in asked]
    assert -1 <= min(found) <= max(found) < len(table.destinations), asked
    assert table.lookup_batch(asked).tolist() == found, asked
    # An array of bytes cannot hold a NUL at the end of a code.
    cells = np.array(asked, "S")
    if cells.tolist() == asked:
        assert table.lookup_batch(cells).tolist() == found, asked
    # An array's memory begins with its content, so that to read before it is a fault that is seen.
    content = np.frombuffer(b"".join([*asked, b"\0"]), np.uint8)[:-1].copy()
    ends = list(accumulate(map(len, asked), initial=0))
    for offsets in (np.array(ends, np.int32), np.array(ends, np.int64)):
        assert table.lookup_batch(ArrowCodes(offsets, content.data)).tolist() == found, asked


def _hold_prefixes(table: RoutingTable, kind: Kind, asked: list[bytes]) -> None:
    entries = dict(table.content.prefixes[kind].entries())
    assert len(entries) == table.prefix_count(kind)
    assert all(0 <= number < len(table.destinations) for number in entries.values())
    asked = [*asked, *list(entries)[:_MOST_ROWS]]
    expected = [_longest(entries, code) for code in asked]
    longest = {"barcode": table.longest_barcode, "postcode": table.longest_postcode}[kind]
    assert list(map(longest, asked)) == expected, asked
    numbers = [number for number, _ in expected]
    assert table.prefix_batch(kind, asked).tolist() == numbers, asked
    cells = np.array(asked, "S")
    if cells.tolist() == asked:
        assert table.prefix_batch(kind, cells).tolist() == numbers, asked


def _longest(entries: dict[bytes, int], code: bytes) -> tuple[int, int]:
    for length in range(len(code), 0, -1):
        if code[:length] in entries:
            return entries[code[:length]], length
    return -1, 0
