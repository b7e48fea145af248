"""Codes wherever they lie in the memory of a batch, at its first bytes and at its last ones.

What is read around a code must be the batch's own: the sanitizers of `make sanitize` see to it.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sorter._native import ArrowCodes, RowSorter
from tests.support.exact_rows import table_of

Cells = NDArray[np.bytes_]

CODES = [b"RB123456785GB", b"AB1CD", b"00340123450000000018", b"3SABC-1", b"x", b"1", b"AB"]


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_found_at_any_place_in_a_column(code: bytes) -> None:
    rows = RowSorter()
    rows.add(code, 7)
    rows.sort()
    table = table_of(rows)
    for start in range(72):
        # An array's memory begins and ends with its content.
        content = np.frombuffer(b"A" * start + code + b"X", np.uint8)[:-1].copy()
        ends = [start, start + len(code)]
        for offsets in (np.array(ends, np.int32), np.array(ends, np.int64)):
            column = ArrowCodes(offsets, content.data)
            assert table.find_batch(column).tolist() == [7]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_a_code_is_found_in_cells_of_any_width(code: bytes, count: int) -> None:
    rows = RowSorter()
    rows.add(code, 7)
    rows.sort()
    table = table_of(rows)
    for width in range(len(code), 70):
        cells = np.array([code] * count, f"S{width}")
        assert table.find_batch(cells).tolist() == [7] * count


class Scanned(str):
    """A str whose characters lie in a block of their own, as those of every subclass do."""


def test_what_lies_before_a_foreign_text_is_not_read() -> None:
    rows = RowSorter()
    rows.add(b"A", 7)
    rows.sort()
    table = table_of(rows)
    # So long that its characters get pages of their own, with nothing readable before them.
    foreign = [kind("\u00e9" * 5_000_000) for kind in (str, Scanned, np.str_)]
    assert [table.find(code) for code in foreign] == [-1] * 3
    assert table.find_batch([*foreign, "A"]).tolist() == [-1, -1, -1, 7]


def test_answers_are_not_written_over_codes_that_are_still_to_be_read() -> None:
    rows = RowSorter()
    rows.add(b"ABCD", 7)
    rows.sort()
    table = table_of(rows)
    cells = np.array([b"ABCD"] * 9, "S4")
    narrow = np.arange(0, 40, 4, dtype=np.int32)
    wide = np.arange(0, 40, 4, dtype=np.int64)
    content = cells.view(np.uint8).data
    asked: list[tuple[Cells | ArrowCodes, NDArray[np.int32]]] = [
        (cells, cells.view(np.int32)),
        (cells[1:], cells[:-1].view(np.int32)),
        (ArrowCodes(narrow, content), cells.view(np.int32)),
        (ArrowCodes(narrow, content), narrow[:-1]),
        (ArrowCodes(narrow, content), narrow[1:]),
        (ArrowCodes(wide, content), wide.view(np.int32)[:9]),
    ]
    for codes, out in asked:
        with pytest.raises(ValueError, match="out and the codes share memory"):
            table.find_batch(codes, out)
    room = np.zeros(18, "S4")
    room[:9] = cells
    assert table.find_batch(room[:9], room[9:].view(np.int32)).tolist() == [7] * 9
