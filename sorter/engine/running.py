"""How the line runs: what people and the safety system tell it, its machine state, its infeed.

After every event the machine moves on as far as it can, and then the infeed follows: it is held
while a cause holds it or the machine admits nothing.
"""

from __future__ import annotations

from sorter.engine import laps, reasons, upsets
from sorter.engine.commands import HoldInfeed, ReleaseInfeed
from sorter.engine.infeed import DEVICE, INSIDE, OUTSIDE
from sorter.engine.instructions import (
    AlarmAcknowledged,
    EmergencyReset,
    EmergencyStopped,
    MachineCommanded,
    ModeChosen,
    ParcelRemoved,
    ShiftBegan,
)
from sorter.engine.line import Line
from sorter.engine.machine import Around, Machine, Move, PackML, Refusal
from sorter.engine.reports import InstructionRefused, MachineState, ShiftEnded
from sorter.engine.run_events import LineStarted
from sorter.engine.shift_statistics import ShiftStatistics
from sorter.engine.shift_tally import ShiftTally


def begin(line: Line, event: LineStarted) -> None:
    """A run begins where the one before left machine and mode, and with the PLC not ready."""
    tally = event.shift or ShiftTally()
    line.statistics = ShiftStatistics(line.layout, tally, event.survivors, event.time_ns)
    line.machine = Machine(event.mode, event.machine, event.machine_by)
    line.hold_infeed(DEVICE)
    _say(line, line.machine.by, line.machine.why)
    _go_on_from_safety(line, event)


def _go_on_from_safety(line: Line, event: LineStarted) -> None:
    """What the safety system told last may be all that the journal holds of that turn."""
    if not event.emergency:
        line.clear_alarm("emergency_stop", line.layout.line)
        return
    if not line.alarms.is_active("emergency_stop", line.layout.line):
        line.raise_alarm("emergency_stop", line.layout.line)
    move = line.machine.emergency_stop("the emergency stop was not reset")
    if move is not None:
        _go(line, move)


def alarm_acknowledged(line: Line, event: AlarmAcknowledged) -> None:
    """Somebody has taken an alarm in hand."""
    kept = tuple(f"{alarm.cause} {alarm.place}" for alarm in line.alarms.kept())
    if f"{event.cause} {event.place}" in kept:
        line.acknowledge_alarm(event.cause, event.place, event.by)
        return
    there_is = "" if kept else ", and no other"
    refusal = Refusal(f"there is no alarm {event.cause} at {event.place}{there_is}", kept)
    _refuse(line, f"ack {event.cause} {event.place}", event.by, refusal)


def mode_chosen(line: Line, event: ModeChosen) -> None:
    """A person wants another mode."""
    refusal = line.machine.choose_mode(event.mode)
    if refusal is None:
        _say(line, event.by, f"{event.mode} was chosen")
    else:
        _refuse(line, f"mode {event.mode}", event.by, refusal)


def machine_commanded(line: Line, event: MachineCommanded) -> None:
    """A person gives the machine a command."""
    answer = line.machine.command(event.command, event.by)
    if isinstance(answer, Refusal):
        _refuse(line, f"machine {event.command}", event.by, answer)
    else:
        _go(line, answer)


def parcel_removed(line: Line, event: ParcelRemoved) -> None:
    """A person took it off; if it was another, that one is missed and this one a stray."""
    parcel = line.parcels.get(event.parcel)
    if parcel is not None:
        line.close(parcel, "removed", reasons.TAKEN_OFF)
        return
    refusal = Refusal("no parcel of that number is on the belt", ())
    _refuse(line, f"removed {event.parcel}", event.by, refusal)


def shift_began(line: Line, event: ShiftBegan) -> None:
    """The shift before is told, and counting begins anew."""
    line.say(ShiftEnded(tally=line.statistics.begin(event.name, event.time_ns), by=event.by))


def emergency_stopped(line: Line, event: EmergencyStopped) -> None:
    """The safety system has stopped the line. It made it safe; here it is only followed."""
    line.raise_alarm("emergency_stop", line.layout.line, event.cause)
    move = line.machine.emergency_stop(event.cause)
    if move is None:
        upsets.withdraw(line)
    else:
        _go(line, move)


def emergency_reset(line: Line, _event: EmergencyReset) -> None:
    """From here on a person may clear the machine; nothing moves by the reset alone."""
    line.machine.emergency = False
    line.clear_alarm("emergency_stop", line.layout.line)


def settle(line: Line) -> None:
    """Let the machine move on, and the infeed follow."""
    laps.settle(line)
    machine, infeed = line.machine, line.infeed
    stood = not machine.is_sorting
    while not _runs_free(line) and (move := machine.next_move(_around(line))) is not None:
        _go(line, move)
    if stood and machine.is_sorting:
        line.belt.doubt(line.count)
    admitted = machine.may_admit and not line.stopped
    if infeed.turns(admitted, line.time_ns):
        line.order(HoldInfeed() if infeed.is_held else ReleaseInfeed())


def _runs_free(line: Line) -> bool:
    """Nothing to look at, as after nearly every event."""
    return line.machine.state is PackML.EXECUTE and line.infeed.is_free


def _around(line: Line) -> Around:
    return Around(
        device_ready=line.chutes.ready,
        infeed_settled=line.infeed.is_settled(line.time_ns),
        inside=line.infeed.cause(INSIDE),
        outside=line.infeed.cause(OUTSIDE),
        belt_empty=not line.parcels,
    )


def _go(line: Line, move: Move) -> None:
    _say(line, move.by, move.why)
    if move.state in {PackML.STOPPING, PackML.ABORTING}:
        upsets.withdraw(line)


def _say(line: Line, by: str, why: str) -> None:
    machine = line.machine
    line.say(MachineState(state=machine.state.value, mode=machine.mode, by=by, why=why))


def _refuse(line: Line, instruction: str, by: str, refusal: Refusal) -> None:
    line.say(
        InstructionRefused(instruction=instruction, by=by, why=refusal.why, allowed=refusal.allowed)
    )
