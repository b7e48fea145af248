"""Who else finds the longest of many prefixes: datrie, and a dict that is asked for every length.

Both are used with str or bytes as they like it best.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any, Protocol

import datrie

from benches.codes import Codes
from benches.peers.peer import Destinations


class PrefixPeer(Protocol):
    """A way to find the longest prefix of one code at a time."""

    who: str
    settings: str

    def __init__(self, prefixes: Codes, destinations: Destinations) -> None: ...

    def keys(self, codes: Codes) -> list[Any]:
        """Fresh keys of the kind it takes."""
        ...

    @property
    def call(self) -> Callable[[Any], int]:
        """Finds the destination of a key's longest prefix, -1 for none."""
        ...


class DatriePeer:
    """datrie's trie of whole numbers."""

    who = "datrie"
    settings = "BaseTrie over 0-9 A-Z; longest_prefix_value with a default, str keys"

    def __init__(self, prefixes: Codes, destinations: Destinations) -> None:
        self._trie = datrie.BaseTrie(string.digits + string.ascii_uppercase)
        for prefix, number in zip(prefixes.tolist(), destinations.tolist(), strict=True):
            self._trie[prefix.decode()] = number

    def keys(self, codes: Codes) -> list[Any]:
        keys: list[str] = codes.astype("U").tolist()
        return keys

    @property
    def call(self) -> Callable[[Any], int]:
        find = self._trie.longest_prefix_value

        def call(code: str) -> int:
            found: int = find(code, -1)
            return found

        return call


class NaiveDictPeer:
    """A dict of bytes, asked for each length there is, the longest first."""

    who = "naive dict"
    settings = "asked for each length a prefix has, the longest first"

    def __init__(self, prefixes: Codes, destinations: Destinations) -> None:
        self._book = dict(zip(prefixes.tolist(), destinations.tolist(), strict=True))
        self._lengths = sorted({len(prefix) for prefix in self._book}, reverse=True)

    def keys(self, codes: Codes) -> list[Any]:
        keys: list[bytes] = codes.tolist()
        return keys

    @property
    def call(self) -> Callable[[Any], int]:
        get = self._book.get
        lengths = self._lengths

        def find(code: bytes) -> int:
            for length in lengths:
                found: int | None = get(code[:length])
                if found is not None:
                    return found
            return -1

        return find
