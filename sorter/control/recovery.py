"""What a journal knows of a line's last run: ledger, parcels on the belt, how far the PLC got."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from sorter.control.field_mark import FieldMark
from sorter.control.kept_alarms import KeptAlarms
from sorter.engine.chute_states import LASTING
from sorter.engine.commands import ArmDivert, CancelDivert, Command
from sorter.engine.events import (
    ArmCancelled,
    ArmRefused,
    ArmUnsent,
    DivertExecuted,
    EyeCleared,
)
from sorter.engine.instructions import ShiftBegan
from sorter.engine.layout import INDUCT_EYE, Layout
from sorter.engine.moment import Event
from sorter.engine.reports import (
    AlarmCleared,
    AlarmInHand,
    AlarmRaised,
    ChuteState,
    DivertUnconfirmed,
    MachineState,
    ParcelClosed,
    ParcelDecided,
    ParcelInducted,
    ParcelRecirculated,
)
from sorter.engine.run_events import LineStarted, Survivor
from sorter.engine.shift_statistics import ShiftStatistics
from sorter.engine.shift_tally import ShiftTally


class Record(Protocol):
    """A journal record; `body` is the event, command or report it holds."""

    @property
    def body(self) -> object: ...


# What is left of an arm that can't fire any more.
_NO_ARM: dict[str, object] = {
    "sequence": None,
    "chute": None,
    "target_count": None,
    "called_back": False,
    "fired": False,
}


class LastRun:
    """Builds up the state of a line from its journal, record by record."""

    def __init__(self) -> None:
        self._inducted = 0
        self._closed: dict[str, int] = {}
        self._next_parcel = 1
        self._next_sequence = 1
        self._live: dict[int, Survivor] = {}
        self._by_sequence: dict[int, int] = {}
        self._mark = FieldMark()
        self._machine: MachineState | None = None
        self._shut: dict[str, tuple[str, ...]] = {}
        self._alarms = KeptAlarms()
        self._statistics: ShiftStatistics | None = None
        self._last_ns = 0

    @property
    def mark(self) -> FieldMark:
        """How far the PLC had been read."""
        return self._mark

    def started(self, layout: Layout, time_ns: int) -> LineStarted:
        """The first event of the next run, on a line of this layout."""
        machine = self._machine
        return LineStarted(
            time_ns=time_ns,
            count=self._mark.count,
            line=layout.line,
            layout=layout,
            next_parcel=self._next_parcel,
            next_sequence=self._next_sequence,
            inducted=self._inducted,
            closed=dict(self._closed),
            survivors=tuple(self._live.values()),
            mode="production" if machine is None else machine.mode,
            machine="" if machine is None else machine.state,
            machine_by="" if machine is None else machine.by,
            shut={chute: causes for chute, causes in self._shut.items() if causes},
            shift=None if self._statistics is None else self._statistics.tally(self._last_ns),
            alarms=self._alarms.kept(),
            emergency=self._mark.emergency,
        )

    def take(self, body: object) -> None:
        """Take one record's body in."""
        if isinstance(body, Event):
            self._take_event(body)
            if isinstance(body, LineStarted):
                self._restart(body)
            return
        if self._statistics is not None:
            self._statistics.see_output(body)
        if isinstance(body, Command):
            self._take_command(body)
        else:
            self._take_report(body)

    def _take_report(self, report: object) -> None:
        match report:
            case ParcelInducted():
                self._inducted += 1
                self._next_parcel = report.parcel + 1
                self._live[report.parcel] = Survivor(report.parcel, report.head_count)
            case ParcelRecirculated() if report.parcel in self._live:
                self._begin_lap(report)
            case ParcelDecided() if report.parcel in self._live:
                self._take_decision(report)
            case ParcelClosed():
                closed = self._live.pop(report.parcel, None)
                if closed is not None and closed.sequence is not None:
                    self._by_sequence.pop(closed.sequence, None)
                self._closed[report.outcome] = self._closed.get(report.outcome, 0) + 1
            case DivertUnconfirmed() if report.parcel in self._live:
                self._change(report.parcel, straight=report.reason, **_NO_ARM)
            case AlarmRaised() | AlarmInHand() | AlarmCleared():
                self._alarms.take(report)
            case MachineState():
                self._machine = report
            case ChuteState():
                self._shut[report.chute] = tuple(c for c in report.shut if c in LASTING)

    def _begin_lap(self, begun: ParcelRecirculated) -> None:
        """What had no destination is read as if it had never been."""
        unread: dict[str, object] = {}
        if self._live[begun.parcel].destination is None:
            unread = {"codes": (), "rule": None}
        lap = {"head_count": begun.head_count, "lap": begun.lap, "straight": ""}
        self._change(begun.parcel, **lap, **unread, **_NO_ARM)

    def _take_decision(self, decided: ParcelDecided) -> None:
        head_count = decided.head_count
        if head_count is None:
            head_count = self._live[decided.parcel].head_count
        self._change(
            decided.parcel,
            head_count=head_count,
            codes=decided.codes,
            rule=decided.rule,
            destination=decided.destination,
            key=decided.key,
            pieces=decided.pieces,
            table_revision=decided.table_revision,
            chute=decided.chute,
            straight="" if decided.chute else decided.reason,
        )

    def _take_command(self, command: Command) -> None:
        match command:
            case CancelDivert():
                parcel = self._by_sequence.get(command.sequence)
                if parcel in self._live:
                    self._change(parcel, called_back=True)
            case ArmDivert():
                self._next_sequence = command.sequence + 1
                self._take_arm(command)

    def _take_arm(self, arm: ArmDivert) -> None:
        if arm.parcel in self._live:
            self._by_sequence[arm.sequence] = arm.parcel
            self._change(
                arm.parcel,
                sequence=arm.sequence,
                target_count=arm.target_count,
                called_back=False,
            )

    def _take_event(self, event: Event) -> None:
        self._mark = self._mark.after(event)
        self._last_ns = event.time_ns
        if self._statistics is not None:
            self._statistics.see_event(event)
        match event:
            case ShiftBegan() if self._statistics is not None:
                self._statistics.begin(event.name, event.time_ns)
            case EyeCleared(eye=eye) if eye == INDUCT_EYE and self._live:
                newest = next(reversed(self._live.values()))
                if newest.length is None:
                    self._change(newest.parcel, length=event.at_count - newest.head_count)
            case DivertExecuted():
                parcel = self._by_sequence.get(event.sequence)
                if parcel in self._live and self._live[parcel].sequence == event.sequence:
                    self._change(parcel, fired=True)
            case ArmCancelled() | ArmRefused() | ArmUnsent():
                parcel = self._by_sequence.pop(event.sequence, None)
                if parcel in self._live and self._live[parcel].sequence == event.sequence:
                    self._change(parcel, **_NO_ARM)

    def _restart(self, event: LineStarted) -> None:
        if event.layout is not None:
            tally = event.shift or ShiftTally()
            self._statistics = ShiftStatistics(event.layout, tally, event.survivors, event.time_ns)
        self._inducted = event.inducted
        self._closed = dict(event.closed)
        self._next_parcel = event.next_parcel
        self._next_sequence = event.next_sequence
        self._live = {survivor.parcel: survivor for survivor in event.survivors}
        self._by_sequence = {s.sequence: s.parcel for s in event.survivors if s.sequence}
        self._alarms = KeptAlarms(event.alarms)

    def _change(self, parcel: int, **fields: object) -> None:
        self._live[parcel] = msgspec.structs.replace(self._live[parcel], **fields)


def last_run(records: Iterable[Record]) -> LastRun:
    """Read a journal's records, oldest first, into the state they left."""
    run = LastRun()
    for record in records:
        run.take(record.body)
    return run
