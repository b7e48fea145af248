"""The engine: one event in, the commands and reports it causes out.

`_RULES` is the table of contents: each kind of event and the rule that answers it. A `BeltMoved`
that causes nothing leaves no trace, so it need not be recorded for an exact replay; a run begins
from nothing but what its `LineStarted` tells, so a journal of several runs replays as one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sorter.engine import (
    arming,
    deciding,
    hearing,
    reviving,
    running,
    shutting,
    silence,
    tracking,
    upsets,
)
from sorter.engine.binding import parcels_under_beam
from sorter.engine.chutes import Plan
from sorter.engine.events import (
    AnyEvent,
    ArmAccepted,
    ArmCancelled,
    ArmRefused,
    ArmSent,
    ArmUnknown,
    ArmUnsent,
    BeltMoved,
    ChuteEmptied,
    ChuteFilled,
    DeviceLost,
    DeviceReady,
    DivertExecuted,
    EdgesMissed,
    EncoderReset,
    EncoderReversed,
    EndEmptied,
    EndFilled,
    EyeBlocked,
    EyeCleared,
    EyeFoundClear,
    EyeFoundCovered,
    PlanActivated,
    RouteFound,
    ScannerFound,
    ScannerLost,
    TableActivated,
    TelegramGarbled,
    TelegramReceived,
)
from sorter.engine.instructions import (
    AlarmAcknowledged,
    ChuteBlocked,
    ChuteUnblocked,
    CutOffLifted,
    CutOffPassed,
    DiverterReset,
    EmergencyReset,
    EmergencyStopped,
    MachineCommanded,
    ModeChosen,
    ParcelRemoved,
    ShiftBegan,
)
from sorter.engine.ledger import Ledger
from sorter.engine.line import Bind, Line, Output
from sorter.engine.overview import overview
from sorter.engine.reports import DepartureState, LineState, PlanInUse, TableInUse
from sorter.engine.run_events import LineStarted, LineStopped


class NotStartedError(ValueError):
    """The line's geometry is not known: no LineStarted came, or one without a layout."""


class Engine:
    """One line. `bind` finds the parcels a telegram can belong to; by place on the belt."""

    def __init__(self, bind: Bind = parcels_under_beam) -> None:
        self._bind = bind
        self._line: Line | None = None

    def tell(self, event: AnyEvent) -> list[Output]:
        """Take one event; give the commands and reports it causes, in order.

        The first one must be a LineStarted that tells the layout, else NotStartedError is raised.
        """
        if isinstance(event, LineStarted):
            self._line = _new_line(event, self._bind)
        line = self._started()
        line.count = event.count
        line.time_ns = event.time_ns
        shutting.settle(line)
        _RULES[type(event)](line, event)
        if line.newcomers:
            arming.keep_apart(line)
        running.settle(line)
        said = line.take()
        line.statistics.see(event, said)
        if said or not isinstance(event, BeltMoved):
            line.quiet_until = None
        return said

    @property
    def ledger(self) -> Ledger:
        """Inducted, closed by outcome, on belt."""
        return self._started().ledger

    def overview(self) -> dict[str, object]:
        """How the line stands, in plain values."""
        return overview(self._started())

    def _started(self) -> Line:
        if self._line is None:
            raise NotStartedError("found no LineStarted, expected one as a line's first event")
        return self._line


def _new_line(event: LineStarted, bind: Bind) -> Line:
    if event.layout is None:
        raise NotStartedError(
            f"line {event.line} was started without its layout: an older release recorded that"
        )
    return Line(event.layout, bind)


def _line_stopped(line: Line, event: LineStopped) -> None:
    upsets.stop(line)
    line.say(
        LineState(
            state="stopped",
            why=event.why,
            inducted=line.ledger.inducted,
            on_belt=line.ledger.on_belt,
        )
    )


def _table_activated(line: Line, event: TableActivated) -> None:
    line.say(
        TableInUse(
            name=event.name,
            revision=event.revision,
            digest=event.digest,
            entries=event.entries,
            by=event.by,
        )
    )


def _plan_activated(line: Line, event: PlanActivated) -> None:
    line.plan = Plan(event.revision, event.destinations, event.fallback)
    line.say(PlanInUse(revision=event.revision, digest=event.digest, by=event.by))


def _cut_off_passed(line: Line, event: CutOffPassed) -> None:
    line.chutes.closed_departures[event.destination] = None
    _tell_departure(line, event, is_closed=True)


def _cut_off_lifted(line: Line, event: CutOffLifted) -> None:
    line.chutes.closed_departures.pop(event.destination, None)
    _tell_departure(line, event, is_closed=False)


def _tell_departure(line: Line, event: CutOffPassed | CutOffLifted, *, is_closed: bool) -> None:
    line.say(
        DepartureState(
            destination=event.destination, is_closed=is_closed, local_time=event.local_time
        )
    )


_RULES: dict[type, Callable[[Line, Any], None]] = {
    LineStarted: reviving.line_started,
    LineStopped: _line_stopped,
    TableActivated: _table_activated,
    PlanActivated: _plan_activated,
    CutOffPassed: _cut_off_passed,
    CutOffLifted: _cut_off_lifted,
    BeltMoved: silence.belt_moved,
    EyeBlocked: tracking.eye_blocked,
    EyeCleared: tracking.eye_cleared,
    EyeFoundClear: tracking.eye_found_clear,
    EyeFoundCovered: shutting.eye_covered,
    EncoderReset: upsets.encoder_reset,
    EncoderReversed: upsets.encoder_reversed,
    EdgesMissed: upsets.edges_missed,
    TelegramGarbled: hearing.telegram_garbled,
    TelegramReceived: hearing.telegram_received,
    ScannerLost: hearing.scanner_lost,
    ScannerFound: hearing.scanner_found,
    RouteFound: deciding.route_found,
    ArmSent: arming.arm_sent,
    ArmUnsent: arming.arm_failed,
    ArmRefused: arming.arm_failed,
    ArmUnknown: arming.arm_unknown,
    ArmAccepted: arming.arm_accepted,
    ArmCancelled: arming.arm_cancelled,
    DivertExecuted: arming.divert_executed,
    ChuteFilled: shutting.chute_filled,
    ChuteEmptied: shutting.chute_emptied,
    ChuteBlocked: shutting.chute_blocked,
    ChuteUnblocked: shutting.chute_unblocked,
    DiverterReset: shutting.diverter_reset,
    ParcelRemoved: running.parcel_removed,
    EndFilled: shutting.end_filled,
    EndEmptied: shutting.end_emptied,
    DeviceReady: upsets.device_ready,
    DeviceLost: upsets.device_lost,
    AlarmAcknowledged: running.alarm_acknowledged,
    ModeChosen: running.mode_chosen,
    MachineCommanded: running.machine_commanded,
    ShiftBegan: running.shift_began,
    EmergencyStopped: running.emergency_stopped,
    EmergencyReset: running.emergency_reset,
}
