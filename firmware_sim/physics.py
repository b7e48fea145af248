"""The belt: parcels as real-valued spans, carried past eyes, scanner and diverters.

Pure and event-driven. Parcels ride on the belt without slipping, so every moment in which one
meets something is known as a belt travel when it is fed; a heap keeps those crossings, and a step
only looks at the ones it passes and at diverters that are moving. What a diverter does to a
parcel depends on nothing but where both are: any parcel whose span lies across an active diverter
goes to that side, whatever was meant.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from firmware_sim.chutes import Chute
from firmware_sim.diverters import Diverter, SideName
from firmware_sim.faults import remove_positions
from firmware_sim.parcels import Fate, Parcel
from firmware_sim.plant import Manifest, Plant

INFEED_LEAD_MM = 10.0
"""A parcel is let onto the belt this far before the induct eye, beyond the eye's own error."""


class EyeChange(NamedTuple):
    """A sensor that changed when the belt had moved `travel_mm`; `parcel` is who did it."""

    input: int
    on: bool
    travel_mm: float
    parcel: Parcel | None


class Reading(NamedTuple):
    """A parcel whose middle passed the scanner when the belt had moved `travel_mm`."""

    parcel: Parcel
    travel_mm: float


class Eye:
    """A photo-eye and whoever covers it; it changes only between nobody and somebody."""

    __slots__ = ("at_mm", "covered_by", "input")

    def __init__(self, number: int, at_mm: float) -> None:
        self.input = number
        self.at_mm = at_mm
        self.covered_by: list[Parcel] = []


