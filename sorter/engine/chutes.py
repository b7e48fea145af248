"""Which chute a parcel gets: the plan's order and policy against what the belt allows now.

A chute is passed over for the first of these that holds: the PLC would not fire into it for this
parcel, it is not on this line, its diverter's controller is not ready, it is shut, it has all the
parcels it can take, its diverter can't be reached in time, or a neighbour is too close. What is not
sure goes straight on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from sorter.engine import reasons
from sorter.engine.belt import Belt
from sorter.engine.chute_load import ChuteLoad
from sorter.engine.chute_states import CAUSES, ChuteStates
from sorter.engine.events import PlanEntry
from sorter.engine.layout import ChutePlace, Layout
from sorter.engine.parcel import Parcel


class Plan(msgspec.Struct, frozen=True):
    """The chute plan in force."""

    revision: int
    destinations: Mapping[str, PlanEntry]
    fallback: Mapping[str, tuple[str, ...]]


class Choice(msgspec.Struct, frozen=True):
    """The chute chosen, or None for straight on, and the reason code."""

    chute: str | None
    reason: str


# A chute that takes no parcel now, whoever it is. When all are so, overflow takes them.
SHUT = frozenset({*CAUSES, reasons.NO_ROOM, reasons.RATE})


class Chutes:
    """The line's chutes: what shuts them, and which parcels each was given."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.states = ChuteStates(layout.chutes, layout.diverters)
        self.load = ChuteLoad(layout.chutes)
        self.closed_departures: dict[str, None] = {}
        self.ready = False

    def choose(self, plan: Plan, parcel: Parcel, belt: Belt, count: int) -> Choice:
        """The chute for a parcel whose rule and destination are known, the encoder at `count`."""
        if parcel.destination is None:
            return self._fall_back(plan, parcel, belt, count)
        entry = plan.destinations.get(parcel.destination)
        if entry is None or not entry.chutes:
            return Choice(None, reasons.NO_CHUTE)
        first = reasons.ASSIGNED
        if entry.after_cut_off and self.is_late(plan, parcel.destination):
            entry, first = PlanEntry(entry.after_cut_off, entry.policy), reasons.AFTER_CUT_OFF
        wanted = self._in_order(entry)
        passed: dict[str, str] = {}
        for chute in wanted:
            why = self.why_not(chute, parcel, belt, count)
            if why is None:
                return Choice(chute, self._reason(entry, chute, passed, first))
            passed[chute] = why
        if not self._comes_round(parcel) and self._may_overflow(passed.values()):
            spill = self._first_open(plan.fallback.get("overflow", ()), parcel, belt, count)
            if spill is not None:
                return Choice(spill, reasons.MAX_LAPS if self._layout.lap else reasons.OVERFLOW)
        return Choice(None, passed[wanted[0]])

    def is_late(self, plan: Plan, destination: str | None) -> bool:
        """Whether the destination's departure is closed, so that other chutes serve it."""
        entry = plan.destinations.get(destination or "")
        return (
            entry is not None
            and bool(entry.after_cut_off)
            and destination in self.closed_departures
        )

    def give(self, chute: str, parcel: Parcel) -> None:
        """The parcel is to go into `chute`."""
        self.load.give(chute, parcel.number, parcel.head_count)

    def take_back(self, chute: str, parcel: Parcel) -> None:
        """The parcel will not come after all."""
        self.load.take_back(chute, parcel.number)

    def why_not(self, chute: str, parcel: Parcel, belt: Belt, count: int) -> str | None:
        """The reason code why this parcel can't go into the chute now, or None."""
        place = self._layout.chutes.get(chute)
        if chute in parcel.refused:
            return parcel.refused[chute]
        if place is None:
            return reasons.NO_CHUTE
        if not self.ready:
            return reasons.DIVERTER_DOWN
        shut = self.states.why_shut(chute) or self.load.why_not(
            chute, parcel.number, parcel.head_count
        )
        if shut is not None:
            return shut
        return self._why_not_reached(place, parcel, belt, count)

    def _why_not_reached(
        self, place: ChutePlace, parcel: Parcel, belt: Belt, count: int
    ) -> str | None:
        diverter = self._layout.diverters[place.diverter]
        if diverter.at - diverter.lead - parcel.head(count) < self._layout.min_ahead:
            return reasons.TOO_LATE
        if belt.drift_ppm and belt.drifts_past(place.diverter):
            return reasons.ENCODER_DRIFTS
        if not belt.eyes.can_prove(parcel, place.diverter):
            return reasons.FLUSHED if parcel.shaken else reasons.UNPROVEN
        return None if belt.has_room(parcel, place, count) else reasons.GAP

    def _reason(self, entry: PlanEntry, chute: str, passed: Mapping[str, str], first: str) -> str:
        if entry.policy != "balance":
            return reasons.ALTERNATE if passed else first
        self.load.lose_turn((other for other, why in passed.items() if why in SHUT), to=chute)
        return first

    def _comes_round(self, parcel: Parcel) -> bool:
        """Whether the parcel may come past its chutes once more."""
        return self._layout.lap > 0 and parcel.lap < self._layout.max_laps

    def _may_overflow(self, passed: Iterable[str]) -> bool:
        """On a line overflow is for what found every chute shut; a loop has no other end."""
        return self._layout.lap > 0 or SHUT.issuperset(passed)

    def _fall_back(self, plan: Plan, parcel: Parcel, belt: Belt, count: int) -> Choice:
        rule = parcel.rule or reasons.NO_CHUTE
        if self._comes_round(parcel):
            return Choice(None, parcel.doubt or rule)  # it is read once more
        wanted = plan.fallback.get(rule, ())
        if self._layout.lap:
            wanted += plan.fallback.get("overflow", ())
        found = self._first_open(wanted, parcel, belt, count)
        if found is not None:
            return Choice(found, reasons.FALLBACK)
        return Choice(None, parcel.doubt or rule)

    def _in_order(self, entry: PlanEntry) -> tuple[str, ...]:
        if entry.policy == "balance":
            return tuple(sorted(entry.chutes, key=self.load.share))
        return entry.chutes

    def _first_open(
        self, wanted: Iterable[str], parcel: Parcel, belt: Belt, count: int
    ) -> str | None:
        for chute in wanted:
            if self.why_not(chute, parcel, belt, count) is None:
                return chute
        return None
