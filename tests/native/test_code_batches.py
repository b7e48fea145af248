"""Many codes at once, in every form they may come in, are found as each of them is alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sorter._native import ArrowCodes, CodeTable, RowSorter
from tests.support.exact_rows import sorted_rows, table_of
from tests.support.mixed_codes import CODES, arrow, asked, expected, offsets_of


@pytest.fixture(scope="module")
def table() -> CodeTable:
    return table_of(sorted_rows(CODES))


@pytest.mark.parametrize("width", range(1, 61))
def test_cells_of_every_width(table: CodeTable, width: int) -> None:
    for count in (1, 2, 7, 127, 128, 129, 300):
        codes = [code.rstrip(b"\0")[:width].rstrip(b"\0") for code in asked(count, width)]
        cells = np.array(codes, f"S{width}")
        assert table.find_batch(cells).tolist() == expected(codes)


def test_cells_that_do_not_lie_one_after_another(table: CodeTable) -> None:
    codes = [code.rstrip(b"\0") for code in asked(400)]
    cells = np.array(codes, "S64")
    square = cells.reshape(20, 20)
    for given_cells, theirs in (
        (cells[::-1], codes[::-1]),
        (cells[5::3], codes[5::3]),
        (cells[:0], []),
        (square[:, 3], codes[3::20]),
        (np.asfortranarray(square)[3], codes[60:80]),
        (np.broadcast_to(cells[7:8], 50), codes[7:8] * 50),
    ):
        assert table.find_batch(given_cells).tolist() == expected(theirs)
    first = np.zeros(50, np.dtype([("odd", "u1"), ("code", "S13")]))
    first["code"] = codes[:50]
    assert table.find_batch(first["code"]).tolist() == expected([code[:13] for code in codes[:50]])


def test_cells_of_no_width(table: CodeTable) -> None:
    cells = np.ndarray(5, "S0", buffer=b"")
    assert table.find_batch(cells).tolist() == [-1] * 5


@pytest.mark.parametrize(
    "cells",
    [
        np.zeros((2, 2), "S5"),
        np.array("A", "S5"),
        np.array(["A"], "U5"),
        np.zeros(3, np.uint8),
        np.array([b"A"], object),
    ],
)
def test_arrays_that_hold_no_codes_are_refused(table: CodeTable, cells: NDArray[np.bytes_]) -> None:
    with pytest.raises(TypeError, match="one-dimensional array of bytes"):
        table.find_batch(cells)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("lead", [b"", b"1", b"x" * 31, b"7" * 32, b"A" * 33, b"Z" * 34])
def test_columns_of_offsets(table: CodeTable, bits: int, lead: bytes) -> None:
    for count in (0, 1, 3, 128, 300):
        codes = asked(count)
        column = arrow(codes, bits, lead)
        answers = expected(codes)
        assert table.find_batch(column).tolist() == answers
        content = bytes(column.content)
        apart = np.frombuffer(content, np.uint8).copy().data
        for other in (bytearray(content), apart, apart.cast("b")):
            assert table.find_batch(ArrowCodes(column.offsets, other)).tolist() == answers
        part = ArrowCodes(column.offsets[count // 2 :], column.content)
        assert table.find_batch(part).tolist() == answers[count // 2 :]


def test_offsets_wherever_they_lie_in_memory(table: CodeTable) -> None:
    codes = asked(50)
    for bits in (32, 64):
        column = arrow(codes, bits)
        odd = np.frombuffer(b"?" + column.offsets.tobytes(), np.uint8)[1:].view(
            column.offsets.dtype
        )
        spread = np.repeat(column.offsets, 2)[::2]
        both: Sequence[Any] = (odd, spread)
        for offsets in both:
            assert table.find_batch(ArrowCodes(offsets, column.content)).tolist() == expected(codes)


@pytest.mark.parametrize(
    ("offsets", "bad"),
    [
        ([0, 2, 5], 1),
        ([-1, 2, 4], 0),
        ([0, 3, 2], 1),
        ([5, 5], 0),
        ([0, 2**31 - 1], 0),
        ([-(2**31), 2**31 - 1], 0),
        ([0, 1, 2, -4, 4], 2),
    ],
)
def test_offsets_outside_the_content_are_refused_by_the_code(
    table: CodeTable, offsets: list[int], bad: int
) -> None:
    for bits in (32, 64):
        column = ArrowCodes(offsets_of(offsets, bits), b"3S-1")
        with pytest.raises(ValueError, match=f"the offsets of code {bad} lie outside"):
            table.find_batch(column)
        with pytest.raises(ValueError, match=f"the offsets of code {bad} lie outside"):
            RowSorter().add_batch(column, np.zeros(len(offsets) - 1, np.uint16))


def test_offsets_beyond_all_memory_are_refused(table: CodeTable) -> None:
    for offsets in ([0, 2**63 - 1], [-(2**63), 4], [2**62, 2**62 + 4], [0, 2**32]):
        with pytest.raises(ValueError, match="code 0 lie outside the content's 4 bytes"):
            table.find_batch(ArrowCodes(np.array(offsets, np.int64), b"3S-1"))


@given(offsets=st.lists(st.integers(-40, 120), min_size=1, max_size=40), size=st.integers(0, 100))
def test_any_offsets_are_answered_or_refused(
    table: CodeTable, offsets: list[int], size: int
) -> None:
    content = b"".join(CODES)[:size]
    pairs = list(pairwise(offsets))
    column = ArrowCodes(np.array(offsets, np.int32), np.frombuffer(content, np.uint8).copy().data)
    if all(0 <= at <= end <= size for at, end in pairs):
        codes = [content[at:end] for at, end in pairs]
        assert table.find_batch(column).tolist() == expected(codes)
    else:
        with pytest.raises(ValueError, match="lie outside the content's"):
            table.find_batch(column)


@pytest.mark.parametrize(
    ("offsets", "error"),
    [
        ([0, 1], TypeError),
        (np.zeros(2, np.uint32), TypeError),
        (np.zeros(2, ">i4"), TypeError),
        (np.zeros(2, np.float64), TypeError),
        (np.zeros((2, 2), np.int32), ValueError),
        (np.zeros(0, np.int32), ValueError),
    ],
)
def test_offsets_of_another_kind_are_refused(
    table: CodeTable, offsets: NDArray[np.int32], error: type[Exception]
) -> None:
    with pytest.raises(error, match="offsets"):
        table.find_batch(ArrowCodes(offsets, b"A"))


def test_content_that_is_no_plain_run_of_bytes_is_refused(table: CodeTable) -> None:
    offsets = np.array([0, 1], np.int32)
    for content in (np.zeros(8, np.uint8)[::2], "text", None):
        with pytest.raises((TypeError, ValueError)):
            table.find_batch(ArrowCodes(offsets, content))  # type: ignore[arg-type] # the wrong type is the point


def test_lists_of_objects(table: CodeTable) -> None:
    codes = asked(300)
    mixed = [code.decode("latin-1") if at % 2 else code for at, code in enumerate(codes)]
    for objects in (mixed, tuple(mixed), iter(mixed)):
        assert table.find_batch(objects).tolist() == expected(codes)  # type: ignore[arg-type] # an iterator will do, too


@pytest.mark.parametrize("wrong", [None, 7, bytearray(b"A"), [b"A"], 1.5])
@pytest.mark.parametrize("at", [0, 130, 299])
def test_an_object_that_is_no_code_is_refused_wherever_it_is(
    table: CodeTable, wrong: object, at: int
) -> None:
    objects: list[object] = list(asked(300))
    objects[at] = wrong
    with pytest.raises(TypeError, match=f"a code is bytes or str, not {type(wrong).__name__}"):
        table.find_batch(objects)  # type: ignore[arg-type] # the wrong type is the point


@pytest.mark.parametrize("one", [b"3S-1", "3S-1"])
def test_one_code_is_no_batch(table: CodeTable, one: bytes | str) -> None:
    with pytest.raises(TypeError, match="found one code"):
        table.find_batch(one)  # type: ignore[arg-type] # as it is often got wrong


def test_answers_go_to_the_array_that_was_given(table: CodeTable) -> None:
    codes = asked(200)
    room = np.full(204, 77, np.int32)
    out = room[2:202]
    assert table.find_batch(codes, out) is out
    assert out.tolist() == expected(codes)
    assert room[[0, 1, 202, 203]].tolist() == [77] * 4


def read_only(out: NDArray[np.int32]) -> NDArray[np.int32]:
    out.flags.writeable = False
    return out


@pytest.mark.parametrize(
    "out",
    [
        np.empty(1, np.int32),
        np.empty(3, np.int32),
        np.empty(2, np.int64),
        np.empty(2, np.uint32),
        np.empty(2, ">i4"),
        np.empty((2, 1), np.int32),
        np.empty(4, np.int32)[::2],
        np.empty(2, np.int32)[::-1],
        np.frombuffer(bytearray(9), np.uint8)[1:].view(np.int32),
        read_only(np.empty(2, np.int32)),
        [0, 0],
        memoryview(bytearray(8)),
    ],
)
def test_answers_that_have_no_room_are_refused(table: CodeTable, out: NDArray[np.int32]) -> None:
    with pytest.raises(
        ValueError, match="2 codes need a writable, contiguous int32 array of shape"
    ):
        table.find_batch((b"A", b"B"), out)