class Physics:
    """Everything that moves or senses along one belt."""

    def __init__(self, plant: Plant, manifest: Manifest) -> None:
        self._crossings: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = 0
        self._induct = Eye(plant.induct_input, plant.induct_eye_mm)
        self._end = Eye(plant.end_input, plant.end_eye_mm)
        self._eyes = (self._induct, Eye(plant.tunnel_input, plant.tunnel_eye_mm), self._end)
        self._scanner_mm = plant.scanner_mm
        self._diverters = {plan.number: Diverter(plan) for plan in plant.diverters}
        self._moving: set[int] = set()
        self.chutes = tuple(Chute(plan) for plan in plant.chutes)
        self._outlets = {(chute.plan.diverter, chute.plan.side): chute for chute in self.chutes}
        self._confirms = {
            chute.plan.name: Eye(chute.plan.confirm_input, 0.0) for chute in self.chutes
        }
        self._removals = remove_positions(manifest.faults)
        self._now_ms = 0
        self.carried = 0
        self._step_mm = 0.0
        self._travel_mm = 0.0
        self._changes: list[EyeChange] = []
        self._readings: list[Reading] = []

    def feed(self, parcel: Parcel, travel_mm: float) -> None:
        """Let the parcel onto the belt, its head just before the induct eye."""
        parcel.origin_mm = travel_mm - self._induct.at_mm + INFEED_LEAD_MM
        parcel.fate = Fate.ON_BELT
        parcel.why = "still on the belt"
        self.carried += 1
        head_at_0, tail_at_0 = parcel.origin_mm, parcel.origin_mm + parcel.length_mm
        for eye in self._eyes:
            on_mm = head_at_0 + eye.at_mm + parcel.jitter_mm()
            off_mm = tail_at_0 + eye.at_mm + parcel.jitter_mm()
            self._when(on_mm, partial(self._cover, eye, parcel))
            self._when(off_mm, partial(self._uncover, eye, parcel))
        middle_mm = head_at_0 + self._scanner_mm + parcel.length_mm / 2
        self._when(middle_mm, partial(self._read, parcel))
        for diverter in self._diverters.values():
            self._when(head_at_0 + diverter.at_mm, partial(self._reach, diverter, parcel))
            self._when(tail_at_0 + diverter.at_mm, partial(self._pass, diverter, parcel))
        for at_mm in self._removals.get(parcel.plan.id, ()):
            self._when(head_at_0 + at_mm, partial(self._remove, parcel, at_mm))

    def switch(self, number: int, side: SideName, on: bool, now_ms: int) -> None:
        """A diverter's output changed at `now_ms`."""
        self._diverters[number].switch(side, on, now_ms)
        self._moving.add(number)

    def advance(self, now_ms: int, travel_mm: float) -> tuple[list[EyeChange], list[Reading]]:
        """Carry on to `now_ms` and `travel_mm` (neither ever goes back).

        Returns what the sensors saw on the way, in the order of the belt.
        """
        self._now_ms = now_ms
        self._step_mm = travel_mm - self._travel_mm
        self._travel_mm = travel_mm
        self._changes, self._readings = [], []
        while self._crossings and self._crossings[0][0] <= travel_mm:
            at_mm, _, happen = heapq.heappop(self._crossings)
            happen(at_mm)
        if self._moving:
            self._divert_whoever_touches()
        for chute in self.chutes:
            if chute.empty_if_due(now_ms):
                self._tell_full(chute, False)
        return self._changes, self._readings

    def _let_go(self, parcel: Parcel, fate: Fate, why: str) -> None:
        parcel.fate = fate
        parcel.why = why
        self.carried -= 1

    def _when(self, travel_mm: float, happen: Callable[[float], None]) -> None:
        self._order += 1
        heapq.heappush(self._crossings, (travel_mm, self._order, happen))

    def _cover(self, eye: Eye, parcel: Parcel, at_mm: float) -> None:
        if parcel.fate is not Fate.ON_BELT and parcel.fate is not Fate.SLIDING:
            return
        eye.covered_by.append(parcel)
        if len(eye.covered_by) == 1:
            self._changes.append(EyeChange(eye.input, True, at_mm, parcel))

    def _uncover(self, eye: Eye, parcel: Parcel, at_mm: float) -> None:
        if parcel not in eye.covered_by:
            return
        eye.covered_by.remove(parcel)
        if not eye.covered_by:
            self._changes.append(EyeChange(eye.input, False, at_mm, parcel))
        if eye is self._end and parcel.fate is Fate.ON_BELT:
            self._let_go(parcel, Fate.END, "no diverter took it")

    def _read(self, parcel: Parcel, at_mm: float) -> None:
        if parcel.fate is Fate.ON_BELT:
            self._readings.append(Reading(parcel, at_mm))

    def _reach(self, diverter: Diverter, parcel: Parcel, _at_mm: float) -> None:
        if parcel.fate is Fate.ON_BELT:
            diverter.touching.append(parcel)

    def _pass(self, diverter: Diverter, parcel: Parcel, _at_mm: float) -> None:
        if parcel in diverter.touching:
            diverter.touching.remove(parcel)

    def _remove(self, parcel: Parcel, where_mm: float, at_mm: float) -> None:
        if parcel.fate is not Fate.ON_BELT:
            return
        self._let_go(parcel, Fate.REMOVED, f"taken off the belt at {where_mm:g} mm")
        for eye in self._eyes:
            self._uncover(eye, parcel, at_mm)
        for diverter in self._diverters.values():
            self._pass(diverter, parcel, at_mm)

    def _divert_whoever_touches(self) -> None:
        for number in sorted(self._moving):
            diverter = self._diverters[number]
            side = diverter.active_side(self._now_ms)
            if side is not None:
                for parcel in tuple(diverter.touching):
                    self._divert(diverter, side, parcel)
            elif diverter.is_idle(self._now_ms):
                self._moving.discard(number)

    def _divert(self, diverter: Diverter, side: SideName, parcel: Parcel) -> None:
        parcel.diverter, parcel.side = diverter.number, side
        behind_head_mm = parcel.head_mm(self._travel_mm) - diverter.at_mm
        met = (
            "was active when its head came"
            if behind_head_mm <= self._step_mm
            else f"came out {behind_head_mm:.0f} mm behind its head"
        )
        parcel.why = f"diverter {diverter.number} {side} {met}"
        diverter.touching.remove(parcel)
        chute = self._outlets.get((diverter.number, side))
        if chute is None:
            self._let_go(parcel, Fate.LOST, parcel.why + "; there is no chute on that side")
            return
        parcel.fate = Fate.SLIDING
        parcel.chute = chute.plan.name
        head_mm = self._travel_mm + chute.plan.slide_mm + parcel.slide_jitter_mm
        on_mm = head_mm + parcel.jitter_mm()
        off_mm = head_mm + parcel.length_mm + parcel.jitter_mm()
        confirm = self._confirms[chute.plan.name]
        self._when(on_mm, partial(self._cover, confirm, parcel))
        self._when(off_mm, partial(self._arrive, chute, confirm, parcel))

    def _arrive(self, chute: Chute, confirm: Eye, parcel: Parcel, at_mm: float) -> None:
        self._uncover(confirm, parcel, at_mm)
        self._let_go(parcel, Fate.CHUTE, parcel.why)
        was_full = chute.full
        chute.receive(self._now_ms)
        if chute.full and not was_full:
            self._tell_full(chute, True)

    def _tell_full(self, chute: Chute, full: bool) -> None:
        if chute.plan.full_input is not None:
            self._changes.append(EyeChange(chute.plan.full_input, full, self._travel_mm, None))
