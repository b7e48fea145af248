"""What lies on the belt: the parcels being tracked, and the bodies that nobody tracks (any more).

A stray and a parcel whose place was lost have no task, yet they are there: a diverter that moves
for a neighbour would take them along. So they stay obstacles until they must have left the belt.
"""

from __future__ import annotations

from collections.abc import Iterator

from sorter.engine.eyes import BeltEyes
from sorter.engine.layout import ChutePlace, Layout
from sorter.engine.parcel import HOLDS_DIVERTER, Parcel
from sorter.engine.span import Span


class Belt:
    """The bodies on one belt.

    `drift_ppm`: how much farther than its encoder tells it moves, where that is more than eyes err.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.eyes = BeltEyes(layout)
        self.parcels: dict[int, Parcel] = {}
        self.obstacles: list[Span] = []
        self._doubted_at: int | None = None
        self.drift_ppm = 0

    def span(self, parcel: Parcel) -> Span:
        """Where the parcel lies; as long as a parcel can be until its tail was seen."""
        length = self._layout.max_length if parcel.length is None else parcel.length
        return Span(parcel.head_count, parcel.head_count + length)

    def meet(self, one: Span, other: Span) -> bool:
        """Whether two bodies, or a body and a sweep, come together on this belt."""
        return one.meets(other, self._layout.lap)

    def drifts_past(self, diverter: str) -> bool:
        """Whether a parcel is off by more than tolerated when it comes to the diverter."""
        unseen = self._layout.diverters[diverter].at - self.eyes.proving_at(diverter)
        return abs(self.drift_ppm) * unseen // 1_000_000 > self._layout.correction

    def expected(self, at_count: int, place: int, window: int) -> list[Parcel]:
        """The parcels whose head should be within `window` of `place`."""
        return [
            parcel
            for parcel in self.parcels.values()
            if abs(parcel.head(at_count) - place) <= window
        ]

    def add_obstacle(self, span: Span, count: int) -> None:
        """Remember a body without a task; those that must have left by `count` are forgotten."""
        kept = []
        for other in self._still_on_belt(count):
            # On a loop they may lie laps apart, where what is between them is not theirs.
            if other.touches(span):
                span = Span(min(span.first, other.first), max(span.last, other.last))
            else:
                kept.append(other)
        self.obstacles = [*kept, span]

    def is_obstructed(self, span: Span, count: int) -> bool:
        """Whether an obstacle can lie across `span`, as far as their places are known."""
        near = span.widened(self._layout.window)
        return any(self.meet(near, obstacle) for obstacle in self._still_on_belt(count))

    def _still_on_belt(self, count: int) -> Iterator[Span]:
        """The obstacles, without what must have left by `count`.

        On a loop that has come to the induct eye again, and is a parcel if it was seen there.
        """
        gone = count - self._layout.end - self._layout.window
        for obstacle in self.obstacles:
            if obstacle.last >= gone:
                yield Span(max(obstacle.first, gone), obstacle.last)

    def doubt(self, count: int) -> None:
        """Up to now people may have been at the belt, or bodies came that nobody told of.

        What lies beyond the eye that proves for a diverter is seen by none before that diverter.
        """
        self._doubted_at = count

    def _is_doubted(self, span: Span, diverter: str) -> bool:
        """Whether a body that no eye sees any more can lie across `span` at that diverter."""
        if self._doubted_at is None:
            return False
        first = self._doubted_at - self._layout.diverters[diverter].at
        return span.touches(Span(first, self._doubted_at - self.eyes.proving_at(diverter)))

    def has_room(self, parcel: Parcel, place: ChutePlace, count: int) -> bool:
        """Whether the chute's diverter can come and go for `parcel` without touching another."""
        sweep = self.sweep(parcel, place)
        clear_of = self.clear_of(sweep)
        if self.is_obstructed(sweep, count) or self._is_doubted(clear_of, place.diverter):
            return False
        return not any(
            self.meet(clear_of, self.span(other)) or self._in_use(other, place, sweep)
            for other in self._others(parcel)
        )

    def clear_of(self, sweep: Span) -> Span:
        """Where no other body may be known to lie while a diverter sweeps, as it may slip there."""
        return sweep.widened(self._layout.margin + self._layout.slip)

    def sweep(self, parcel: Parcel, place: ChutePlace) -> Span:
        """While these counts are at the diverter, it stands or moves across the belt.

        An arm that was given goes by where its parcel was then, the chute's eye by where it is.
        """
        diverter = self._layout.diverters[place.diverter]
        head = armed = parcel.head_count
        if parcel.sequence is not None:
            armed = parcel.target_count - diverter.at + diverter.lead
        return Span(min(head, armed) - diverter.lead, max(head, armed) + diverter.clear)

    def _in_use(self, other: Parcel, place: ChutePlace, sweep: Span) -> bool:
        """Whether the diverter is on its way to or from its other side for `other` then."""
        if other.chute is None or other.state not in HOLDS_DIVERTER:
            return False
        theirs = self._layout.chutes[other.chute]
        return (
            theirs.diverter == place.diverter
            and theirs.side != place.side
            and self.meet(self.sweep(other, theirs), sweep)
        )

    def _others(self, parcel: Parcel) -> Iterator[Parcel]:
        return (other for other in self.parcels.values() if other is not parcel)
