"""What the field answers to an arm, and what a change of a chute or a place does to it.

An arm is taken back before another is sent for the same parcel, and the PLC's word is awaited in
between: a parcel never has two. Whatever speaks against an arm calls it back; taking back an arm
that has fired or was never there does nothing.
"""

from __future__ import annotations

from sorter.engine import deciding, reasons
from sorter.engine.events import (
    ArmAccepted,
    ArmCancelled,
    ArmRefused,
    ArmSent,
    ArmUnknown,
    ArmUnsent,
    DivertExecuted,
)
from sorter.engine.line import Line
from sorter.engine.parcel import IN_PLC, TO_FIRE, Parcel, State
from sorter.engine.reports import DivertArmed
from sorter.engine.span import Span

BY_HOST = "by_host"
_REASONS = {"target_passed": reasons.TOO_LATE, "too_late": reasons.TOO_LATE}


def arm_sent(_line: Line, _event: ArmSent) -> None:
    """The frame arrived; what becomes of the arm is told by the PLC's ring."""


def arm_accepted(line: Line, event: ArmAccepted) -> None:
    """The PLC will fire."""
    parcel = line.armed.get(event.sequence)
    if parcel is None or parcel.chute is None:
        return
    if parcel.state is State.ARMING:
        parcel.to(State.ARMED)
    line.say(
        DivertArmed(
            parcel=parcel.number,
            sequence=event.sequence,
            chute=parcel.chute,
            target_count=parcel.target_count,
        )
    )


def arm_failed(line: Line, event: ArmRefused | ArmUnsent) -> None:
    """It will not fire, for certain: on to the next chute or the end."""
    parcel = line.armed.get(event.sequence)
    if parcel is None or parcel.state not in {State.ARMING, State.CANCELLING}:
        return
    if parcel.shaken:
        deciding.wait(line, parcel)
    else:
        deciding.reassign(line, parcel, _REASONS.get(event.why, reasons.DIVERTER_DOWN))


def arm_unknown(line: Line, _event: ArmUnknown) -> None:
    """It may fire or not. It is never sent again; the ring or the eyes will tell."""
    line.raise_alarm("plc_silent", line.layout.line)


def arm_cancelled(line: Line, event: ArmCancelled) -> None:
    """The PLC dropped the arm: we asked for it, or it had a reason of its own."""
    parcel = line.armed.get(event.sequence)
    if parcel is None or parcel.state not in IN_PLC:
        return
    if event.why == BY_HOST and parcel.state is State.CANCELLING and not parcel.shaken:
        deciding.reassign(line, parcel)
    else:
        parcel.shake()
        deciding.wait(line, parcel)


def divert_executed(line: Line, event: DivertExecuted) -> None:
    """The diverter has been switched on for this arm."""
    parcel = line.armed.get(event.sequence)
    if parcel is not None and parcel.state in IN_PLC:
        parcel.to(State.DIVERTING)


def call_back_from(line: Line, chute: str) -> None:
    """The chute takes no more: those on their way to it are called back while there is time."""
    for parcel in _to_fire(line):
        left = parcel.target_count - line.count
        if parcel.chute == chute and left > line.layout.min_ahead:
            deciding.cancel(line, parcel)


def keep_apart(line: Line) -> None:
    """Bodies came to be known or moved: no arm may fire that would now touch one of them."""
    newcomers, line.newcomers = line.newcomers, []
    for parcel in _to_fire(line):
        if parcel.chute is not None and not _is_clear(line, parcel, parcel.chute, newcomers):
            deciding.cancel(line, parcel)


def _is_clear(
    line: Line, parcel: Parcel, chute: str, newcomers: list[tuple[Parcel | None, Span]]
) -> bool:
    """Whether the parcel's arm touches none of the newcomers; one itself, none of all bodies."""
    place = line.layout.chutes[chute]
    if any(body is parcel for body, _ in newcomers):
        return line.belt.has_room(parcel, place, line.count)
    clear_of = line.belt.clear_of(line.belt.sweep(parcel, place))
    return not any(line.belt.meet(clear_of, span) for _, span in newcomers)


def call_all_back(line: Line) -> None:
    """Nothing shall fire any more."""
    for parcel in _to_fire(line):
        deciding.cancel(line, parcel)


def _to_fire(line: Line) -> list[Parcel]:
    return [parcel for parcel in line.armed.values() if parcel.state in TO_FIRE]
