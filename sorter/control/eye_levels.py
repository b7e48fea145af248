"""The eyes as the ring's edges left them, against the levels that the PLC shows.

An edge may never be told: the PLC's input missed it, the ring was overwritten, control was away.
The eye would then count as covered until the next parcel comes, or a jam go unseen. Two status
blocks in a row must contradict the edges, so that an edge which is shown in the levels one program
cycle before it stands in the ring is not taken for a missed one.
"""

from __future__ import annotations

from collections.abc import Iterable

from sorter.protocol.plc import RingEntry


class EyeLevels:
    """Watches the inputs of one line's photo-eyes, which are all free at first."""

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

    def contradictions(self, levels: int) -> list[tuple[int, bool]]:
        """The inputs that `levels`, read with the ring's newest entry, show otherwise, and how."""
        contradicted = (self._covered ^ levels) & self._inputs
        found = contradicted & self._suspected
        self._suspected = contradicted & ~found
        self._covered ^= found
        return [
            (number, bool(levels >> number & 1))
            for number in range(found.bit_length())
            if found >> number & 1
        ]
