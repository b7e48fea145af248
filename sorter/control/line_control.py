"""One line under control: every event goes through the engine here, on one thread.

A turn: journal the event, ask the engine, look up what it asks of the routing table, journal what
it orders and reports, hand all of that to the kernel in one write, and only then let an order out
to the PLC. So whatever was done to the line is in its journal first.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import UTC, tzinfo

from sorter.config import LineConfig
from sorter.control.cut_offs import Departures
from sorter.control.layout import layout_of
from sorter.control.plc_session import PlcSession
from sorter.control.ports import Clock, Journal, RegisterLink, RouteTable, ScannerLink
from sorter.control.recovery import LastRun
from sorter.control.route_look_up import look_up_route
from sorter.engine.binding import parcels_under_beam
from sorter.engine.commands import Command, LookUpRoute
from sorter.engine.engine import Engine
from sorter.engine.events import (
    AnyEvent,
    BeltMoved,
    PlanActivated,
    ScannerFound,
    ScannerLost,
    TableActivated,
    TelegramGarbled,
    TelegramReceived,
)
from sorter.engine.ledger import Ledger
from sorter.engine.line import Bind, Output
from sorter.engine.reports import AlarmCleared, AlarmRaised
from sorter.engine.run_events import LineStopped
from sorter.protocol.telegram import (
    Malformed,
    Said,
    Silent,
    SpeaksAgain,
    Telegram,
    side_place,
)

LOOK_AT_DEPARTURES_S = 5.0

log = logging.getLogger(__name__)


class LineControl:
    """One line: its engine, its routing table and its PLC session."""

    def __init__(
        self,
        line: LineConfig,
        *,
        link: RegisterLink,
        scanners: Sequence[ScannerLink],
        journal: Journal,
        clock: Clock,
        last_run: LastRun,
        bind: Bind = parcels_under_beam,
        zone: tzinfo = UTC,
    ) -> None:
        self._name = line.name
        self._engine = Engine(bind)
        self._journal = journal
        self._clock = clock
        self._scanners = scanners
        self._table: RouteTable | None = None
        self._departures = Departures(zone, self.moment)
        self.plc = PlcSession(line, link, clock, self.tell, last_run.mark)
        self.tell(last_run.started(layout_of(line), clock.monotonic_ns()))

    @property
    def ledger(self) -> Ledger:
        """Inducted, closed by outcome, on belt."""
        return self._engine.ledger

    def activate(self, table: RouteTable, plan: PlanActivated, by: str) -> RouteTable | None:
        """Decide by this pair from the next parcel on; gives the table that was in use before."""
        before, self._table = self._table, table
        self.tell(
            TableActivated(
                time_ns=plan.time_ns,
                count=plan.count,
                name=table.name,
                revision=table.revision,
                digest=table.digest,
                entries=len(table),
                by=by,
            )
        )
        self.tell(plan)
        self._departures.serve(plan.destinations)
        self.look_at_departures()
        return before

    def look_at_departures(self) -> None:
        """Tell which departures have closed or opened since the last look."""
        for event in self._departures.changes(self._clock.utc_ns()):
            self.tell(event)

    def status(self) -> dict[str, object]:
        """The line's state in plain values."""
        table = self._table
        return {
            "line": self._name,
            "plc_ready": self.plc.ready,
            **self._engine.overview(),
            "table": None
            if table is None
            else {"name": table.name, "revision": table.revision, "digest": table.digest},
        }

    def moment(self) -> dict[str, int]:
        """Now, as an event's `time_ns` and `count`."""
        now_ns = self._clock.monotonic_ns()
        return {"time_ns": now_ns, "count": self.plc.count_at(now_ns)}

    async def listen(self) -> None:
        """Listen to the scanners, and watch the departures, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_departures())
            for scanner in self._scanners:
                tasks.create_task(scanner.run(self.hear))

    async def _watch_departures(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AT_DEPARTURES_S)
            self.look_at_departures()

    def stop(self, why: str) -> None:
        """End the run in the journal, have every arm taken back, and the PLC session ended."""
        self.tell(LineStopped(**self.moment(), why=why))
        self.plc.end()

    def hear(self, scanner: str, telegram: Said, received_ns: int) -> None:
        """A scanner spoke, or should have."""
        now = {"time_ns": received_ns, "count": self.plc.count_at(received_ns)}
        match telegram:
            case Malformed(why, text):
                self.tell(TelegramGarbled(**now, scanner=scanner, why=why, text=text))
            case Silent(why):
                self.tell(ScannerLost(**now, scanner=scanner, why=why))
            case SpeaksAgain():
                self.tell(ScannerFound(**now, scanner=scanner))
            case Telegram():
                self._hear_telegram(scanner, telegram, now)

    def _hear_telegram(self, scanner: str, telegram: Telegram, now: dict[str, int]) -> None:
        sent = None if telegram.count is None else self.plc.unwrap(telegram.count)
        self.tell(
            TelegramReceived(
                **now,
                scanner=scanner if telegram.side is None else side_place(scanner, telegram.side),
                codes=telegram.codes,
                sent_count=sent,
                trigger=telegram.trigger,
                waited=self.plc.moved_by(now["time_ns"]),
            )
        )

    def tell(self, event: AnyEvent) -> None:
        """One turn: the event, what follows from it, and the orders it leads to."""
        self.instruct(event)

    def instruct(self, event: AnyEvent) -> list[Output]:
        """The same for somebody who wants to know what came of it: all that the engine said."""
        everything: list[Output] = []
        turn = deque([event])
        while turn:
            told = turn.popleft()
            said = self._engine.tell(told)
            # A BeltMoved without effect leaves no trace in the engine, so replay needs none of it.
            if said or not isinstance(told, BeltMoved):
                self._journal.append_event(told)
            everything += said
            for output in said:
                self._record(output)
                if isinstance(output, LookUpRoute):
                    turn.append(look_up_route(self._table, output.parcel, output.codes, told))
        self._journal.flush()
        for output in everything:
            if isinstance(output, Command) and not isinstance(output, LookUpRoute):
                self.plc.submit(output)
        # Last: no word in a log is worth a late divert.
        for output in everything:
            if isinstance(output, AlarmRaised | AlarmCleared):
                self._log(output)
        return everything

    def _record(self, output: Output) -> None:
        if isinstance(output, Command):
            self._journal.append_command(output)
        else:
            self._journal.append_report(output, self._clock.utc_ns(), self._clock.utc_quality())

    def _log(self, alarm: AlarmRaised | AlarmCleared) -> None:
        if isinstance(alarm, AlarmRaised):
            where = f"{alarm.place} ({alarm.detail})" if alarm.detail else alarm.place
            log.warning("%s: %s at %s. %s", self._name, alarm.cause, where, alarm.advice)
        else:
            log.warning("%s: %s at %s is over", self._name, alarm.cause, alarm.place)
