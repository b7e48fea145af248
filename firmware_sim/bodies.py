"""The bodies that lie on one belt: their order along it, and the room between them.

On a loop the last is ahead of the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from operator import attrgetter

from firmware_sim.parcels import Parcel


class Bodies:
    """Those of one belt. `lap_mm`: once around a loop, None on a straight belt."""

    def __init__(self, infeed_mm: float, lap_mm: float | None) -> None:
        self._infeed_mm = infeed_mm
        self._lap_mm = lap_mm
        self._on_belt: dict[Parcel, None] = {}

    def __iter__(self) -> Iterator[Parcel]:
        return iter(tuple(self._on_belt))

    def add(self, parcel: Parcel) -> None:
        """It lies on the belt now."""
        self._on_belt[parcel] = None

    def discard(self, parcel: Parcel) -> None:
        """It does not, or not any more."""
        self._on_belt.pop(parcel, None)

    def in_line(self) -> list[Parcel]:
        """The bodies, the one farthest ahead first."""
        return sorted(self._on_belt, key=attrgetter("origin_mm"))

    def room_mm(self, parcel: Parcel) -> tuple[float, float]:
        """How far the next body lies ahead of one of them, and how far behind it."""
        line = self.in_line()
        if len(line) == 1:
            return math.inf, math.inf
        place = line.index(parcel)
        lap_mm = math.inf if self._lap_mm is None else self._lap_mm
        ahead, behind = line[place - 1], line[(place + 1) % len(line)]
        ahead_mm = parcel.origin_mm - ahead.origin_mm - ahead.length_mm
        behind_mm = behind.origin_mm - parcel.origin_mm - parcel.length_mm
        return (
            ahead_mm + (lap_mm if place == 0 else 0.0),
            behind_mm + (lap_mm if behind is line[0] else 0.0),
        )

    def has_room(self, parcel: Parcel, before: Parcel | None, travel_mm: float) -> bool:
        """Whether nothing that comes round, `before` apart, is near where it would be fed."""
        first_mm = self._infeed_mm + parcel.plan.gap_mm
        last_mm = self._infeed_mm - parcel.length_mm - parcel.plan.gap_mm + (self._lap_mm or 0.0)
        for body in self._on_belt:
            if body is not before:
                body_mm = body.head_mm(travel_mm)
                if body_mm - body.length_mm < first_mm or body_mm > last_mm:
                    return False
        return True
