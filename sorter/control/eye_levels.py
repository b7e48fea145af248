"""Eyes that the ring's edges left covered, against the levels that the PLC shows: missed tails.

An edge that the PLC's input missed is never told, and the eye would count as covered until the next
parcel comes. Two status blocks in a row must contradict the edges, so that an edge which is shown
in the levels one program cycle before it stands in the ring is not taken for a missed one.
"""

from __future__ import annotations

from collections.abc import Iterable

from sorter.protocol.plc import RingEntry


class EyeLevels:
    """Watches the inputs of one line's photo-eyes."""

    def __init__(self, inputs: Iterable[int]) -> None:
        self._inputs = sum(1 << number for number in inputs)
        self._covered = 0
        self._suspected = 0

    def take(self, entry: RingEntry) -> None:
        """The ring tells of an edge, or of something else."""
        if entry.kind == "edge_on":
            self._covered |= 1 << entry.index & self._inputs
        elif entry.kind == "edge_off":
            self._covered &= ~(1 << entry.index)

    def found_clear(self, levels: int) -> list[int]:
        """The inputs that `levels`, read with the ring's newest entry, show clear against it."""
        contradicted = self._covered & ~levels
        found = contradicted & self._suspected
        self._suspected = contradicted & ~found
        self._covered &= ~found
        return [number for number in range(found.bit_length()) if found >> number & 1]

    def forget(self) -> None:
        """Edges were not read, or the PLC is another: no eye is known to be covered."""
        self._covered = self._suspected = 0
