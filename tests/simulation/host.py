"""A controller without sockets: the engine, a dict for a routing table, and a PLC that is called.

It keeps the rules of control's session: a poll tells the ring's entries and then the belt, orders
go out before the next poll, a heartbeat every 100 ms, a session that was dropped is opened anew,
and everything is in the journal, out of which the next host goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from firmware_sim.firmware import Firmware
from sorter.config import LineConfig
from sorter.control.eye_levels import EyeLevels
from sorter.control.layout import layout_of
from sorter.control.plc_events import FieldMap
from sorter.control.recovery import last_run
from sorter.engine.commands import (
    ArmDivert,
    CancelDivert,
    Command,
    HoldInfeed,
    LookUpRoute,
    ReleaseInfeed,
)
from sorter.engine.engine import Engine
from sorter.engine.events import (
    AnyEvent,
    ArmSent,
    ArmUnsent,
    BeltMoved,
    DeviceLost,
    DeviceReady,
    EdgesMissed,
    PlanActivated,
    RouteFound,
    TelegramGarbled,
    TelegramReceived,
)
from sorter.engine.instructions import EmergencyReset, EmergencyStopped, MachineCommanded
from sorter.engine.line import Bind, Output
from sorter.engine.moment import Event
from sorter.protocol import plc
from sorter.protocol.telegram import Framing, Malformed, TelegramReader

HEARTBEAT_MS = 100
WATCHDOG_MS = 500
EXTRAPOLATE_MS = 250


@dataclass(frozen=True)
class Entry:
    """A journal record: an event, or what the engine said to it."""

    body: Event | Output


def framing_of(config: LineConfig) -> Framing:
    """How the line's scanner speaks."""
    return config.scanners[0].framing


