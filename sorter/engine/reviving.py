"""How a run begins: with what the journal of the run before tells, and nothing else.

Control was away, and people may have been at the belt. A parcel keeps an arm that it had. One that
was decided and not armed is armed again when an eye has seen it whole where it should be; one that
no eye had seen yet is taken as it comes. Whatever else there was goes straight on, and so does a
parcel that lies so near an eye that nobody knows whether it was seen there.
"""

from __future__ import annotations

from sorter.engine import deciding, reasons, running, shutting
from sorter.engine.ledger import Ledger
from sorter.engine.line import Line
from sorter.engine.parcel import Parcel, State
from sorter.engine.reports import LineState
from sorter.engine.run_events import LineStarted, Survivor


def line_started(line: Line, event: LineStarted) -> None:
    """The first event of a run, told to a line of which nothing is known."""
    line.ledger = Ledger(event.inducted, event.closed)
    line.next_parcel = event.next_parcel
    line.next_sequence = event.next_sequence
    for survivor in event.survivors:
        _take_in(line, _revived(line, survivor))
    line.say(
        LineState(
            state="started",
            why=f"{len(event.survivors)} parcels were on the belt",
            inducted=line.ledger.inducted,
            on_belt=line.ledger.on_belt,
        )
    )
    line.alarms.revive(event.alarms, event.time_ns)
    shutting.begin(line, event)
    running.begin(line, event)
    for alarm in line.alarms.found_anew():
        line.clear_alarm(alarm.cause, alarm.place)


def _take_in(line: Line, parcel: Parcel) -> None:
    line.parcels[parcel.number] = parcel
    if parcel.sequence is not None:
        line.armed[parcel.sequence] = parcel
    if parcel.chute is not None:
        line.chutes.give(parcel.chute, parcel)
    for piece in parcel.pieces:
        others = line.owners.claim(piece, parcel.number, line.count)
        for bearer in (parcel.number, *others) if others else ():
            deciding.dispute(line.parcels[bearer])
    # Only the newest can still lie under the induct eye.
    line.at_induct = parcel if parcel.length is None else None


def _revived(line: Line, survivor: Survivor) -> Parcel:
    parcel = Parcel(survivor.parcel, survivor.head_count)
    parcel.length = survivor.length
    parcel.codes = survivor.codes
    parcel.rule = survivor.rule
    parcel.destination = survivor.destination
    parcel.key = survivor.key
    parcel.pieces = survivor.pieces
    parcel.table_revision = survivor.table_revision
    parcel.lap = survivor.lap
    parcel.shaken = True
    parcel.reason = reasons.FLUSHED
    parcel.met = _surely_passed(line, parcel)
    if survivor.sequence is not None and survivor.chute in line.layout.chutes:
        _keep_arm(parcel, survivor)
    elif survivor.straight:
        parcel.state = State.STRAIGHT
        parcel.reason = survivor.straight
        parcel.shaken = False
    else:
        parcel.state = _state_without_arm(line, parcel)
    return parcel


def _keep_arm(parcel: Parcel, survivor: Survivor) -> None:
    """Its arm may still be in the PLC, or have fired."""
    parcel.state = State.CANCELLING if survivor.called_back else State.ARMED
    if survivor.fired:
        parcel.state = State.DIVERTING
    parcel.vanished = True
    parcel.sequence = survivor.sequence
    parcel.chute = survivor.chute
    parcel.target_count = survivor.target_count or 0


def _state_without_arm(line: Line, parcel: Parcel) -> State:
    if parcel.met != _perhaps_passed(line, parcel):
        return State.STRAIGHT
    if parcel.rule is None:
        return State.STRAIGHT if parcel.met else State.INDUCTED
    return State.WAITING if line.belt.eyes.can_prove_any(parcel) else State.STRAIGHT


def _surely_passed(line: Line, parcel: Parcel) -> int:
    """How many eyes its head has passed, wherever it is within the window."""
    return line.belt.eyes.passed_by(parcel.head(line.count) - line.layout.window)


def _perhaps_passed(line: Line, parcel: Parcel) -> int:
    return line.belt.eyes.passed_by(parcel.head(line.count) + line.layout.window)
