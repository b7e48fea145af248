"""The infeed: parcels of the manifest, in order, each behind its gap.

It waits for the operator's start, for a hold of the next parcel, and whenever the PLC does not
admit. It never makes a gap shorter than the manifest says, and on a loop it waits for room between
what comes round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware_sim.faults import ShortGap
from firmware_sim.parcels import Parcel

HasRoom = Callable[[Parcel, Parcel | None, float], bool]
"""Whether a parcel can be fed behind the one before it, when the belt has moved so far."""


class Feeder:
    """Decides when the next parcel goes onto the belt. `holds`: every hold the manifest names."""

    def __init__(
        self,
        parcels: Iterable[Parcel],
        holds: frozenset[str] = frozenset(),
        has_room: HasRoom | None = None,
    ) -> None:
        self._parcels = iter(parcels)
        self._next = next(self._parcels, None)
        self._last: Parcel | None = None
        self._last_origin_mm: float | None = None
        self._free_at_mm = 0.0
        self._released: set[str] = set()
        self._started = False
        self._has_room = has_room
        self.holds = holds
        self.fed = 0
        self.short_gaps = 0

    @property
    def finished(self) -> bool:
        """Whether the whole manifest is on or over the belt."""
        return self._next is None

    @property
    def waiting_for_hold(self) -> str | None:
        """The hold that keeps the next parcel back, or None."""
        if self._next is None or not self._started:
            return None
        hold = self._next.plan.hold
        return None if hold in self._released else hold

    def start(self) -> None:
        """The operator starts the infeed."""
        self._started = True

    def release(self, hold: str) -> None:
        """The operator lifts a hold, now or before it is reached."""
        self._released.add(hold)

    def due(
        self, admitted: bool, before_mm: float, travel_mm: float
    ) -> tuple[Parcel, float] | None:
        """The parcel to feed while the belt moves from `before_mm` to `travel_mm`, and where.

        Call again until it answers None.
        """
        parcel = self._next
        self._follow_slip()
        if parcel is None or travel_mm < self._free_at_mm + parcel.gap_mm:
            return None
        if not (admitted and self._started) or self.waiting_for_hold:
            return None
        if self._has_room is not None and not self._has_room(parcel, self._last, travel_mm):
            return None
        at_mm = max(self._free_at_mm + parcel.gap_mm, before_mm)
        self._note_gap(parcel, at_mm - self._free_at_mm)
        self.fed += 1
        self._free_at_mm = at_mm + parcel.length_mm
        self._last, self._next = parcel, next(self._parcels, None)
        self._last_origin_mm = None
        return parcel, at_mm

    def _follow_slip(self) -> None:
        """What slips back before the next parcel comes keeps it waiting, till it comes round."""
        if self._last is None or self._last.origin_mm == self._last_origin_mm:
            return
        if self._last.laps:
            self._last = None
            return
        if self._last_origin_mm is not None:
            self._free_at_mm += max(self._last.origin_mm - self._last_origin_mm, 0.0)
        self._last_origin_mm = self._last.origin_mm

    def _note_gap(self, parcel: Parcel, gap_mm: float) -> None:
        short = next((fault for fault in parcel.faults if isinstance(fault, ShortGap)), None)
        if short is None or self._last is None or gap_mm >= parcel.plan.gap_mm:
            return
        self.short_gaps += 1
        for neighbour in (self._last, parcel):
            neighbour.hit.add("short_gap")
