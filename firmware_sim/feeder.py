"""The infeed: parcels of the manifest, in order, each behind its gap.

It waits for the operator's start, for a hold of the next parcel, and whenever the PLC does not
admit. It never makes a gap shorter than the manifest says.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmware_sim.parcels import Parcel


class Feeder:
    """Decides when the next parcel goes onto the belt."""

    def __init__(self, parcels: Sequence[Parcel]) -> None:
        self._parcels = parcels
        self._next = 0
        self._free_at_mm = 0.0
        self._released: set[str] = set()
        self._started = False

    @property
    def fed(self) -> int:
        """Parcels let onto the belt so far."""
        return self._next

    @property
    def finished(self) -> bool:
        """Whether the whole manifest is on or over the belt."""
        return self._next == len(self._parcels)

    @property
    def holds(self) -> frozenset[str]:
        """Every hold the manifest names."""
        return frozenset(parcel.plan.hold for parcel in self._parcels if parcel.plan.hold)

    @property
    def waiting_for_hold(self) -> str | None:
        """The hold that keeps the next parcel back, or None."""
        if self.finished or not self._started:
            return None
        hold = self._parcels[self._next].plan.hold
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
        if not (admitted and self._started) or self.finished or self.waiting_for_hold:
            return None
        parcel = self._parcels[self._next]
        at_mm = max(self._free_at_mm + parcel.plan.gap_mm, before_mm)
        if at_mm > travel_mm:
            return None
        self._next += 1
        self._free_at_mm = at_mm + parcel.length_mm
        return parcel, at_mm
