"""Fails when a ratio of this run is under its floor in `ratio_floors.toml` (make bench-check).

A contest that is lost is held again, up to TRIES times, and the best counts. The last test shows
that a table that does several times the work is caught.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benches.contests import Contest, Ring, Table, contests
from benches.floors import Bare
from sorter._native import VARIANT

TRIES = 4
SLOWNESS = 10
FLOORS: dict[str, float] = tomllib.loads(
    Path(__file__).with_name("ratio_floors.toml").read_text(encoding="utf-8")
)[VARIANT]
SIZE = "file size, by dict"


class SlowedTable:
    """Asks a table several times for every answer it gives."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def lookup(self, code: bytes | str) -> int:
        return max(self._table.lookup(code) for _ in range(SLOWNESS))

    def longest_barcode(self, code: bytes | str) -> tuple[int, int]:
        return max(self._table.longest_barcode(code) for _ in range(SLOWNESS))

    def lookup_batch(self, codes: Any, out: NDArray[np.int32] | None = None) -> Any:
        return [self._table.lookup_batch(codes, out) for _ in range(SLOWNESS)].pop()

    def prefix_batch(self, kind: Any, codes: Any, out: NDArray[np.int32] | None = None) -> Any:
        return [self._table.prefix_batch(kind, codes, out) for _ in range(SLOWNESS)].pop()


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory, bare: Bare) -> Ring:
    return Ring.built(tmp_path_factory.mktemp("ring"), bare)


@pytest.fixture(scope="module")
def contest_of(ring: Ring) -> dict[str, Contest]:
    return {contest.name: contest for contest in contests(ring)}


def best_ratio(contest: Contest, floor: float) -> float:
    """The best of several tries; a ratio that reaches the floor needs no second one."""
    best = 0.0
    for _ in range(TRIES):
        best = max(best, contest.ratio())
        if best >= floor:
            break
    return best


def test_every_contest_has_a_floor(contest_of: dict[str, Contest]) -> None:
    assert {*contest_of, SIZE} == set(FLOORS)


@pytest.mark.parametrize("name", [name for name in FLOORS if name != SIZE])
def test_ratio(contest_of: dict[str, Contest], name: str) -> None:
    ratio = best_ratio(contest_of[name], FLOORS[name])
    print(f"{name}: {ratio:.2f}x, floor {FLOORS[name]:g}x")
    assert ratio >= FLOORS[name], f"{name}: {ratio:.2f}x is under its floor of {FLOORS[name]:g}x"


def test_size(ring: Ring) -> None:
    print(f"{SIZE}: {ring.bytes_ratio:.2f}x, floor {FLOORS[SIZE]:g}x")
    assert ring.bytes_ratio >= FLOORS[SIZE]


def test_a_slowed_table_is_caught(ring: Ring) -> None:
    slowed = replace(ring, table=SlowedTable(ring.table))
    opens = "open, by one pass of reading"
    uncaught = [
        contest.name
        for contest in contests(slowed)
        if contest.name != opens and contest.ratio(10) >= FLOORS[contest.name]
    ]
    assert uncaught == []
