"""marisa-trie: a succinct, static trie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import marisa_trie
import numpy as np
from numpy.typing import NDArray

from benches.codes import Codes
from benches.peers.peer import Answers, Destinations, Peer


class MarisaPeer(Peer):
    """A BinaryTrie, which numbers its keys, and an array of destinations by that number.

    Faster than its own ways to carry a value (RecordTrie, BytesTrie), whose keys are str.
    """

    who = "marisa-trie"
    settings = "BinaryTrie; key_id (get where keys may miss), mapped; array read not timed"
    share = 0.25

    def __init__(self, trie: Any, numbers: NDArray[np.uint16], stored_bytes: int) -> None:
        self._trie = trie
        self._numbers = numbers
        self.stored_bytes = stored_bytes + numbers.nbytes

    @classmethod
    def filled(cls, codes: Codes, destinations: Destinations, folder: Path) -> Self:
        keys = codes.tolist()
        trie = marisa_trie.BinaryTrie(keys)
        ids = np.fromiter(map(trie.key_id, keys), np.int64, len(keys))
        numbers = np.empty(len(keys), np.uint16)
        numbers[ids] = destinations
        path = folder / "codes.marisa"
        trie.save(str(path))
        return cls(trie, numbers, path.stat().st_size)

    def scalar(self, *, misses: bool) -> Callable[[Any], object]:
        call: Callable[[Any], object] = self._trie.get if misses else self._trie.key_id
        return call

    def batch(self, *, misses: bool) -> Callable[[Any], Any]:
        call = self._trie.get if misses else self._trie.key_id
        return lambda keys: list(map(call, keys))

    def decoded(self, found: Sequence[Any]) -> Answers:
        ids = np.array([-1 if one is None else one for one in found], np.int64)
        return np.where(ids < 0, -1, self._numbers[ids].astype(np.int32)).astype(np.int32)
