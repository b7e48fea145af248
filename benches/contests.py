"""Small contests between the table and its peers and floors, of which only the ratio counts.

Both sides of a contest do the same work by turns, other codes in each round, and each is judged by
its best round. Rounds are short, so that on a busy machine some of them are not disturbed at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benches.asked import KINDS, Kind, Rows, draw_rows
from benches.codes import Codes, draw_destinations
from benches.floors import Bare
from benches.line_events import feed, record, say_nothing
from benches.loops import each
from benches.peers.plain_dict import DictPeer
from benches.prefixes import draw_prefixed, draw_prefixes
from benches.tables import build_table
from sorter.table import RoutingTable

ROWS = 1_000_000
ASKED = 8_000
PREFIXES = 100_000
FEW = 16
ROUNDS = 40
LINE_EVENTS = 2000


@dataclass(frozen=True, slots=True)
class Contest:
    """The same work done by us and by a peer, which may be a floor; both get a round's number."""

    name: str
    ours: Callable[[int], object]
    theirs: Callable[[int], object]

    def ratio(self, rounds: int = ROUNDS) -> float:
        """How many times as long the peer takes, by the best round of each."""
        ours = theirs = float("inf")
        for turn in range(rounds):
            ours = min(ours, _seconds(self.ours, turn))
            theirs = min(theirs, _seconds(self.theirs, turn))
        return theirs / ours


@dataclass(frozen=True, slots=True)
class Ring:
    """A table, the dict with the same rows, and what both are asked."""

    path: Path
    rows: Rows
    table: RoutingTable
    book: dict[bytes, int]
    prefix_book: dict[bytes, int]
    prefixes: Codes
    bare: Bare

    @classmethod
    def built(cls, folder: Path, bare: Bare) -> Ring:
        """A ring of ROWS codes and PREFIXES prefixes. Only `folder` is written to."""
        rows = draw_rows(ROWS, 1, ASKED)
        prefixes = draw_prefixes(PREFIXES, 2)
        numbers = draw_destinations(PREFIXES, 3)
        path = build_table(folder, rows.codes, rows.destinations, prefixes=(prefixes, numbers))
        return cls(
            path,
            rows,
            RoutingTable.open(path, memory="mapped"),
            dict(zip(rows.codes.tolist(), rows.destinations.tolist(), strict=True)),
            dict(zip(prefixes.tolist(), numbers.tolist(), strict=True)),
            prefixes,
            bare,
        )

    def asked(self, kind: Kind) -> tuple[list[Codes], list[list[bytes]]]:
        """What the rounds ask for, as arrays and as lists of bytes."""
        codes = [self.rows.round(kind, turn)[0] for turn in range(ROUNDS)]
        return codes, [part.tolist() for part in codes]

    @property
    def bytes_ratio(self) -> float:
        """How many times as large a dict is as our file."""
        return DictPeer(self.book).stored_bytes / self.path.stat().st_size


def contests(ring: Ring) -> Iterator[Contest]:
    """Every contest, its answers compared before it is timed."""
    for kind in KINDS:
        yield from _exact(ring, kind)
    yield _few(ring)
    yield from _floors(ring)
    yield from _prefixes(ring)
    yield _engine()


def _exact(ring: Ring, kind: Kind) -> Iterator[Contest]:
    codes, keys = ring.asked(kind)
    get = ring.book.get
    table = ring.table
    out = np.empty(ASKED, np.int32)
    for turn in range(ROUNDS):
        expected = ring.rows.round(kind, turn)[1]
        _same(table.lookup_batch(codes[turn]), expected)
        _same(list(map(table.lookup, keys[turn])), expected)
    yield _one_by_one(f"scalar, {kind}, by dict", table.lookup, get, keys)
    yield Contest(
        f"batch, {kind}, by dict",
        lambda turn: table.lookup_batch(codes[turn], out),
        lambda turn: list(map(get, keys[turn])),
    )
    yield Contest(
        f"batch of a list, {kind}, by dict",
        lambda turn: table.lookup_batch(keys[turn], out),
        lambda turn: list(map(get, keys[turn])),
    )


def _few(ring: Ring) -> Contest:
    codes, keys = ring.asked("all hits")
    arrays = [list(part.reshape(-1, FEW)) for part in codes]
    lists = [[part[at : at + FEW] for at in range(0, ASKED, FEW)] for part in keys]
    out = np.empty(FEW, np.int32)
    find, get = ring.table.lookup_batch, ring.book.get
    return Contest(
        f"{FEW} codes a call, by dict",
        lambda turn: each(lambda few: find(few, out))(arrays[turn]),
        lambda turn: each(lambda few: list(map(get, few)))(lists[turn]),
    )


def _floors(ring: Ring) -> Iterator[Contest]:
    memory = ring.bare.Memory(ring.path.stat().st_size, False)
    codes, keys = ring.asked("all hits")
    out = np.empty(ASKED, np.int32)
    yield Contest(
        "batch, by random lines",
        lambda turn: ring.table.lookup_batch(codes[turn], out),
        lambda turn: memory.touch_lines(turn * ASKED, ASKED),
    )
    yield _one_by_one("scalar, by empty calls", ring.table.lookup, ring.bare.empty_call, keys)
    yield Contest(
        "open, by one pass of reading",
        lambda _: RoutingTable.open(ring.path, memory="mapped").close(),
        lambda _: memory.sum(),
    )


def _prefixes(ring: Ring) -> Iterator[Contest]:
    get = ring.prefix_book.get
    lengths = sorted({len(prefix) for prefix in ring.prefix_book}, reverse=True)

    def naive(code: bytes) -> int:
        for length in lengths:
            found = get(code[:length])
            if found is not None:
                return found
        return -1

    codes = [draw_prefixed(ring.prefixes, ASKED, turn) for turn in range(ROUNDS)]
    keys = [part.tolist() for part in codes]
    find, longest = ring.table.prefix_batch, ring.table.longest_barcode
    for turn in range(ROUNDS):
        expected = np.array(list(map(naive, keys[turn])), np.int32)
        _same(find("barcode", codes[turn]), expected)
        _same([longest(key)[0] for key in keys[turn]], expected)
    out = np.empty(ASKED, np.int32)
    yield _one_by_one("prefix, scalar, by naive dict", longest, naive, keys)
    yield Contest(
        "prefix, batch, by naive dict",
        lambda turn: find("barcode", codes[turn], out),
        lambda turn: each(naive)(keys[turn]),
    )


def _engine() -> Contest:
    events = record(LINE_EVENTS)
    return Contest(
        "engine, by empty loop", lambda _: feed(events), lambda _: feed(events, say_nothing)
    )


def _one_by_one(
    name: str,
    ours: Callable[[Any], object],
    theirs: Callable[[Any], object],
    keys: list[list[bytes]],
) -> Contest:
    return Contest(name, lambda turn: each(ours)(keys[turn]), lambda turn: each(theirs)(keys[turn]))


def _same(found: Any, expected: NDArray[np.int32]) -> None:
    if not np.array_equal(found, expected):
        raise AssertionError("the table and its peer do not give the same answers")


def _seconds(work: Callable[[int], object], turn: int) -> float:
    began = time.perf_counter()
    work(turn)
    return time.perf_counter() - began
