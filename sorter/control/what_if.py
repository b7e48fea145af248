"""What a candidate table or chute plan would have decided, on the line as it was recorded.

Every parcel is decided twice at the moment of its first decision: as recorded, and by the
candidate, by an engine that was forked from the recorded one just before and is thrown away after.
Belt, neighbours, full chutes and the PLC are the same for both, and the line goes on as recorded,
because what the PLC and the eyes tell afterwards came of the recorded decisions. So a change is
about one parcel alone. What it would do to later ones (a chute that fills sooner, a neighbour that
finds no room) no recording knows. One exception: chutes that are balanced are weighed by what the
candidate itself would have given them, since all parcels would else go to the one that the
recorded plan used least.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from sorter.control.activation import plan_activated
from sorter.control.changes import Changes
from sorter.control.journal_turns import Turn
from sorter.control.ports import RouteTable
from sorter.control.replay import Difference, Replay
from sorter.control.route_look_up import look_up_route
from sorter.engine.commands import LookUpRoute
from sorter.engine.engine import Engine
from sorter.engine.events import AnyEvent, PlanActivated, PlanEntry, RouteFound
from sorter.engine.reports import ParcelClosed, ParcelDecided
from sorter.engine.run_events import LineStarted
from sorter.table import ChutePlan, Problems, report_misfits


class MisfitError(ValueError):
    """The candidate plan is for another line than the journal is of."""


class WhatIf:
    """A replay beside which a candidate table, a candidate plan or both decide too.

    `differing` counts turns that this release regenerates otherwise than recorded, `first` is the
    first of them: then more than the candidate is new.
    """

    def __init__(
        self, table: RouteTable | None, plan: ChutePlan | None, *, samples: int = 3
    ) -> None:
        self._table = table
        self._plan = plan
        self.replay = Replay()
        self.changes = Changes(samples)
        self.differing = 0
        self.first: Difference | None = None
        self._started: LineStarted | None = None
        self._in_force: PlanActivated | None = None
        self._codes: dict[int, tuple[str, ...]] = {}
        self._decided: set[int] = set()
        self._given: Counter[str] = Counter()

    def take(self, turn: Turn) -> None:
        """Take a turn. Raises MisfitError and SourceError for a plan that is not for this line."""
        match turn.event:
            case LineStarted():
                self._begin_run(turn.event)
            case PlanActivated():
                self._in_force = turn.event
        if (first := self._first_decisions(turn)) and self.replay.runs_on:
            self._weigh(turn, first)
        difference = self.replay.take(turn)
        if difference is not None:
            self.differing += 1
            self.first = self.first or difference
        self._follow(turn)

    def _begin_run(self, started: LineStarted) -> None:
        self._started = started
        self._in_force = None
        self._codes.clear()
        self._given.clear()
        self._decided = {one.parcel for one in started.survivors if one.rule is not None}
        if self._plan is None or started.layout is None:
            return
        if self._plan.line != started.line:
            raise MisfitError(
                f"the plan is for line {self._plan.line!r}, but the journal is of"
                f" {started.line!r}: take the plan of that line"
            )
        problems = Problems()
        report_misfits(self._plan, problems, chutes=started.layout.chutes)
        problems.raise_errors()

    def _first_decisions(self, turn: Turn) -> list[ParcelDecided]:
        return [
            said
            for said in turn.said
            if isinstance(said, ParcelDecided) and said.parcel not in self._decided
        ]

    def _weigh(self, turn: Turn, first: Iterable[ParcelDecided]) -> None:
        """Have the candidate decide, and count; where it says the same of a parcel, so be it."""
        event = self._by_candidate(turn.event)
        rerouted = _route(event) != _route(turn.event)
        for was in first:
            destination = event.destination if isinstance(event, RouteFound) else was.destination
            would_be = was
            if rerouted or not self._serves_alike(destination):
                would_be = self._fork(was, event, destination)
            self.changes.take(turn, was, would_be)
            if would_be.chute is not None:
                self._given[would_be.chute] += 1

    def _by_candidate(self, event: AnyEvent) -> AnyEvent:
        if self._table is None or not isinstance(event, RouteFound):
            return event
        codes = self._codes.get(event.parcel)
        return event if codes is None else look_up_route(self._table, event.parcel, codes, event)

    def _serves_alike(self, destination: str | None) -> bool:
        """Whether the candidate plan does with a destination what the plan in force does."""
        plan, in_force = self._plan, self._in_force
        if plan is None:
            return True
        if in_force is None:
            return False
        here = None if destination is None else plan.destinations.get(destination)
        there = None if destination is None else in_force.destinations.get(destination)
        return here == there and _chutes_of(plan.fallback) == _chutes_of(in_force.fallback)

    def _fork(self, was: ParcelDecided, event: AnyEvent, destination: str | None) -> ParcelDecided:
        fork = self._copy()
        plan = self._plan_told(was, event, destination)
        if plan is not None:
            fork.tell(plan)
        for said in fork.tell(event):
            if isinstance(said, ParcelDecided) and said.parcel == was.parcel:
                return said
        return was

    def _copy(self) -> Engine:
        """The engine as it stands; what never changes in it is shared."""
        shared: dict[int, object] = {}
        if self._started is not None:
            shared[id(self._started.layout)] = self._started.layout
        if self._in_force is not None:
            shared[id(self._in_force.destinations)] = self._in_force.destinations
            shared[id(self._in_force.fallback)] = self._in_force.fallback
        return copy.deepcopy(self.replay.engine, shared)

    def _plan_told(
        self, was: ParcelDecided, event: AnyEvent, destination: str | None
    ) -> PlanActivated | None:
        """The plan that the fork decides by, chutes to be balanced put in the candidate's order."""
        plan = self._in_force
        if self._plan is not None:
            plan = plan_activated(self._plan, "candidate", time_ns=event.time_ns, count=event.count)
        if plan is None or destination is None:
            return plan
        entry = plan.destinations.get(destination)
        recorded = None if self._in_force is None else self._in_force.destinations.get(destination)
        if entry is None or (destination, entry) == (was.destination, recorded):
            return plan
        return replace(plan, destinations=plan.destinations | {destination: self._ordered(entry)})

    def _ordered(self, entry: PlanEntry) -> PlanEntry:
        if entry.policy != "balance":
            return entry
        chutes = tuple(sorted(entry.chutes, key=self._given.__getitem__))
        return replace(entry, chutes=chutes, policy="first")

    def _follow(self, turn: Turn) -> None:
        for said in turn.said:
            match said:
                case LookUpRoute():
                    self._codes[said.parcel] = said.codes
                case ParcelDecided():
                    self._decided.add(said.parcel)
                    self._codes.pop(said.parcel, None)
                case ParcelClosed():
                    self._decided.discard(said.parcel)
                    self._codes.pop(said.parcel, None)


def _route(event: AnyEvent) -> tuple[str | None, ...]:
    return (event.rule, event.destination, event.why) if isinstance(event, RouteFound) else ()


def _chutes_of(fallback: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """A fallback that names no chute is the same as none."""
    return {rule: chutes for rule, chutes in fallback.items() if chutes}
