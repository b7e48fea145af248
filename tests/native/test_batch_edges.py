"""Codes wherever they lie in the memory of a batch, at its first bytes and at its last ones.

What is read around a code must be the batch's own: the sanitizers of `make sanitize` see to it.
"""

from __future__ import annotations

import numpy as np
import pytest

from sorter._native import ArrowCodes, RowSorter
from tests.support.exact_rows import table_of

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
