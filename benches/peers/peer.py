"""What the benches ask of everything that finds the destination of a code.

A peer is filled once and stays open. `keys` makes fresh objects of the kind it takes: a scanned
code never is the object that was put into a table. What a call gives back is turned into
destinations by `decoded`, which is not timed: a peer pays for finding, not for our way of counting.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from benches.codes import Codes

Destinations = NDArray[np.uint16]
Answers = NDArray[np.int32]


class Peer(ABC):
    """One way to look codes up: `who` it is, and the `settings` it is measured with."""

    who: str
    settings: str
    share = 1.0
    """How many of the codes of a round it is asked: fewer when a round would take minutes."""
    most_rows = 20_000_000
    """A larger table takes too long to fill, or more memory than a usual machine has."""
    stored_bytes: int
    """What it keeps for all rows, on disk where it has a file."""

    @classmethod
    @abstractmethod
    def filled(cls, codes: Codes, destinations: Destinations, folder: Path) -> Self:
        """Open it with these rows. Only `folder` is written to."""

    @abstractmethod
    def scalar(self, *, misses: bool) -> Callable[[Any], object] | None:
        """The fastest call for one key, which may be missing when `misses`; None if it has none."""

    @abstractmethod
    def batch(self, *, misses: bool) -> Callable[[Any], Any]:
        """The fastest way to find many keys."""

    def keys(self, codes: Codes) -> Any:
        """Fresh keys for `scalar`, a list, made of an array of codes."""
        return codes.tolist()

    def batch_keys(self, codes: Codes) -> Any:
        """Fresh keys for `batch`."""
        return self.keys(codes)

    def decoded(self, found: Sequence[Any]) -> Answers:
        """Destination numbers, -1 for none, out of what `scalar` gave for each key."""
        return np.array([-1 if one is None else one for one in found], np.int32)

    def batch_decoded(self, found: Any, codes: Codes) -> Answers:  # noqa: ARG002 - for those who answer out of order
        """Destination numbers, -1 for none, out of what `batch` gave for `codes`."""
        return self.decoded(found)

    def close(self) -> None:
        """Let go of what is open."""
        return
