"""Sorted rows: which of them are there twice, and that one set of rows is one sequence of bytes."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sorter._native import MAX_DESTINATIONS, CrowdedError, RowSorter
from tests.support.exact_rows import rows_of, sections_of, sorted_rows, table_of

ENOUGH_FOR_NUMBERS = 120_000

codes = st.text("09AZ-a ", min_size=1, max_size=4).map(str.encode)
Row = tuple[bytes, int, int]
rows_with_doubles = st.lists(st.tuples(codes, st.integers(0, 2), st.integers(0, 1)), max_size=60)


def serials(count: int) -> NDArray[np.bytes_]:
    return np.array([b"%014d" % number for number in range(10**9, 10**9 + count)])


def taken_in(rows: list[Row], first_source: int = 0) -> RowSorter:
    sorter = RowSorter()
    for source, (code, destination, group) in enumerate(rows, first_source):
        sorter.add(code, destination, group, 0, source)
    sorter.sort()
    return sorter


@given(rows_with_doubles)
def test_the_first_row_of_a_code_stays_and_every_other_is_named(rows: list[Row]) -> None:
    first: dict[bytes, int] = {}
    expected = []
    for source, (code, destination, group) in enumerate(rows):
        kept = first.setdefault(code, source)
        if kept != source:
            same = destination == rows[kept][1], group == rows[kept][2]
            expected.append((code, source + 100, kept + 100, *same))
    sorter = taken_in(rows, first_source=100)
    assert len(sorter) == len(first)
    assert sorter.duplicate_count == len(expected)
    assert sorter.duplicates(len(rows)) == expected
    assert sorter.duplicates(2) == expected[:2]
    found = rows_of(table_of(sorter))
    assert found == {code: (*rows[source][1:], 0) for code, source in first.items()}


@given(rows_with_doubles, st.randoms(use_true_random=False))
def test_what_was_dropped_leaves_no_trace_and_order_none_either(
    rows: list[Row], chance: random.Random
) -> None:
    written = sections_of(taken_in(rows))
    kept = list({row[0]: row for row in reversed(rows)}.values())
    chance.shuffle(kept)
    assert sections_of(taken_in(kept, first_source=7)) == written


def test_doubles_that_make_a_table_look_large_leave_no_trace() -> None:
    kept = serials(ENOUGH_FOR_NUMBERS * 3 // 4)
    twice = np.concatenate([kept, kept[::-1]])
    destinations = np.zeros(len(twice), np.uint16)
    assert sections_of(sorted_rows(twice, destinations)) == sections_of(
        sorted_rows(kept, destinations[: len(kept)])
    )


@pytest.mark.parametrize("extra", [b"x y", b"X-1", b"7" * 19])
def test_one_large_set_of_rows_is_one_sequence_of_bytes(extra: bytes) -> None:
    kept = np.concatenate([serials(ENOUGH_FOR_NUMBERS), np.array([extra])])
    destinations = np.arange(len(kept)).astype(np.uint16)
    order = np.random.default_rng(2).permutation(len(kept))
    written = sections_of(sorted_rows(kept, destinations))
    assert sections_of(sorted_rows(kept[order], destinations[order])) == written
    found = rows_of(table_of(sorted_rows(kept, destinations)), at_once=50_000)
    again = np.array(list(found), kept.dtype)
    its_destinations = np.array([row[0] for row in found.values()], np.uint16)
    assert sections_of(sorted_rows(again, its_destinations)) == written


def test_groups_and_operations_of_a_batch_come_back() -> None:
    count = ENOUGH_FOR_NUMBERS
    cells = serials(count)
    numbers = np.arange(count)
    sorter = RowSorter(delta=True)
    sorter.add_batch(
        cells,
        (numbers % MAX_DESTINATIONS).astype(np.uint16),
        (numbers * 7919).astype(np.uint32),
        (numbers % 4 + 1).astype(np.uint8),
    )
    sorter.sort()
    for code, (destination, group, op) in rows_of(table_of(sorter), at_once=9999).items():
        number = int(code) - 10**9
        assert (destination, group, op) == (number % 2**16, number * 7919, number % 4 + 1)


def test_batches_go_on_where_the_one_before_ended() -> None:
    sorter = RowSorter()
    for first in (0, 3):
        sorter.add_batch([b"A", b"B", b"%d" % first], np.zeros(3, np.uint16), first_source=first)
    sorter.sort()
    assert sorter.duplicates(9) == [(b"A", 3, 0, True, True), (b"B", 4, 1, True, True)]


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(2, np.int32),
        np.zeros(3, np.uint16),
        np.zeros(4, np.uint16)[::2],
        np.zeros((2, 1), np.uint16),
        [0, 0],
        None,
    ],
)
def test_columns_that_do_not_fit_are_refused(wrong: NDArray[np.uint16]) -> None:
    with pytest.raises(ValueError, match=r"expected a .*array of 2-byte items and shape \(2,\)"):
        RowSorter().add_batch([b"A", b"B"], wrong)


def test_more_rows_than_a_table_can_have_are_refused() -> None:
    with pytest.raises(ValueError, match=r"4294967296 rows; a table has 2\*\*32 - 1 at most"):
        RowSorter().add_batch([b"A"], np.zeros(1, np.uint16), first_source=2**32 - 1)


def test_rows_are_taken_in_before_they_are_sorted_and_laid_out_after() -> None:
    sorter = RowSorter()
    with pytest.raises(ValueError, match="sort the rows before"):
        next(iter(sorter.sections()))
    sorter.sort()
    with pytest.raises(ValueError, match="sorted already"):
        sorter.add(b"A", 0)
    with pytest.raises(ValueError, match="sorted already"):
        sorter.add_batch([b"A"], np.zeros(1, np.uint16))


def test_rows_that_are_sorted_anew_while_they_are_laid_out_are_never_half_a_table() -> None:
    sorter = sorted_rows(serials(400_000))
    lines = next(iter(chunks) for name, chunks in sorter.sections() if name == "number_lines")
    next(lines)
    sorter.sort(1)
    with pytest.raises(CrowdedError):
        list(lines)
