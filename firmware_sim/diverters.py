"""Diverters: mechanical arms that follow their outputs late, in simulated milliseconds.

An arm is active from `actuation_ms` after its output came on until `return_ms` after it went
off. A pulse shorter than the actuation never gets it out.
"""

from __future__ import annotations

import math
from typing import Literal

from firmware_sim.parcels import Parcel
from firmware_sim.plant import DiverterPlan

SideName = Literal["left", "right"]


class DiverterArm:
    """One side of a diverter."""

    __slots__ = ("_active_from_ms", "_active_until_ms", "_actuation_ms", "_return_ms", "on")

    def __init__(self, actuation_ms: int, return_ms: int) -> None:
        self._actuation_ms = actuation_ms
        self._return_ms = return_ms
        self._active_from_ms = math.inf
        self._active_until_ms = math.inf
        self.on = False

    def switch(self, on: bool, now_ms: float) -> float | None:
        """Its output changed at `now_ms`; when it will come out, if that has only now begun."""
        begins = on and not self.is_active(now_ms)
        if begins:
            self._active_from_ms = now_ms + self._actuation_ms
        elif not on and now_ms < self._active_from_ms:
            self._active_from_ms = math.inf
        self._active_until_ms = math.inf if on else now_ms + self._return_ms
        self.on = on
        return self._active_from_ms if begins else None

    def is_active(self, now_ms: float) -> bool:
        """Whether it stands across the belt."""
        return self._active_from_ms <= now_ms < self._active_until_ms

    def is_idle(self, now_ms: float) -> bool:
        """Whether it is off and back."""
        return not self.on and not self.is_active(now_ms)


class Diverter:
    """Both arms of a diverter, and the parcels whose span lies across its point."""

    __slots__ = ("_arms", "at_mm", "number", "touching")

    def __init__(self, plan: DiverterPlan) -> None:
        self.number = plan.number
        self.at_mm = plan.at_mm
        self.touching: list[Parcel] = []
        self._arms: dict[SideName, DiverterArm] = {
            "left": DiverterArm(plan.actuation_ms, plan.return_ms),
            "right": DiverterArm(plan.actuation_ms, plan.return_ms),
        }

    def switch(self, side: SideName, on: bool, now_ms: float) -> float | None:
        """The output of that side changed; when its arm will come out, if that has now begun."""
        return self._arms[side].switch(on, now_ms)

    def active_side(self, now_ms: float) -> SideName | None:
        """The side a parcel at the diverter is taken to now, or None."""
        for side, arm in self._arms.items():
            if arm.is_active(now_ms):
                return side
        return None
