"""Scanners that should have spoken: so many parcels in a row went by one, and it told of none.

A scanner tells of every parcel, with the no-read text of one that it could not read. Parcels are
counted from where the last telegram of theirs could have come, so those still on their way to the
beam say nothing yet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from sorter.engine.layout import Layout


class ScannerWatch:
    """For each watched scanner the heads of the parcels of which it has yet to speak."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._unheard: dict[str, deque[int]] = {
            name: deque() for name, place in layout.scanners.items() if place.silent_after
        }

    def inducted(self, head_count: int) -> Iterator[tuple[str, int]]:
        """A parcel came in; gives each scanner that is silent, and of how many parcels."""
        for name, heads in self._unheard.items():
            heads.append(head_count)
            place = self._layout.scanners[name]
            heard_by = place.at + place.max_delay + self._layout.max_length
            parcels = place.silent_after
            if len(heads) > parcels and heads[parcels - 1] + heard_by <= head_count:
                # Counted anew: an alarm that comes again each time needs no more memory than once.
                for _ in range(parcels):
                    heads.popleft()
                yield name, parcels

    def heard(self, scanner: str, count: int) -> None:
        """It spoke: it owes nothing of what has come to its beam by now."""
        heads = self._unheard.get(scanner)
        at = self._layout.scanners[scanner].at if heads else 0
        while heads and heads[0] + at <= count:
            heads.popleft()

    def forget(self) -> None:
        """The count jumped: who has passed a beam is not known."""
        for heads in self._unheard.values():
            heads.clear()
