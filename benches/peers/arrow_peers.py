"""pyarrow: positions by index_in, destinations by take. It keeps no hash table between calls.

Each call of `index_in` hashes all rows anew. A scan of a dataset binds the same function once for
many batches of keys: when the scan is made in advance, the hashing is not in what is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow
import pyarrow.compute
import pyarrow.dataset

from benches.codes import Codes
from benches.peers.peer import Answers, Destinations, Peer

_TOGETHER = 1 << 16


class ArrowPeer(Peer):
    """`pyarrow.compute.index_in`, all of its work counted."""

    who = "pyarrow"
    settings = "binary keys; index_in + take, its hashing of all rows counted in each call"

    def __init__(self, codes: Any, destinations: Any) -> None:
        self._codes = codes
        self._destinations = destinations
        self.stored_bytes = codes.nbytes + destinations.nbytes

    @classmethod
    def filled(cls, codes: Codes, destinations: Destinations, folder: Path) -> Self:  # noqa: ARG003 - it has no file
        return cls(_binary(codes), _array(destinations))

    def scalar(self, *, misses: bool) -> None:  # noqa: ARG002 - it has no such call
        return None

    def keys(self, codes: Codes) -> Any:
        return _binary(codes)

    def batch(self, *, misses: bool) -> Callable[[Any], Any]:  # noqa: ARG002 - one call serves both
        index_in = pyarrow.compute.index_in
        return lambda keys: self._destinations.take(index_in(keys, value_set=self._codes))

    def batch_decoded(self, found: Any, codes: Codes) -> Answers:  # noqa: ARG002 - it answers in order
        answers: Answers = found.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
        answers[found.is_null().to_numpy(zero_copy_only=False)] = -1
        return answers


class BoundArrowPeer(ArrowPeer):
    """The same function bound once, its hashing of all rows left out."""

    who = "pyarrow, hash kept"
    settings = f"index_in bound in a scan of {_TOGETHER:,} keys a time, hashing not counted; take"

    def keys(self, codes: Codes) -> Any:
        asked = pyarrow.record_batch([_binary(codes)], names=["code"])
        parts = [asked.slice(at, _TOGETHER) for at in range(0, len(codes), _TOGETHER)]
        place = pyarrow.compute.index_in(pyarrow.compute.field("code"), value_set=self._codes)
        return pyarrow.dataset.Scanner.from_batches(
            iter(parts),
            schema=asked.schema,
            columns={"place": place},
            batch_size=_TOGETHER,
            use_threads=False,
        )

    def batch(self, *, misses: bool) -> Callable[[Any], Any]:  # noqa: ARG002 - one call serves both
        take = self._destinations.take
        return lambda scan: take(scan.to_table().column("place"))

    def batch_decoded(self, found: Any, codes: Codes) -> Answers:
        return super().batch_decoded(found.combine_chunks(), codes)


def _binary(codes: Codes) -> Any:
    return pyarrow.array(codes.tolist(), type=pyarrow.binary())


def _array(numbers: Destinations) -> Any:
    return pyarrow.array(numbers)
