"""SQLite of the standard library: the codes as the primary key of a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from benches.codes import Codes
from benches.peers.peer import Answers, Destinations, Peer

_TOGETHER = 1000


class SqlitePeer(Peer):
    """One read-only connection; its statements are prepared once, by their text."""

    who = "sqlite"
    settings = f"WITHOUT ROWID, immutable, all of it mapped; one SELECT, or {_TOGETHER} by IN"
    share = 0.1

    def __init__(self, path: Path) -> None:
        self.stored_bytes = path.stat().st_size
        self._home = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)
        self._home.execute(f"PRAGMA mmap_size={self.stored_bytes}")

    @classmethod
    def filled(cls, codes: Codes, destinations: Destinations, folder: Path) -> Self:
        path = folder / "codes.sqlite"
        order = np.argsort(codes)
        home = sqlite3.connect(path)
        home.execute("PRAGMA journal_mode=OFF")
        home.execute("PRAGMA synchronous=OFF")
        home.execute(
            "CREATE TABLE codes (code BLOB PRIMARY KEY, destination INTEGER) WITHOUT ROWID"
        )
        rows = zip(codes[order].tolist(), destinations[order].tolist(), strict=True)
        home.executemany("INSERT INTO codes VALUES (?, ?)", rows)
        home.commit()
        home.close()
        return cls(path)

    def scalar(self, *, misses: bool) -> Callable[[Any], object]:  # noqa: ARG002 - one call serves both
        execute = self._home.execute
        question = "SELECT destination FROM codes WHERE code = ?"
        return lambda key: execute(question, (key,)).fetchone()

    def decoded(self, found: Sequence[Any]) -> Answers:
        return np.array([-1 if one is None else one[0] for one in found], np.int32)

    def batch(self, *, misses: bool) -> Callable[[Any], Any]:  # noqa: ARG002 - one call serves both
        execute = self._home.execute

        def find(keys: list[bytes]) -> list[tuple[bytes, int]]:
            found: list[tuple[bytes, int]] = []
            for start in range(0, len(keys), _TOGETHER):
                asked = keys[start : start + _TOGETHER]
                marks = ",".join("?" * len(asked))
                question = f"SELECT code, destination FROM codes WHERE code IN ({marks})"
                found += execute(question, asked)
            return found

        return find

    def batch_decoded(self, found: Any, codes: Codes) -> Answers:
        by_code = dict(found)
        return np.array([by_code.get(code, -1) for code in codes.tolist()], np.int32)

    def close(self) -> None:
        self._home.close()
