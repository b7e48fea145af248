"""The belt: parcels as real-valued spans, carried past eyes, scanner and diverters.

Pure and event-driven. What a parcel meets on its way is known when it is fed, and the agenda waits
for the next meeting of each. What a diverter does to a parcel depends on nothing but where both
are: any parcel whose span lies across an active diverter goes to that side, whatever was meant. A
parcel rides as fast as the belt but for its slips, and never through another: it comes to rest
against it. On a loop what nobody has taken off comes to the induct eye again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from functools import partial
from operator import attrgetter, itemgetter
from typing import NamedTuple

from firmware_sim.agenda import Agenda
from firmware_sim.bodies import Bodies
from firmware_sim.chutes import Chute
from firmware_sim.diverters import Diverter, SideName
from firmware_sim.eyes import Eye
from firmware_sim.faults import (
    AnyFault,
    Fault,
    RemoveParcel,
    SlipParcel,
    StopBelt,
    StrayBody,
    SwapParcels,
)
from firmware_sim.hands import Hands
from firmware_sim.parcels import Fate, Parcel, Step
from firmware_sim.plant import Plant
from firmware_sim.sensors import Sensors

INFEED_LEAD_MM = 10.0
"""A parcel is let onto the belt this far before the induct eye, beyond the eye's own error."""

_HEAD_MM = itemgetter(0)


class Reading(NamedTuple):
    """A parcel whose middle passed the scanner when the belt had moved `travel_mm`."""

    parcel: Parcel
    travel_mm: float


