"""Small contests between the table and its peers and floors, of which only the ratio counts.

Both sides of a contest do the same work by turns in one run, and each is judged by its best round:
what else the machine does then makes rounds slower, and leaves the ratio nearly as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benches.asked import KINDS, Rows, draw_rows
from benches.codes import Codes, draw_destinations
from benches.floors import Bare
from benches.loops import each
from benches.peers.plain_dict import DictPeer
from benches.prefixes import draw_prefixed, draw_prefixes
from benches.tables import build_table
from sorter.table import RoutingTable

ROWS = 300_000
ASKED = 50_000
PREFIXES = 100_000
FEW = 16
ROUNDS = 5


class Table(Protocol):
    """What is asked of a routing table here."""

    @property
    def lookup(self) -> Callable[[bytes | str], int]: ...

    @property
    def longest_barcode(self) -> Callable[[bytes | str], tuple[int, int]]: ...

    def lookup_batch(self, codes: Any, out: NDArray[np.int32] | None = None) -> Any: ...

    def prefix_batch(self, kind: Any, codes: Any, out: NDArray[np.int32] | None = None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Contest:
    """The same work done by us and by a peer, which may be a floor."""

    name: str
    ours: Callable[[], object]
    theirs: Callable[[], object]

    def ratio(self, rounds: int = ROUNDS) -> float:
        """How many times as long the peer takes, by the best round of each."""
        ours = theirs = float("inf")
        for _ in range(rounds):
            ours = min(ours, _seconds(self.ours))
            theirs = min(theirs, _seconds(self.theirs))
        return theirs / ours


@dataclass(frozen=True, slots=True)
class Ring:
    """A table, the dict with the same rows, and what both are asked."""

    path: Path
    rows: Rows
    table: Table
    book: dict[bytes, int]
    prefix_book: dict[bytes, int]
    prefixed: Codes
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
            RoutingTable.open(path),
            dict(zip(rows.codes.tolist(), rows.destinations.tolist(), strict=True)),
            dict(zip(prefixes.tolist(), numbers.tolist(), strict=True)),
            draw_prefixed(prefixes, ASKED, 4),
            bare,
        )

    @property
    def bytes_ratio(self) -> float:
        """How many times as large a dict is as our file."""
        return DictPeer(self.book).stored_bytes / self.path.stat().st_size


def contests(ring: Ring) -> Iterator[Contest]:
    """Every contest, its answers compared before it is timed."""
    yield from _exact(ring)
    yield _few(ring)
    yield from _floors(ring)
    yield from _prefixes(ring)


def _exact(ring: Ring) -> Iterator[Contest]:
    get = ring.book.get
    table = ring.table
    out = np.empty(ASKED, np.int32)
    for kind in KINDS:
        codes, answers = ring.rows.round(kind, 1)
        keys = codes.tolist()
        _same(table.lookup_batch(codes), answers)
        _same(list(map(table.lookup, keys)), answers)
        yield _contest(f"scalar, {kind}, by dict", table.lookup, get, keys)
        for name, asked in (("batch", codes), ("batch of a list", keys)):
            yield Contest(
                f"{name}, {kind}, by dict",
                partial(table.lookup_batch, asked, out),
                partial(_list_of, get, keys),
            )


def _few(ring: Ring) -> Contest:
    codes, _ = ring.rows.round("all hits", 2)
    few = list(codes.reshape(-1, FEW))
    lists = [part.tolist() for part in few]
    out = np.empty(FEW, np.int32)
    find, get = ring.table.lookup_batch, ring.book.get

    def ours() -> None:
        for part in few:
            find(part, out)

    def theirs() -> None:
        for part in lists:
            list(map(get, part))

    return Contest(f"{FEW} codes a call, by dict", ours, theirs)


def _floors(ring: Ring) -> Iterator[Contest]:
    memory = ring.bare.Memory(ring.path.stat().st_size, False)
    codes, _ = ring.rows.round("all hits", 3)
    out = np.empty(ASKED, np.int32)
    yield Contest(
        "batch, by random lines",
        lambda: ring.table.lookup_batch(codes, out),
        lambda: memory.touch_lines(0, ASKED),
    )
    keys = codes.tolist()
    yield _contest("scalar, by empty calls", ring.table.lookup, ring.bare.empty_call, keys)
    yield Contest(
        "open, by one pass of reading",
        lambda: RoutingTable.open(ring.path).close(),
        memory.sum,
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

    keys = ring.prefixed.tolist()
    find, longest = ring.table.prefix_batch, ring.table.longest_barcode
    answers = np.array(list(map(naive, keys)), np.int32)
    _same(find("barcode", ring.prefixed), answers)
    _same([longest(key)[0] for key in keys], answers)
    out = np.empty(ASKED, np.int32)
    yield _contest("prefix, scalar, by naive dict", longest, naive, keys)
    yield Contest(
        "prefix, batch, by naive dict",
        lambda: find("barcode", ring.prefixed, out),
        lambda: each(naive)(keys),
    )


def _contest(
    name: str, ours: Callable[[Any], object], theirs: Callable[[Any], object], keys: list[bytes]
) -> Contest:
    return Contest(name, lambda: each(ours)(keys), lambda: each(theirs)(keys))


def _list_of(call: Callable[[bytes], int | None], keys: list[bytes]) -> list[int | None]:
    return list(map(call, keys))


def _same(found: Any, expected: NDArray[np.int32]) -> None:
    if not np.array_equal(found, expected):
        raise AssertionError("the table and its peer do not give the same answers")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
