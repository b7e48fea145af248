"""What the field answers to an arm, and what a change of a chute or of the PLC does to it.

An arm is taken back before another is sent for the same parcel, and the PLC's word is awaited in
between: a parcel never has two.
"""

from __future__ import annotations

from sorter.engine import deciding, reasons
from sorter.engine.commands import CancelDivert, ReleaseInfeed
from sorter.engine.events import (
    ArmAccepted,
    ArmCancelled,
    ArmRefused,
    ArmSent,
    ArmUnknown,
    ArmUnsent,
    ChuteEmptied,
    ChuteFilled,
    DeviceLost,
    DeviceReady,
    DivertExecuted,
)
from sorter.engine.line import Line
from sorter.engine.parcel import IN_PLC, State
from sorter.engine.reports import DivertArmed

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
    if parcel.flushing:
        deciding.give_up(line, parcel, reasons.FLUSHED)
    else:
        why = _REASONS.get(event.why, reasons.DIVERTER_DOWN)
        deciding.reassign(line, parcel, why, event)


def arm_unknown(line: Line, _event: ArmUnknown) -> None:
    """It may fire or not. It is never sent again; the ring or the eyes will tell."""
    line.raise_alarm("plc_silent", line.layout.line, "Check the network to the PLC.")


def arm_cancelled(line: Line, event: ArmCancelled) -> None:
    """The PLC dropped the arm: we asked for it, or it had a reason of its own."""
    parcel = line.armed.get(event.sequence)
    if parcel is None or parcel.state not in IN_PLC:
        return
    if event.why == BY_HOST and parcel.state is State.CANCELLING and not parcel.flushing:
        deciding.reassign(line, parcel, reasons.FULL, event)
    else:
        parcel.flushing = True
        deciding.give_up(line, parcel, reasons.FLUSHED)


def divert_executed(line: Line, event: DivertExecuted) -> None:
    """The diverter has been switched on for this arm."""
    parcel = line.armed.get(event.sequence)
    if parcel is not None and parcel.state in IN_PLC:
        parcel.to(State.DIVERTING)


def chute_filled(line: Line, event: ChuteFilled) -> None:
    """No further parcel into this chute; those on their way are called back while there is time."""
    line.chutes.full.add(event.chute)
    line.raise_alarm("chute_full", event.chute, "Empty the chute.")
    for parcel in tuple(line.parcels.values()):
        left = parcel.target_count - event.count
        if (
            parcel.chute == event.chute
            and parcel.sequence is not None
            and parcel.state in {State.ARMING, State.ARMED}
            and left > line.layout.min_ahead
        ):
            parcel.to(State.CANCELLING)
            line.order(CancelDivert(sequence=parcel.sequence))


def chute_emptied(line: Line, event: ChuteEmptied) -> None:
    """The chute takes parcels again."""
    line.chutes.full.discard(event.chute)
    line.clear_alarm("chute_full", event.chute)


def device_ready(line: Line, event: DeviceReady) -> None:
    """Arms are welcome: let parcels in."""
    line.chutes.ready = True
    line.clear_alarm("device_lost", event.device)
    line.clear_alarm("plc_silent", line.layout.line)
    line.order(ReleaseInfeed())


def device_lost(line: Line, event: DeviceLost) -> None:
    """No arm can be sent; those accepted may still fire until the PLC's watchdog drops them."""
    line.chutes.ready = False
    advice = f"{event.why}: check the PLC, its power and its network."
    line.raise_alarm("device_lost", event.device, advice)
