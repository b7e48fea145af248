"""The eyes across the belt, in its order, and which of them proves a parcel for which diverter.

A place is proven by an eye that saw head and tail of a parcel where and as far apart as expected.
An arm goes out no earlier than the last eye has proven the parcel that can see it whole, however
long a parcel may be, before its diverter must be told; where no eye stands so near, the tunnel's
proof is what there is.
"""

from __future__ import annotations

from sorter.engine.layout import END_EYE, INDUCT_EYE, TUNNEL_EYE, DiverterPlace, EyePlace, Layout
from sorter.engine.parcel import Parcel


class BeltEyes:
    """Tunnel eye, eyes along the belt and end eye of one line, numbered from 0.

    Where a loop ends, its induct eye sees what has come round.
    """

    def __init__(self, layout: Layout) -> None:
        last = INDUCT_EYE if layout.lap else END_EYE
        tunnel, end = EyePlace(TUNNEL_EYE, layout.tunnel), EyePlace(last, layout.end)
        self.places = (tunnel, *layout.along, end)
        self.end = len(self.places) - 1
        self._numbers = {place.eye: number for number, place in enumerate(self.places)}
        self._proving = {
            name: self._last_in_time(layout, diverter)
            for name, diverter in layout.diverters.items()
        }
        self._last_proving = max(self._proving.values())

    def number(self, eye: str) -> int | None:
        """The number of the eye that events call `eye`, None when it isn't across the belt."""
        return self._numbers.get(eye)

    def passed_by(self, head: int) -> int:
        """How many eyes a head at that place has passed, the end eye left out."""
        return sum(place.at < head for place in self.places[: self.end])

    def proving_at(self, diverter: str) -> int:
        """The place of the eye that proves parcels for the diverter."""
        return self.places[self._proving[diverter]].at

    def have_proven(self, parcel: Parcel, diverter: str) -> bool:
        """Whether the parcel may be armed for the diverter."""
        return parcel.proven > self._proving[diverter]

    def can_prove(self, parcel: Parcel, diverter: str) -> bool:
        """Whether it may be by now, or once the diverter's eye has seen it whole."""
        proving = self._proving[diverter]
        return parcel.proven > proving or parcel.met <= proving or parcel.under == proving

    def can_prove_any(self, parcel: Parcel) -> bool:
        """Whether an eye is still to come that proves the parcel for a diverter."""
        return parcel.met <= self._last_proving

    def _last_in_time(self, layout: Layout, diverter: DiverterPlace) -> int:
        whole_by = diverter.at - diverter.lead - layout.min_ahead
        whole_by -= layout.max_length + layout.length_tolerance
        in_time = [
            number
            for number, place in enumerate(self.places)
            if place.at <= whole_by and number < self.end
        ]
        return max(in_time, default=0)
