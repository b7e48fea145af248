"""What people tell a running line: each instruction is an event that carries who gave it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from sorter.engine.events import AnyEvent
from sorter.engine.instructions import (
    AlarmAcknowledged,
    ChuteBlocked,
    ChuteUnblocked,
    DiverterReset,
    MachineCommanded,
    ModeChosen,
    ParcelRemoved,
    ShiftBegan,
)
from sorter.engine.line import Output
from sorter.engine.reports import InstructionRefused, Report, ShiftEnded
from sorter.protocol.local import Answer, Instruct

_EVENTS: dict[str, tuple[Callable[..., AnyEvent], str]] = {
    "block": (ChuteBlocked, "chute"),
    "unblock": (ChuteUnblocked, "chute"),
    "removed": (ParcelRemoved, "parcel"),
    "reset": (DiverterReset, "diverter"),
    "mode": (ModeChosen, "mode"),
    "machine": (MachineCommanded, "command"),
    "shift": (ShiftBegan, "name"),
    "ack": (AlarmAcknowledged, "cause"),
}


def event_of(request: Instruct, by: str, moment: dict[str, int], line: str) -> AnyEvent:
    """The event of an instruction; an alarm without a place is one of the line itself.

    Raises ValueError for a parcel that has no number.
    """
    kind, field = _EVENTS[request.instruction]
    told: dict[str, Any] = {field: request.what, "by": by, **moment}
    if kind is ParcelRemoved:
        told["parcel"] = _number(request.what)
    if kind is AlarmAcknowledged:
        told["place"] = request.place or line
    return kind(**told)


def _number(what: str) -> int:
    if not what.isdecimal():
        raise ValueError(f"found {what!r}, expected the number of a parcel")
    return int(what)


def answer_of(said: list[Output]) -> Answer:
    """What came of an instruction: the reports that answered it, or why it was refused."""
    for output in said:
        if isinstance(output, InstructionRefused):
            allowed = f"; allowed are {', '.join(output.allowed)}" if output.allowed else ""
            return Answer(refused=f"{output.why}{allowed}")
    # The numbers of a shift may be longer than an answer; they are in the journal.
    told = [one for one in said if isinstance(one, Report) and not isinstance(one, ShiftEnded)]
    return Answer(done={"changed": bool(said), "said": [msgspec.to_builtins(one) for one in told]})
