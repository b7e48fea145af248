"""The sensors of one belt: who covers them, what the inputs show, and how they changed.

An edge that is missed never gets into the PLC; the input shows the truth all the same.
"""

from __future__ import annotations

from firmware_sim.eyes import Eye, EyeChange, eyes_of
from firmware_sim.parcels import Parcel
from firmware_sim.plant import ChutePlan, Plant


class Sensors:
    """The eyes over the belt, in its order, those in the mouths of chutes, and full sensors.

    `levels`: what the inputs show, bit n for input n. `changes`: edges that came into the PLC, in
    their order; `missed`: those that did not, by whose they were. Both are emptied by who reads.
    """

    def __init__(self, plant: Plant) -> None:
        self.over_belt = eyes_of(plant)
        self.in_mouth = {
            chute.name: Eye("chute", chute.confirm_input, 0.0) for chute in plant.chutes
        }
        self.levels = 0
        self.changes: list[EyeChange] = []
        self.missed: list[Parcel] = []

    def named(self, name: str) -> Eye:
        """The eye over the belt, or in the mouth of the chute, of that name. Raises KeyError."""
        return (
            next((eye for eye in self.over_belt if eye.name == name), None) or self.in_mouth[name]
        )

    def over(self, parcel: Parcel) -> list[Eye]:
        """The eyes under which a body on the belt lies."""
        return [eye for eye in self.over_belt if parcel in eye.covered_by]

    def cover(self, parcel: Parcel, eye: Eye, at_mm: float) -> None:
        """A body comes under an eye."""
        if eye.cover(parcel):
            self.levels |= 1 << eye.input
            self._note(parcel, eye, at_mm, is_head=True)

    def uncover(self, parcel: Parcel, eye: Eye, at_mm: float) -> None:
        """A body lies under an eye no more."""
        if eye.uncover(parcel):
            self.levels &= ~(1 << eye.input)
            self._note(parcel, eye, at_mm, is_head=False)

    def tell_full(self, chute: ChutePlan, full: bool, at_mm: float) -> None:
        """A chute is full, or not any more."""
        if chute.full_input is None:
            return
        bit = 1 << chute.full_input
        self.levels = self.levels | bit if full else self.levels & ~bit
        self.changes.append(EyeChange(chute.full_input, full, at_mm, None))

    def _note(self, parcel: Parcel, eye: Eye, at_mm: float, *, is_head: bool) -> None:
        edge = "head" if is_head else "tail"
        for fault in parcel.untold:
            if fault.eye == eye.name and fault.edge == edge:
                self.missed.append(parcel)
                return
        self.changes.append(EyeChange(eye.input, is_head, at_mm, parcel))
