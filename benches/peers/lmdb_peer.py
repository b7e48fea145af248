"""LMDB: a memory-mapped B+ tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import lmdb
import numpy as np

from benches.codes import Codes
from benches.peers.peer import Answers, Destinations, Peer

_CHUNK = 1 << 20


class LmdbPeer(Peer):
    """One environment, one read transaction for all look-ups, values of two bytes."""

    who = "lmdb"
    settings = "read-only, no lock, no readahead, one transaction; get, mapped over the keys"

    def __init__(self, path: Path) -> None:
        self.stored_bytes = path.stat().st_size
        self._environment = lmdb.open(
            str(path), subdir=False, readonly=True, lock=False, readahead=False
        )
        # Copies of two bytes come faster than views of them, and single calls than getmulti.
        self._transaction = self._environment.begin(buffers=False)

    @classmethod
    def filled(cls, codes: Codes, destinations: Destinations, folder: Path) -> Self:
        path = folder / "codes.lmdb"
        with (
            lmdb.open(str(path), subdir=False, map_size=1 << 36, sync=False, lock=False) as home,
            home.begin(write=True) as transaction,
        ):
            transaction.cursor().putmulti(_sorted_rows(codes, destinations), append=True)
        # Pages that were written over while it was filled are left out of a compact copy.
        compact = folder / "codes.compact.lmdb"
        with lmdb.open(str(path), subdir=False, readonly=True, lock=False) as home:
            home.copy(str(compact), compact=True)
        path.unlink()
        return cls(compact)

    def scalar(self, *, misses: bool) -> Callable[[Any], object]:  # noqa: ARG002 - one call serves both
        get: Callable[[Any], object] = self._transaction.get
        return get

    def batch(self, *, misses: bool) -> Callable[[Any], Any]:  # noqa: ARG002 - one call serves both
        get = self._transaction.get
        return lambda keys: list(map(get, keys))

    def decoded(self, found: Sequence[Any]) -> Answers:
        return np.array(
            [-1 if one is None else int.from_bytes(one, "little") for one in found], np.int32
        )

    def close(self) -> None:
        self._transaction.abort()
        self._environment.close()


def _sorted_rows(codes: Codes, destinations: Destinations) -> Iterator[tuple[bytes, bytes]]:
    order = np.argsort(codes)
    for start in range(0, len(order), _CHUNK):
        rows = order[start : start + _CHUNK]
        values = destinations[rows].astype("<u2").view("S2")
        for code, number in zip(codes[rows].tolist(), range(len(rows)), strict=True):
            yield code, values[number : number + 1].tobytes()
