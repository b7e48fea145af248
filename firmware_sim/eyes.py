"""Photo-eyes: each is covered or free, whoever lies under it, and changes only between the two."""

from __future__ import annotations

from typing import NamedTuple

from firmware_sim.parcels import Parcel
from firmware_sim.plant import Plant


class EyeChange(NamedTuple):
    """A sensor that changed when the belt had moved `travel_mm`; `parcel` is who did it."""

    input: int
    on: bool
    travel_mm: float
    parcel: Parcel | None


class Eye:
    """A photo-eye and whoever covers it."""

    __slots__ = ("at_mm", "covered_by", "input", "name")

    def __init__(self, name: str, number: int, at_mm: float) -> None:
        self.name = name
        self.input = number
        self.at_mm = at_mm
        self.covered_by: list[Parcel] = []

    def cover(self, parcel: Parcel) -> bool:
        """The parcel comes under it; whether that covers it."""
        self.covered_by.append(parcel)
        return len(self.covered_by) == 1

    def uncover(self, parcel: Parcel) -> bool:
        """The parcel lies under it no more; whether that makes it free."""
        if parcel not in self.covered_by:
            return False
        self.covered_by.remove(parcel)
        return not self.covered_by


def eyes_of(plant: Plant) -> tuple[Eye, ...]:
    """The eyes over the belt, from induct to end; a loop has none at its end."""
    eyes = (
        Eye("induct", plant.induct_input, plant.induct_eye_mm),
        Eye("tunnel", plant.tunnel_input, plant.tunnel_eye_mm),
        *(Eye(eye.name, eye.input, eye.at_mm) for eye in plant.along),
    )
    if plant.end_eye_mm is None or plant.end_input is None:
        return eyes
    return (*eyes, Eye("end", plant.end_input, plant.end_eye_mm))
