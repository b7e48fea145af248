"""From telegram to armed divert: bind, ask for the route, choose a chute, arm it, take it back."""

from __future__ import annotations

from sorter.engine import reasons
from sorter.engine.chutes import Choice
from sorter.engine.commands import ArmDivert, CancelDivert, LookUpRoute
from sorter.engine.events import Event, RouteFound, TelegramGarbled, TelegramReceived
from sorter.engine.line import Line
from sorter.engine.parcel import IN_PLC, UNDECIDED, Parcel, State
from sorter.engine.reports import ParcelDecided, ParcelScanned, TelegramUnbound, TelegramUnreadable


def telegram_received(line: Line, event: TelegramReceived) -> None:
    """Bind a telegram to the parcel under the beam; between several, nobody gets it."""
    candidates = line.bind(line.layout, line.parcels.values(), event)
    if len(candidates) != 1:
        line.say(
            TelegramUnbound(
                scanner=event.scanner,
                codes=event.codes,
                candidates=tuple(parcel.number for parcel in candidates),
            )
        )
        for parcel in candidates:
            if parcel.state in UNDECIDED and not parcel.flushing:
                parcel.codes = _merged(parcel.codes, event.codes)
                _conclude(line, parcel, "conflict", event, reasons.AMBIGUOUS)
        return
    (parcel,) = candidates
    line.say(ParcelScanned(parcel=parcel.number, scanner=event.scanner, codes=event.codes))
    if parcel.state not in UNDECIDED or parcel.flushing:
        return
    parcel.codes = _merged(parcel.codes, event.codes)
    if event.scanner not in parcel.heard:
        parcel.heard += (event.scanner,)
    if parcel.state is State.PROVEN and len(parcel.heard) == len(line.layout.scanners):
        decide(line, parcel, event)


def telegram_garbled(line: Line, event: TelegramGarbled) -> None:
    """Nothing is guessed from it: its parcel counts as not read."""
    line.say(TelegramUnreadable(scanner=event.scanner, why=event.why, text=event.text))


def decide(line: Line, parcel: Parcel, event: Event) -> None:
    """Every telegram is in, or the time for them is over: find the parcel's destination."""
    if parcel.codes:
        parcel.to(State.ROUTING)
        line.order(LookUpRoute(parcel=parcel.number, codes=parcel.codes))
    else:
        _conclude(line, parcel, "no_read", event)


def route_found(line: Line, event: RouteFound) -> None:
    """The routing table has answered."""
    parcel = line.parcels.get(event.parcel)
    if parcel is None or parcel.state is not State.ROUTING:
        return
    parcel.rule = event.rule
    parcel.destination = event.destination
    parcel.key = event.key
    parcel.table_revision = event.table_revision
    assign(line, parcel, event)


def assign(line: Line, parcel: Parcel, event: Event) -> None:
    """Choose a chute for a parcel with a rule, tell why, and arm its diverter."""
    if parcel.state is State.INDUCTED:
        choice = Choice(None, reasons.UNPROVEN)
    else:
        choice = line.chutes.choose(line.plan, parcel, line.parcels.values(), event.count)
    parcel.reason = choice.reason
    line.say(
        ParcelDecided(
            parcel=parcel.number,
            codes=parcel.codes,
            rule=parcel.rule or "",
            destination=parcel.destination,
            key=parcel.key,
            chute=choice.chute,
            reason=choice.reason,
            table_revision=parcel.table_revision,
            plan_revision=line.plan.revision,
        )
    )
    if choice.chute is None:
        parcel.to(State.STRAIGHT)
    else:
        _arm(line, parcel, choice.chute)


def reassign(line: Line, parcel: Parcel, why: str, event: Event) -> None:
    """The chute chosen is not to be had, for reason `why`: on to the next one or the end."""
    if parcel.chute is not None:
        parcel.refused[parcel.chute] = why
    line.disarm(parcel)
    line.unassign(parcel)
    assign(line, parcel, event)


def give_up(line: Line, parcel: Parcel, reason: str) -> None:
    """Divert a parcel no more: it has no arm (any longer) and goes straight on."""
    line.disarm(parcel)
    line.unassign(parcel)
    parcel.reason = reason
    parcel.to(State.STRAIGHT)


def call_back(line: Line, parcel: Parcel) -> None:
    """Have the PLC drop the parcel's arm, if it may hold one."""
    if parcel.state in IN_PLC and parcel.sequence is not None:
        line.order(CancelDivert(sequence=parcel.sequence))


def _conclude(
    line: Line, parcel: Parcel, rule: str, event: Event, reason: str | None = None
) -> None:
    """Decide without the table: what was read, or not read, says enough."""
    parcel.rule = rule
    assign(line, parcel, event)
    if reason is not None and parcel.state is State.STRAIGHT:
        parcel.reason = reason


def _arm(line: Line, parcel: Parcel, chute: str) -> None:
    place = line.layout.chutes[chute]
    diverter = line.layout.diverters[place.diverter]
    parcel.to(State.ARMING)
    parcel.chute = chute
    parcel.sequence = line.next_sequence
    parcel.target_count = parcel.head_count + diverter.at - diverter.lead
    line.next_sequence += 1
    line.armed[parcel.sequence] = parcel
    line.chutes.give(chute)
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


def _merged(codes: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes + more))