class Physics:
    """Everything that moves or senses along one belt.

    `carried`: bodies on the belt, in a hand or on a slide. `injected`: faults that happened, by
    kind. `readings`, `ended` and `stops`: what the last step brought, in its order; and so the
    `changes` of its `sensors`.
    """

    def __init__(self, plant: Plant, seed: int = 0) -> None:
        self.agenda = Agenda()
        self.sensors = Sensors(plant)
        self._lap_mm = plant.belt_length_mm if plant.is_loop else None
        self._end = None if plant.is_loop else self.sensors.over_belt[-1]
        self._infeed_mm = plant.induct_eye_mm - INFEED_LEAD_MM
        self._jitter_mm = plant.eye_jitter_mm
        self._scanner_mm = plant.scanner_mm
        self._diverters = {plan.number: Diverter(plan) for plan in plant.diverters}
        self.chutes = tuple(Chute(plan) for plan in plant.chutes)
        self._outlets = {(chute.plan.diverter, chute.plan.side): chute for chute in self.chutes}
        self.hands = Hands(self, plant, seed)
        self.bodies = Bodies(self._infeed_mm, self._lap_mm)
        self.carried = 0
        self.injected: Counter[str] = Counter()
        self.readings: list[Reading] = []
        self.ended: list[Parcel] = []
        self.stops: list[StopBelt] = []

    def feed(self, parcel: Parcel, travel_mm: float) -> None:
        """Let the parcel onto the belt, its head just before the induct eye."""
        parcel.why = "still on the belt"
        self.put_down(parcel, self._infeed_mm, travel_mm)

    def put_down(self, parcel: Parcel, head_mm: float, travel_mm: float) -> None:
        """A body comes onto the belt, its head at `head_mm`: it covers the eyes it lies under."""
        if parcel.fate is not Fate.IN_HAND:
            self.carried += 1
        parcel.lay(head_mm, travel_mm)
        parcel.fate = Fate.ON_BELT
        self.bodies.add(parcel)
        # What has happened to it does not happen again, even if it lies farther back now.
        parcel.way = [
            step
            for n, step in enumerate(parcel.way or self._way(parcel, parcel.faults))
            if n >= parcel.next_step or not isinstance(step.thing, Fault)
        ]
        parcel.next_step = bisect_right(parcel.way, head_mm, key=_HEAD_MM)
        if parcel.next_step:
            still = Counter(step.thing for step in parcel.way[parcel.next_step :])
            for eye in self.sensors.over_belt:
                if still[eye] == 1:  # of its two edges only the tail is still to come
                    self.sensors.cover(parcel, eye, travel_mm)
        self.agenda.aim(parcel)

    def push(self, parcel: Parcel, by_mm: float, travel_mm: float, *, rolls: bool = False) -> None:
        """Move a body along a belt that stands, back when `by_mm` is negative.

        `rolls`: the belt moves with it, so that an eye sees an edge where the belt is by then.
        """
        before_mm = parcel.head_mm(travel_mm)
        head_mm = before_mm + by_mm
        parcel.lay(head_mm, travel_mm)
        way = parcel.way
        # A diverter that stands across the belt would send it another way.
        while way is parcel.way and parcel.next_step and way[parcel.next_step - 1][0] > head_mm:
            parcel.next_step -= 1
            step = way[parcel.next_step]
            if step.undo is not None:
                at_mm = travel_mm - (before_mm - step.head_mm if rolls else 0.0)
                step.undo(parcel, step.thing, at_mm)
            elif isinstance(step.thing, Fault):
                del way[parcel.next_step]
        while way is parcel.way and way[parcel.next_step].head_mm <= head_mm:
            step = way[parcel.next_step]
            parcel.next_step += 1
            if step.undo is not None:
                step.meet(parcel, step.thing, travel_mm)
        self.agenda.aim(parcel)

    def roll_back(self, by_mm: float, travel_mm: float) -> None:
        """The belt, which stands, goes back with all bodies."""
        for parcel in self.bodies:
            self.push(parcel, -by_mm, travel_mm, rolls=True)
        self.sensors.changes.sort(key=attrgetter("travel_mm"), reverse=True)

    def pick_up(self, parcel: Parcel, travel_mm: float) -> None:
        """A body is lifted off: the eyes it lay under come free."""
        parcel.fate = Fate.IN_HAND
        parcel.aim += 1
        self.bodies.discard(parcel)
        for eye in self.sensors.over(parcel):
            self.sensors.uncover(parcel, eye, travel_mm)
        for diverter in self._diverters.values():
            self._pass(parcel, diverter, travel_mm)

    def let_go(self, parcel: Parcel, fate: Fate, why: str) -> None:
        """It ends so."""
        parcel.fate = fate
        parcel.why = why
        parcel.aim += 1
        self.bodies.discard(parcel)
        self.carried -= 1
        self.ended.append(parcel)

    def count_fault(self, kind: str, *parcels: Parcel) -> None:
        """A fault has happened, to those parcels."""
        self.injected[kind] += 1
        for parcel in parcels:
            parcel.hit.add(kind)

    def switch(self, number: int, side: SideName, on: bool, at_ms: float) -> None:
        """A diverter's output changes at `at_ms`, now or in a step to come."""
        if at_ms > self.agenda.now_ms:
            self.agenda.later(at_ms, lambda now_ms, _: self._switch(number, side, on, now_ms))
        else:
            self._switch(number, side, on, at_ms)

    def advance(self, now_ms: float, travel_mm: float) -> None:
        """Carry on to `now_ms` and `travel_mm`; neither ever goes back."""
        self.sensors.changes, self.readings, self.ended, self.stops = [], [], [], []
        self.agenda.advance(now_ms, travel_mm)
        while self.sensors.missed:
            self.count_fault("miss_edge", self.sensors.missed.pop())

    def _way(self, parcel: Parcel, faults: tuple[AnyFault, ...] = ()) -> list[Step]:
        length_mm, limit_mm = parcel.length_mm, self._jitter_mm
        cover, uncover = self.sensors.cover, self.sensors.uncover
        way = [Step(self._scanner_mm + length_mm / 2, self._read, None)]
        for eye in self.sensors.over_belt:
            way.append(Step(eye.at_mm + parcel.jitter_mm(limit_mm), cover, eye, uncover))
            tail_mm = eye.at_mm + length_mm + parcel.jitter_mm(limit_mm)
            if eye is self._end:
                way.append(Step(tail_mm, self._leave, eye))
            else:
                way.append(Step(tail_mm, uncover, eye, cover))
        for diverter in self._diverters.values():
            way.append(Step(diverter.at_mm, self._reach, diverter, self._pass))
            way.append(Step(diverter.at_mm + length_mm, self._pass, diverter, self._reach))
        if self._lap_mm is not None:
            way.append(Step(self._lap_mm - INFEED_LEAD_MM, self._come_round, self._lap_mm))
        for fault in faults:
            match fault:
                case RemoveParcel():
                    way.append(Step(fault.at_mm, self.hands.remove, fault))
                case SwapParcels():
                    way.append(Step(fault.at_mm, self.hands.swap, fault))
                case StrayBody():
                    way.append(Step(fault.at_mm, self.hands.add, fault))
                case SlipParcel():
                    way.append(Step(fault.at_mm, self._slip, fault))
                case StopBelt():
                    way.append(Step(fault.at_mm, self._stop, fault))
        way.sort(key=_HEAD_MM)
        return way

    def _come_round(self, parcel: Parcel, lap_mm: float, _at_mm: float) -> None:
        parcel.come_round(lap_mm)
        parcel.way = self._way(parcel)
        parcel.next_step = 0

    def _leave(self, parcel: Parcel, eye: Eye, at_mm: float) -> None:
        self.sensors.uncover(parcel, eye, at_mm)
        self.let_go(parcel, Fate.END, "no diverter took it")

    def _read(self, parcel: Parcel, _: None, at_mm: float) -> None:
        self.readings.append(Reading(parcel, at_mm))

    def _slip(self, parcel: Parcel, fault: SlipParcel, at_mm: float) -> None:
        room_mm = self.bodies.room_mm(parcel)[fault.by_mm < 0]
        by_mm = min(abs(fault.by_mm), room_mm)
        if by_mm <= 0 or parcel.is_slipping(at_mm):
            return
        self.count_fault("slip", parcel)
        parcel.slip(by_mm if fault.by_mm > 0 else -by_mm, at_mm)
        self.agenda.aim(parcel)

    def _stop(self, _: Parcel, fault: StopBelt, _at_mm: float) -> None:
        self.stops.append(fault)
        self.count_fault("stop")

    def _reach(self, parcel: Parcel, diverter: Diverter, _at_mm: float) -> None:
        diverter.touching.append(parcel)
        side = diverter.active_side(self.agenda.now_ms)
        if side is not None:
            self._divert(diverter, side, parcel, "was active when its head came")

    def _pass(self, parcel: Parcel, diverter: Diverter, _at_mm: float) -> None:
        if parcel in diverter.touching:
            diverter.touching.remove(parcel)

    def _switch(self, number: int, side: SideName, on: bool, at_ms: float) -> None:
        diverter = self._diverters[number]
        out_ms = diverter.switch(side, on, at_ms)
        if out_ms is not None:
            self.agenda.later(out_ms, partial(self._come_out, diverter))

    def _come_out(self, diverter: Diverter, now_ms: float, travel_mm: float) -> None:
        side = diverter.active_side(now_ms)
        if side is None:
            return
        for parcel in tuple(diverter.touching):
            behind_mm = parcel.head_mm(travel_mm) - diverter.at_mm
            self._divert(diverter, side, parcel, f"came out {behind_mm:.0f} mm behind its head")

    def _divert(self, diverter: Diverter, side: SideName, parcel: Parcel, how: str) -> None:
        parcel.diverter, parcel.side = diverter.number, side
        parcel.why = f"diverter {diverter.number} {side} {how}"
        diverter.touching.remove(parcel)
        chute = self._outlets.get((diverter.number, side))
        if chute is None:
            for eye in self.sensors.over(parcel):
                self.sensors.uncover(parcel, eye, self.agenda.travel_mm)
            self.let_go(parcel, Fate.LOST, parcel.why + "; there is no chute on that side")
            return
        parcel.fate = Fate.SLIDING
        parcel.chute = chute.plan.name
        parcel.aim += 1
        self.bodies.discard(parcel)
        confirm = self.sensors.in_mouth[chute.plan.name]
        head_mm = (
            parcel.head_mm(self.agenda.travel_mm) + chute.plan.slide_mm + parcel.slide_jitter_mm
        )
        rest = parcel.way[parcel.next_step :]
        tails = [
            step for step in rest if any(step.thing is eye for eye in self.sensors.over(parcel))
        ]
        on_mm = head_mm + parcel.jitter_mm(self._jitter_mm)
        off_mm = head_mm + parcel.length_mm + parcel.jitter_mm(self._jitter_mm)
        parcel.way = [
            *tails,
            Step(on_mm, self.sensors.cover, confirm),
            Step(off_mm, self._arrive, (chute, confirm)),
        ]
        parcel.way.sort(key=_HEAD_MM)
        parcel.next_step = 0
        self.agenda.aim(parcel)

    def _arrive(self, parcel: Parcel, where: tuple[Chute, Eye], at_mm: float) -> None:
        chute, confirm = where
        self.sensors.uncover(parcel, confirm, at_mm)
        self.let_go(parcel, Fate.CHUTE, parcel.why)
        if not chute.receive():
            return
        self.injected["chute_full"] += 1
        self.sensors.tell_full(chute.plan, True, at_mm)
        if chute.plan.empty_after_s is not None:
            self.agenda.later(
                self.agenda.now_ms + chute.plan.empty_after_s * 1000, partial(self._empty, chute)
            )

    def _empty(self, chute: Chute, _now_ms: float, travel_mm: float) -> None:
        chute.empty()
        self.sensors.tell_full(chute.plan, False, travel_mm)
