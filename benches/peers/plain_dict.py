"""The peer that everyone has: a dict of bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from benches.codes import Codes
from benches.peers.peer import Destinations, Peer


class DictPeer(Peer):
    """A dict of bytes to int."""

    who = "dict"
    settings = "bytes to int; get, mapped over the keys"

    def __init__(self, book: dict[bytes, int]) -> None:
        self._book = book
        # The integers are not counted: rows could share 2**16 of them.
        self.stored_bytes = sys.getsizeof(book) + sum(map(sys.getsizeof, book))

    @classmethod
    def filled(cls, codes: Codes, destinations: Destinations, folder: Path) -> Self:  # noqa: ARG003 - it has no file
        return cls(dict(zip(codes.tolist(), destinations.tolist(), strict=True)))

    def scalar(self, *, misses: bool) -> Callable[[Any], object]:  # noqa: ARG002 - one call serves both
        return self._book.get

    def batch(self, *, misses: bool) -> Callable[[Any], Any]:  # noqa: ARG002 - one call serves both
        get = self._book.get
        return lambda keys: list(map(get, keys))
