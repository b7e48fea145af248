"""Which chute a parcel gets: the plan's order and policy against what the belt allows now.

A chute is passed over for the first of these that holds: its diverter's controller is not ready,
it is full, its diverter can't be reached in time, or a neighbour is too close. What is not sure
goes straight on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from sorter.engine import reasons
from sorter.engine.events import PlanEntry
from sorter.engine.layout import DiverterPlace, Layout
from sorter.engine.parcel import Parcel

# Codes of two parcels at one place are a conflict too, and the plan has one fallback for both.
_FALLBACK_OF = {"double_induct": "conflict"}


class Plan(msgspec.Struct, frozen=True):
    """The chute plan in force."""

    revision: int
    destinations: Mapping[str, PlanEntry]
    fallback: Mapping[str, tuple[str, ...]]


class Choice(msgspec.Struct, frozen=True):
    """The chute chosen, or None for straight on, and the reason code."""

    chute: str | None
    reason: str


class Chutes:
    """The line's chutes: which are full, and how many parcels each was given."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._given = dict.fromkeys(layout.chutes, 0)
        self.full: set[str] = set()
        self.ready = False

    def choose(self, plan: Plan, parcel: Parcel, belt: Iterable[Parcel], count: int) -> Choice:
        """The chute for a parcel whose rule and destination are known, the encoder at `count`."""
        belt = tuple(belt)
        if parcel.destination is None:
            wanted = plan.fallback.get(_FALLBACK_OF.get(parcel.rule or "", parcel.rule or ""), ())
            found = self._first_open(wanted, parcel, belt, count)
            return Choice(found, reasons.FALLBACK if found else parcel.rule or reasons.NO_CHUTE)
        entry = plan.destinations.get(parcel.destination)
        wanted = self._in_order(entry) if entry else ()
        found = self._first_open(wanted, parcel, belt, count)
        if found is not None:
            preferred = found == wanted[0] or (entry is not None and entry.policy == "balance")
            return Choice(found, reasons.ASSIGNED if preferred else reasons.ALTERNATE)
        why = next((parcel.refused[c] for c in wanted if c in parcel.refused), reasons.NO_CHUTE)
        if wanted and all(parcel.refused.get(chute) == reasons.FULL for chute in wanted):
            spill = self._first_open(plan.fallback.get("overflow", ()), parcel, belt, count)
            if spill is not None:
                return Choice(spill, reasons.OVERFLOW)
        return Choice(None, why)

    def give(self, chute: str) -> None:
        """Count a parcel as sent to `chute`."""
        self._given[chute] += 1

    def take_back(self, chute: str) -> None:
        """The parcel will not come after all."""
        self._given[chute] -= 1

    def _in_order(self, entry: PlanEntry) -> tuple[str, ...]:
        if entry.policy == "balance":
            return tuple(sorted(entry.chutes, key=lambda chute: self._given.get(chute, 0)))
        return entry.chutes

    def _first_open(
        self, wanted: Iterable[str], parcel: Parcel, belt: tuple[Parcel, ...], count: int
    ) -> str | None:
        for chute in wanted:
            if chute in parcel.refused:
                continue
            why = self._why_not(chute, parcel, belt, count)
            if why is None:
                return chute
            parcel.refused[chute] = why
        return None

    def _why_not(
        self, chute: str, parcel: Parcel, belt: tuple[Parcel, ...], count: int
    ) -> str | None:
        place = self._layout.chutes.get(chute)
        if place is None:
            return reasons.NO_CHUTE
        if not self.ready:
            return reasons.DIVERTER_DOWN
        if chute in self.full:
            return reasons.FULL
        diverter = self._layout.diverters[place.diverter]
        if diverter.at - diverter.lead - parcel.head(count) < self._layout.min_ahead:
            return reasons.TOO_LATE
        if not self._has_room(parcel, belt, diverter):
            return reasons.GAP
        return None

    def _has_room(self, parcel: Parcel, belt: tuple[Parcel, ...], diverter: DiverterPlace) -> bool:
        """Whether the diverter can come and go between this parcel's neighbours untouched."""
        if parcel.length is None:
            return False
        for other in belt:
            ahead_by = parcel.head_count - other.head_count
            if other is parcel:
                continue
            if ahead_by > 0:
                length = self._layout.max_length if other.length is None else other.length
                if ahead_by - length < diverter.lead + self._layout.margin:
                    return False
            elif -ahead_by < diverter.clear + self._layout.margin:
                return False
        return True