class Host:
    """One life of the controller; the next one gets the same journal."""

    def __init__(
        self,
        config: LineConfig,
        firmware: Firmware,
        routes: Mapping[str, str],
        plan: PlanActivated,
        journal: list[Entry],
        *,
        bind: Bind,
        now_ms: int,
    ) -> None:
        self._plc = firmware
        self._routes = routes
        self._journal = journal
        self._map = FieldMap(config)
        self._eyes = EyeLevels(self._map.eye_inputs)
        self._reader = TelegramReader(framing_of(config))
        run = last_run(journal)
        self.engine = Engine(bind)
        self._mark = run.mark
        self._count = run.mark.count
        self._count_ms = 0
        self._pulses_per_s = 0
        self._now_ms = now_ms
        self._listened_ms = now_ms
        self._session = 0
        self._heartbeat = 0
        self._beat_ms = 0
        self._hold_infeed = True
        self._pressed = False
        self._orders: list[ArmDivert | CancelDivert] = []
        self._tell(run.started(layout_of(config), now_ms * 1_000_000))
        self._tell(msgspec.structs.replace(plan, **self._now()))

    def turn(self, now_ms: int, telegrams: Sequence[bytes]) -> None:
        """What is due at `now_ms`, with what the scanner said since the last turn."""
        self._now_ms = now_ms
        for sent in telegrams:
            self._hear(sent)
        self._listened_ms = now_ms
        if not self._session:
            self._open_session()
            return
        self._send_orders()
        if now_ms - self._beat_ms >= HEARTBEAT_MS:
            self._beat()
        self._poll()

    def _open_session(self) -> None:
        status = self._read_status()
        if status.estop:
            return
        if self._mark.boot_counter is None:
            self._count = status.encoder_count
            self._mark = self._mark.at(status, ring=status.ring_newest)
        self._session = status.session % 0xFFFF + 1
        self._beat()
        status = self._read_status()
        self._take_in(status)
        for event in self._map.levels(status.levels, self._now_ms * 1_000_000, self._count):
            self._tell(event)
        self._tell(
            DeviceReady(
                **self._now(),
                device="plc",
                boot_counter=status.boot_counter,
                encoder_generation=status.encoder_generation,
            )
        )
        if self._pressed:
            self._pressed = False
            self._start_again()

    def _start_again(self) -> None:
        """The emergency stop is over, and a person starts the line again."""
        self._tell(EmergencyReset(**self._now()))
        for command in ("clear", "reset", "start"):
            self._tell(MachineCommanded(**self._now(), command=command, by="attendant"))

    def _poll(self) -> None:
        status = self._read_status()
        went_safe = self._take_in(status)
        if went_safe or status.session != self._session:
            self._session = 0
            self._tell(DeviceLost(**self._now(), device="plc", why="the PLC dropped our session"))
            dropped, self._orders = self._orders, []
            for order in dropped:
                self._unsent(order, "the session is gone")

    def _take_in(self, status: plc.PlcStatus) -> bool:
        """Tell the ring's entries and then the belt; whether the PLC went safe meanwhile."""
        count = self._count = plc.unwrap(status.encoder_count, self._count)
        self._count_ms = self._now_ms
        went_safe = False
        missed = status.ring_newest - self._mark.ring - status.ring_capacity
        if missed > 0:
            self._tell(EdgesMissed(**self._now(), missed=missed))
            self._mark = self._mark.read(self._mark.ring + missed)
        for first, address, registers in plc.ring_reads(
            self._mark.ring, status.ring_newest, status.ring_capacity
        ):
            for entry in plc.decode_ring(first, self._plc.read_input(address, registers)):
                self._eyes.take(entry)
                self._mark = self._mark.read(entry.number)
                went_safe = went_safe or entry.kind == "safe_state"
                at_count = plc.unwrap(entry.count, count)
                for event in self._map.entry(entry, self._now_ms * 1_000_000, count, at_count):
                    self._pressed = self._pressed or isinstance(event, EmergencyStopped)
                    self._tell(event)
        for number, covered in self._eyes.contradictions(status.levels):
            self._tell(self._map.found(number, covered, self._now_ms * 1_000_000, count))
        self._tell(BeltMoved(**self._now()))
        return went_safe

    def _send_orders(self) -> None:
        while self._orders:
            batch, self._orders = self._orders[: plc.SLOTS], self._orders[plc.SLOTS :]
            slots: list[int] = []
            arms: list[ArmDivert] = []
            for order in batch:
                if isinstance(order, CancelDivert):
                    slots += plc.encode_cancel(session=self._session, sequence=order.sequence)
                elif order.target_count <= self._now()["count"]:
                    self._unsent(order, "too_late")
                else:
                    arms.append(order)
                    slots += plc.encode_arm(
                        session=self._session,
                        sequence=order.sequence,
                        diverter=self._map.diverter_numbers[order.diverter],
                        side=order.side,
                        target_count=order.target_count,
                        pulse_ms=order.pulse_ms,
                    )
            if slots:
                self._plc.write(plc.SLOTS_ADDRESS, slots)
            for arm in arms:
                sent_ns = self._now_ms * 1_000_000
                self._tell(ArmSent(**self._now(), sequence=arm.sequence, sent_ns=sent_ns))

    def _unsent(self, order: ArmDivert | CancelDivert, why: str) -> None:
        if isinstance(order, ArmDivert):
            self._tell(ArmUnsent(**self._now(), sequence=order.sequence, why=why))

    def _beat(self) -> None:
        self._heartbeat += 1
        self._beat_ms = self._now_ms
        self._plc.write(
            plc.COMMAND_ADDRESS,
            plc.encode_command(
                heartbeat=self._heartbeat,
                session=self._session,
                ready=True,
                hold_infeed=self._hold_infeed,
                watchdog_ms=WATCHDOG_MS,
            ),
        )

    def _read_status(self) -> plc.PlcStatus:
        status = plc.decode_status(self._plc.read_input(plc.STATUS_ADDRESS, plc.STATUS_REGISTERS))
        self._pulses_per_s = status.speed_mm_s
        return status

    def _hear(self, sent: bytes) -> None:
        for telegram in self._reader.feed(sent):
            if isinstance(telegram, Malformed):
                self._tell(
                    TelegramGarbled(
                        **self._now(), scanner="top", why=telegram.why, text=telegram.text
                    )
                )
                continue
            stamp = None if telegram.count is None else plc.unwrap(telegram.count, self._count)
            self._tell(
                TelegramReceived(
                    **self._now(),
                    scanner="top",
                    codes=telegram.codes,
                    sent_count=stamp,
                    waited=self._waited(),
                )
            )

    def _waited(self) -> int | None:
        waited_ms = self._now_ms - min(self._listened_ms, self._count_ms)
        return None if waited_ms > EXTRAPOLATE_MS else self._pulses_per_s * waited_ms // 1000

    def _now(self) -> dict[str, int]:
        ahead = self._pulses_per_s * min(self._now_ms - self._count_ms, EXTRAPOLATE_MS) // 1000
        return {"time_ns": self._now_ms * 1_000_000, "count": self._count + ahead}

    def _tell(self, event: AnyEvent) -> None:
        said = self.engine.tell(event)
        if said or not isinstance(event, BeltMoved):
            self._journal.append(Entry(event))
        self._journal += [Entry(output) for output in said]
        for output in said:
            match output:
                case LookUpRoute():
                    self._tell(self._look_up(output, event))
                case ArmDivert() | CancelDivert():
                    self._orders.append(output)
                case HoldInfeed() | ReleaseInfeed():
                    self._hold_infeed = isinstance(output, HoldInfeed)
                    self._beat_ms = self._now_ms - HEARTBEAT_MS
                case Command():
                    raise AssertionError(f"the host does not know {output}")

    def _look_up(self, order: LookUpRoute, told: AnyEvent) -> RouteFound:
        found = {self._routes[code] for code in order.codes if code in self._routes}
        destination = found.pop() if len(found) == 1 else None
        rule = "exact" if destination else "conflict" if found else "unknown"
        return RouteFound(
            time_ns=told.time_ns,
            count=told.count,
            parcel=order.parcel,
            rule=rule,
            destination=destination,
            key=None,
            table_revision=1,
        )
