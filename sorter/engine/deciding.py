"""From reading to armed divert: ask for the route, choose a chute, arm it, take it back."""

from __future__ import annotations

from sorter.engine import reasons
from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.events import RouteFound
from sorter.engine.line import Line
from sorter.engine.parcel import TO_FIRE, Parcel, State
from sorter.engine.reports import ParcelDecided

CONFLICT = "conflict"
NO_READ = "no_read"


def decide_if_heard(line: Line, parcel: Parcel) -> None:
    """Decide as soon as the parcel is proven and there is nothing more to wait for."""
    heard = parcel.doubt is not None or len(parcel.heard) == len(line.layout.scanners)
    if heard and parcel.state is State.PROVEN:
        decide(line, parcel)


def decide(line: Line, parcel: Parcel) -> None:
    """Every telegram is in, or the time for them is over: find the parcel's destination."""
    if parcel.doubt is not None:
        parcel.rule, parcel.destination = CONFLICT, None
    elif parcel.rule is None and parcel.codes:
        parcel.to(State.ROUTING)
        line.order(LookUpRoute(parcel=parcel.number, codes=parcel.codes))
        return
    elif parcel.rule is None:
        parcel.rule = NO_READ
    # Else what it was read as on an earlier lap still holds.
    assign(line, parcel)


def route_found(line: Line, event: RouteFound) -> None:
    """The routing table has answered."""
    parcel = line.parcels.get(event.parcel)
    if parcel is None or parcel.state is not State.ROUTING:
        return
    parcel.rule = event.rule
    parcel.doubt = event.why
    parcel.destination = event.destination
    parcel.key = event.key
    parcel.table_revision = event.table_revision
    if parcel.pieces != event.pieces:
        line.disown(parcel)
        parcel.pieces = event.pieces
    for piece in parcel.pieces:
        others = line.owners.claim(piece, parcel.number, line.count)
        if others:
            dispute(parcel)
        for other in others:
            _take_from(line, line.parcels.get(other))
    assign(line, parcel)


def dispute(parcel: Parcel) -> None:
    """Another parcel bears the same code: nobody knows whose it is."""
    parcel.rule = CONFLICT
    parcel.doubt = reasons.DUPLICATE
    parcel.destination = None


def _take_from(line: Line, owner: Parcel | None) -> None:
    """Whoever bore the code before is no surer of it: what can still be called back is."""
    if owner is None or owner.state is State.DIVERTING:
        return
    dispute(owner)
    if owner.state is State.WAITING:
        reassign(line, owner)
    elif owner.state in TO_FIRE:
        cancel(line, owner)


def assign(line: Line, parcel: Parcel) -> None:
    """Choose a chute for a parcel with a rule, tell why, and arm its diverter."""
    choice = line.chutes.choose(line.plan, parcel, line.belt, line.count)
    parcel.reason = choice.reason
    parcel.plan = line.plan
    parcel.late = line.chutes.is_late(line.plan, parcel.destination)
    line.say(
        ParcelDecided(
            parcel=parcel.number,
            head_count=parcel.head_count,
            codes=parcel.codes,
            rule=parcel.rule or "",
            destination=parcel.destination,
            key=parcel.key,
            pieces=parcel.pieces,
            chute=choice.chute,
            reason=choice.reason,
            table_revision=parcel.table_revision,
            plan_revision=line.plan.revision,
        )
    )
    forbidden = line.machine.arms_nothing_because
    if forbidden is not None and (choice.chute is not None or choice.reason == reasons.UNPROVEN):
        parcel.reason = forbidden
    if choice.chute is None or forbidden not in {None, reasons.SHADOW}:
        parcel.to(State.STRAIGHT)
        return
    # In shadow too it counts among those on their way, so that all are decided as they would be.
    parcel.to(State.WAITING if forbidden is None else State.STRAIGHT)
    parcel.chute = choice.chute
    line.chutes.give(choice.chute, parcel)
    diverter = line.layout.chutes[choice.chute].diverter
    if parcel.state is State.WAITING and line.belt.eyes.have_proven(parcel, diverter):
        _arm(line, parcel, choice.chute)


def arm_if_proven(line: Line, parcel: Parcel) -> None:
    """An eye has seen a waiting parcel whole: arm it, if what it was decided by still holds."""
    if parcel.chute is None:
        assign(line, parcel)
    elif line.belt.eyes.have_proven(parcel, line.layout.chutes[parcel.chute].diverter):
        if _still_holds(line, parcel, parcel.chute):
            _arm(line, parcel, parcel.chute)
        else:
            reassign(line, parcel)


def _still_holds(line: Line, parcel: Parcel, chute: str) -> bool:
    return (
        parcel.plan is line.plan
        and parcel.late is line.chutes.is_late(line.plan, parcel.destination)
        and line.machine.may_arm
        and line.chutes.why_not(chute, parcel, line.belt, line.count) is None
    )


def reassign(line: Line, parcel: Parcel, refusal: str | None = None) -> None:
    """The parcel's arm is gone: choose again. `refusal` rules the chute it had out for good."""
    if refusal is not None and parcel.chute is not None:
        parcel.refused[parcel.chute] = refusal
    line.disarm(parcel)
    line.unassign(parcel)
    assign(line, parcel)


def wait(line: Line, parcel: Parcel) -> None:
    """The parcel's arm is gone, and its place must be proven before it gets another."""
    if not line.belt.eyes.can_prove_any(parcel):
        give_up(line, parcel, reasons.FLUSHED)
        return
    line.disarm(parcel)
    line.unassign(parcel)
    parcel.to(State.WAITING)


def give_up(line: Line, parcel: Parcel, reason: str) -> None:
    """Divert a parcel no more: it has no arm (any longer) and goes straight on."""
    line.disarm(parcel)
    line.unassign(parcel)
    parcel.reason = reason
    parcel.to(State.STRAIGHT)


def _arm(line: Line, parcel: Parcel, chute: str) -> None:
    place = line.layout.chutes[chute]
    diverter = line.layout.diverters[place.diverter]
    parcel.to(State.ARMING)
    parcel.sequence = line.next_sequence
    parcel.target_count = parcel.head_count + diverter.at - diverter.lead
    line.next_sequence += 1
    line.armed[parcel.sequence] = parcel
    line.order(
        ArmDivert(
            sequence=parcel.sequence,
            parcel=parcel.number,
            diverter=place.diverter,
            side=place.side,
            target_count=parcel.target_count,
            pulse_ms=diverter.pulse_ms,
        )
    )


def cancel(line: Line, parcel: Parcel) -> None:
    """Call the parcel's arm back, and wait for the PLC's word."""
    parcel.to(State.CANCELLING)
    line.call_back(parcel)
