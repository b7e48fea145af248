"""What shuts chutes and the infeed as the line runs: sensors, people, jams and diverters that miss.

A chute that is shut gets nothing more, and what is on its way to it is called back while there is
time. Each cause is an alarm, but for a person's block: a person knows of that.
"""

from __future__ import annotations

from sorter.engine import arming, reasons
from sorter.engine.events import (
    ChuteEmptied,
    ChuteFilled,
    EndEmptied,
    EndFilled,
    EyeBlocked,
    EyeCleared,
    EyeFoundClear,
    EyeFoundCovered,
)
from sorter.engine.infeed import END_FULL, JAM, OVERFLOW_FULL
from sorter.engine.instructions import ChuteBlocked, ChuteUnblocked, DiverterReset
from sorter.engine.jams import Cover
from sorter.engine.line import Line
from sorter.engine.reports import ChuteState, InstructionRefused
from sorter.engine.run_events import LineStarted

_ALARMS = {reasons.FULL: "chute_full", reasons.JAMMED: "chute_jammed"}


def begin(line: Line, event: LineStarted) -> None:
    """A run begins with what people had shut, or must still see to."""
    for chute, causes in event.shut.items():
        place = line.layout.chutes.get(chute)
        if place is not None and reasons.BLOCKED in causes:
            line.chutes.states.shut(chute, reasons.BLOCKED)
        if place is not None and reasons.FAULTED in causes:
            _fault(line, place.diverter)
    _tell(line)


def chute_filled(line: Line, event: ChuteFilled) -> None:
    """The chute's full sensor is on."""
    line.chutes.states.sensor(event.chute, True, line.time_ns)
    _tell(line)


def chute_emptied(line: Line, event: ChuteEmptied) -> None:
    """The chute's full sensor is off."""
    line.chutes.states.sensor(event.chute, False, line.time_ns)
    _tell(line)


def chute_blocked(line: Line, event: ChuteBlocked) -> None:
    """A person wants nothing more in this chute."""
    if event.chute not in line.layout.chutes:
        _refuse(line, f"block {event.chute}", event.by, "there is no such chute on the line")
    line.chutes.states.shut(event.chute, reasons.BLOCKED)
    _tell(line, event.by)


def chute_unblocked(line: Line, event: ChuteUnblocked) -> None:
    """A person opens the chute again."""
    if event.chute not in line.layout.chutes:
        _refuse(line, f"unblock {event.chute}", event.by, "there is no such chute on the line")
    line.chutes.states.unshut(event.chute, reasons.BLOCKED)
    _tell(line, event.by)


def diverter_reset(line: Line, event: DiverterReset) -> None:
    """A person has seen to the diverter."""
    if event.diverter not in line.layout.diverters:
        _refuse(line, f"reset {event.diverter}", event.by, "there is no such diverter on the line")
    line.chutes.states.reset(event.diverter)
    line.clear_alarm("diverter_faulted", event.diverter)
    _tell(line, event.by)


def end_filled(line: Line, _event: EndFilled) -> None:
    """What goes straight on would pile up at the end."""
    line.raise_alarm("end_full", line.layout.line)
    line.hold_infeed(END_FULL)


def end_emptied(line: Line, _event: EndEmptied) -> None:
    """The end takes parcels again."""
    line.clear_alarm("end_full", line.layout.line)
    line.free_infeed(END_FULL)


def missed(line: Line, chute: str) -> None:
    """The diverter of this chute fired, and its parcel was not seen there."""
    diverter = line.layout.chutes[chute].diverter
    if line.chutes.states.missed(diverter):
        _fault(line, diverter)
        _tell(line)


def hit(line: Line, chute: str) -> None:
    """A parcel was seen where the chute's diverter sent it."""
    line.chutes.states.hit(line.layout.chutes[chute].diverter)


def eye_covered(line: Line, event: EyeBlocked | EyeFoundCovered) -> None:
    """From now on the eye may be jammed."""
    at_count = event.at_count if isinstance(event, EyeBlocked) else event.count
    line.covered.cover(event.eye, at_count, line.time_ns)


def eye_uncovered(line: Line, event: EyeCleared | EyeFoundClear) -> None:
    """Whatever was caught under the eye is gone."""
    jam = line.covered.uncover(event.eye)
    if jam is not None:
        _jam_over(line, jam)
        _tell(line)


def settle(line: Line) -> None:
    """Whatever shuts or opens by the time or the travel that have passed.

    While the PLC is away nobody knows what the sensors show; that is told before it is ready.
    """
    if not line.chutes.ready:
        return
    states = line.chutes.states
    if states.is_settling:
        states.settle(line.time_ns)
        _tell(line)
    for jam in line.covered.new_jams(line.count, line.time_ns):
        _jam_found(line, jam)
        _tell(line)


def _jam_found(line: Line, jam: Cover) -> None:
    if jam.chute is not None:
        line.chutes.states.shut(jam.chute, reasons.JAMMED)
    else:
        line.raise_alarm("jam", jam.eye)
        line.hold_infeed(JAM)


def _jam_over(line: Line, jam: Cover) -> None:
    if jam.chute is not None:
        line.chutes.states.unshut(jam.chute, reasons.JAMMED)
        return
    line.clear_alarm("jam", jam.eye)
    if not line.covered.any_over_belt():
        line.free_infeed(JAM)


def _fault(line: Line, diverter: str) -> None:
    line.chutes.states.fault(diverter)
    if not line.alarms.is_active("diverter_faulted", diverter):
        line.raise_alarm("diverter_faulted", diverter)


def _tell(line: Line, by: str = "") -> None:
    """Tell what changed, and do what follows from it."""
    changes = line.chutes.states.take_changes()
    for change in changes:
        causes = line.chutes.states.causes(change.chute)
        line.say(ChuteState(chute=change.chute, shut=causes, by=by))
        alarm = _ALARMS.get(change.cause)
        if change.holds:
            if alarm is not None:
                line.raise_alarm(alarm, change.chute)
            arming.call_back_from(line, change.chute)
        elif alarm is not None:
            line.clear_alarm(alarm, change.chute)
    if changes:
        _watch_overflow(line)


def _refuse(line: Line, instruction: str, by: str, why: str) -> None:
    line.say(InstructionRefused(instruction=instruction, by=by, why=why))


def _watch_overflow(line: Line) -> None:
    """With every overflow chute shut, what finds no chute would pile up at the end."""
    overflow = [name for name, place in line.layout.chutes.items() if place.overflow]
    if overflow and all(line.chutes.states.why_shut(chute) for chute in overflow):
        line.raise_alarm("overflow_full", line.layout.line)
        line.hold_infeed(OVERFLOW_FULL)
    else:
        line.clear_alarm("overflow_full", line.layout.line)
        line.free_infeed(OVERFLOW_FULL)
