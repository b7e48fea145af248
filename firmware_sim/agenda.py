"""What comes next on a belt, by place and by time.

A meeting waits for a belt travel, a moment for a time. A step takes both in the order in which
they come, the belt moving evenly within the step.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

from firmware_sim.parcels import Parcel

Moment = Callable[[float, float], None]
"""What happens at a time (ms) and belt travel (mm)."""


class Agenda:
    """The meetings and moments of one belt; `now_ms` and `travel_mm` are those of the newest."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.travel_mm = 0.0
        self._meetings: list[tuple[float, int, Parcel, int]] = []
        self._moments: list[tuple[float, int, Moment]] = []
        self._order = 0

    def later(self, at_ms: float, happen: Moment) -> None:
        """Let something happen at that time, or at once in the next step when that is over."""
        self._order += 1
        heapq.heappush(self._moments, (at_ms, self._order, happen))

    def aim(self, parcel: Parcel) -> None:
        """Await the next step on the parcel's way, until it aims at another."""
        if parcel.next_step < len(parcel.way):
            at_mm = parcel.travel_mm(parcel.way[parcel.next_step].head_mm)
            self._order += 1
            heapq.heappush(self._meetings, (at_mm, self._order, parcel, parcel.aim))

    def advance(self, now_ms: float, travel_mm: float) -> None:
        """Carry on to `now_ms` and `travel_mm`; neither ever goes back."""
        from_ms, from_mm = self.now_ms, self.travel_mm
        moved_mm = travel_mm - from_mm
        ms_per_mm = (now_ms - from_ms) / moved_mm if moved_mm else 0.0
        meetings, moments = self._meetings, self._moments
        while True:
            next_mm = meetings[0][0] if meetings and meetings[0][0] <= travel_mm else None
            if moments and moments[0][0] <= now_ms:
                at_ms = moments[0][0]
                at_mm = from_mm + (at_ms - from_ms) / ms_per_mm if ms_per_mm else from_mm
                if next_mm is None or at_mm <= next_mm:
                    self._move_to(at_ms, at_mm)
                    heapq.heappop(moments)[2](self.now_ms, self.travel_mm)
                    continue
            if next_mm is None:
                break
            self._move_to(from_ms + (next_mm - from_mm) * ms_per_mm, next_mm)
            self._meet()
        self.now_ms, self.travel_mm = now_ms, travel_mm

    def _move_to(self, at_ms: float, at_mm: float) -> None:
        self.now_ms = max(at_ms, self.now_ms)
        self.travel_mm = max(at_mm, self.travel_mm)

    def _meet(self) -> None:
        at_mm, _, parcel, aim = heapq.heappop(self._meetings)
        if aim != parcel.aim:
            return
        step = parcel.way[parcel.next_step]
        parcel.next_step += 1
        step.meet(parcel, step.thing, at_mm)
        if aim == parcel.aim:
            self.aim(parcel)
