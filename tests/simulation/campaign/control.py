"""The controller of the campaign: the engine, told what a real control tells it and when.

The reader of the PLC is control's own; around it stands what `PlcSession` does. Every poll tells
the ring's entries in their order and then the belt; telegrams are heard before; an order needs 10
to 30 ms to the PLC and does not overtake another. Whatever made the PLC drop its arms ends the
session, and the next one is opened when the PLC allows it. What the engine is told and says goes to
the journal and to whoever listens, and is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from firmware_sim.arms import SlotWrite
from firmware_sim.registers import COUNT_MODULUS, Side, SlotCommand
from sorter.config import LineConfig
from sorter.control.field_reader import FieldReader, Sighting
from sorter.control.plc_events import FieldMap
from sorter.control.recovery import LastRun
from sorter.engine.commands import (
    ArmDivert,
    CancelDivert,
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
    PlanActivated,
    RouteFound,
    TelegramReceived,
)
from sorter.engine.layout import Layout
from sorter.engine.line import Bind, Output
from sorter.protocol.telegram import Malformed, TelegramReader
from tests.simulation.campaign.attendant import Words
from tests.simulation.campaign.mix import destination_of
from tests.simulation.campaign.plc import Plc
from tests.simulation.host import framing_of

ORDER_MS = (10.0, 30.0)
RETRY_FIRST_MS = 100
RETRY_MOST_MS = 2000


class DiedError(Exception):
    """Control was killed."""


@dataclass(frozen=True)
class Parts:
    """What every life of control is given. `heard` gets each event and what the engine said."""

    config: LineConfig
    layout: Layout
    plan: PlanActivated
    bind: Bind
    plc: Plc
    chance: Random
    journal: LastRun
    heard: Callable[[AnyEvent, list[Output]], None]


class _Moment:
    """The clock of the box: it stands still within a turn."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def monotonic_ns(self) -> int:
        return self.now_ms * 1_000_000

    def utc_ns(self) -> int:
        return self.monotonic_ns()

    def utc_quality(self) -> str:
        return "synchronised"


class _Wire:
    """The PLC's ring as a link serves it; its orders go another way."""

    def __init__(self, plc: Plc) -> None:
        self._plc = plc

    async def connect(self) -> None:
        """It is connected."""

    async def read_input(self, address: int, registers: int) -> list[int]:
        return self._plc.read_ring(address, registers)

    async def write(self, address: int, registers: Sequence[int]) -> None:
        raise AssertionError(f"nothing writes {len(registers)} registers to {address}")

    def abort(self) -> None:
        """It stays connected."""


class _Reader(FieldReader):
    """Control's reader; only the status block need not be made of registers."""

    def __init__(self, parts: Parts, clock: _Moment, tell: Callable[[AnyEvent], None]) -> None:
        wire, mark = _Wire(parts.plc), parts.journal.mark
        super().__init__(parts.config, wire, clock, tell, mark)
        self._plc = parts.plc
        self._moment = clock

    async def look(self) -> Sighting:
        return Sighting(self._plc.status(), self._moment.monotonic_ns())


class Control:
    """One life of control. `dies_after`: how many events it is still told before it is killed."""

    def __init__(self, parts: Parts, now_ms: int) -> None:
        self.engine = Engine(parts.bind)
        self.dies_after: int | None = None
        self._parts = parts
        self._plc = parts.plc
        self._clock = _Moment(now_ms)
        self._field = _Reader(parts, self._clock, self.tell)
        self._map = FieldMap(parts.config)
        self._reader = TelegramReader(framing_of(parts.config))
        self._session = 0
        self._lost_because = ""
        self._tries_at_ms = now_ms
        self._retry_ms = RETRY_FIRST_MS
        self._arrives_ms = 0.0
        self._acknowledged: list[tuple[float, int]] = []
        self.tell(parts.journal.started(parts.layout, now_ms * 1_000_000))
        self.tell(msgspec.structs.replace(parts.plan, **self.now))

    @property
    def now(self) -> dict[str, int]:
        """The moment, as events have it."""
        now_ns = self._clock.monotonic_ns()
        return {"time_ns": now_ns, "count": self._field.count_at(now_ns)}

    def turn(self, now_ms: int, telegrams: Iterable[bytes], words: Iterable[Words]) -> None:
        """What is due at `now_ms`, with what scanner and people say. Raises DiedError."""
        self._clock.now_ms = now_ms
        for word in words:
            self.tell(msgspec.structs.replace(word, **self.now))
        for sent in telegrams:
            self._hear(sent)
        while self._acknowledged and self._acknowledged[0][0] <= now_ms:
            sent_ms, sequence = self._acknowledged.pop(0)
            self.tell(ArmSent(**self.now, sequence=sequence, sent_ns=int(sent_ms * 1_000_000)))
        if self._session:
            self._plc.beat(now_ms)
            self._poll()
        elif now_ms >= self._tries_at_ms:
            self._open_session()

    def tell(self, event: AnyEvent) -> None:
        """One event, and what the engine orders because of it. Raises DiedError."""
        said = self.engine.tell(event)
        if said or not isinstance(event, BeltMoved):
            self._parts.journal.take(event)
            for output in said:
                self._parts.journal.take(output)
        self._parts.heard(event, said)
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after <= 0:
                raise DiedError
        for output in said:
            match output:
                case LookUpRoute():
                    self.tell(_look_up(output, event))
                case ArmDivert():
                    self._arm(output)
                case CancelDivert():
                    self._cancel(output)
                case HoldInfeed() | ReleaseInfeed():
                    self._send(isinstance(output, ReleaseInfeed))

    def _open_session(self) -> None:
        sighting = _run(self._field.look())
        self._field.begin(sighting.status)
        _run(self._field.take_in(sighting))
        if sighting.status.estop:
            self._lose("emergency stop")
            return
        self._session = sighting.status.session % 0xFFFF + 1
        self._plc.open_session(self._session)
        self._plc.beat(self._clock.now_ms)
        sighting = _run(self._field.look())
        _run(self._field.take_in(sighting))
        self._field.tell_levels(sighting.status)
        self._lost_because = ""
        self._retry_ms = RETRY_FIRST_MS
        self.tell(
            DeviceReady(
                **self.now,
                device="plc",
                boot_counter=sighting.status.boot_counter,
                encoder_generation=sighting.status.encoder_generation,
            )
        )

    def _poll(self) -> None:
        sighting = _run(self._field.look())
        dropped = _run(self._field.take_in(sighting))
        if dropped is not None:
            self._lose(dropped)
        elif sighting.status.session != self._session:
            self._lose("the PLC dropped our session")

    def _lose(self, why: str) -> None:
        self._session = 0
        self._tries_at_ms = self._clock.now_ms + self._retry_ms
        self._retry_ms = min(self._retry_ms * 2, RETRY_MOST_MS)
        if why != self._lost_because:
            self._lost_because = why
            ring = self._field.mark.ring
            self.tell(DeviceLost(**self.now, ring=ring, device="plc", why=why))

    def _hear(self, sent: bytes) -> None:
        for telegram in self._reader.feed(sent):
            assert not isinstance(telegram, Malformed), telegram
            stamp = None if telegram.count is None else self._field.unwrap(telegram.count)
            self.tell(
                TelegramReceived(**self.now, scanner="top", codes=telegram.codes, sent_count=stamp)
            )

    def _arm(self, order: ArmDivert) -> None:
        now = self.now
        if not self._session or order.target_count <= now["count"]:
            why = "too_late" if self._session else self._lost_because
            self.tell(ArmUnsent(**now, sequence=order.sequence, why=why))
            return
        slot = SlotWrite(
            SlotCommand.ARM,
            self._session,
            order.sequence,
            self._map.diverter_numbers[order.diverter],
            Side.LEFT if order.side == "left" else Side.RIGHT,
            order.target_count % COUNT_MODULUS,
            order.pulse_ms,
        )
        self._acknowledged.append((self._send(slot), order.sequence))

    def _cancel(self, order: CancelDivert) -> None:
        if self._session:
            self._send(SlotWrite(SlotCommand.CANCEL, self._session, order.sequence, 0, 0, 0, 0))

    def _send(self, order: SlotWrite | bool) -> float:
        now_ms = self._clock.now_ms
        self._arrives_ms = max(self._arrives_ms, now_ms + self._parts.chance.uniform(*ORDER_MS))
        self._plc.send(self._arrives_ms, order)
        return self._arrives_ms


def _run(reading: Coroutine[Any, Any, Any]) -> Any:
    """What control awaits is there at once."""
    try:
        reading.send(None)
    except StopIteration as answer:
        return answer.value
    raise AssertionError(f"{reading} waits for something")


def _look_up(order: LookUpRoute, told: AnyEvent) -> RouteFound:
    found = {place for code in order.codes if (place := destination_of(code)) is not None}
    destination = found.pop() if len(found) == 1 else None
    return RouteFound(
        time_ns=told.time_ns,
        count=told.count,
        parcel=order.parcel,
        rule="exact" if destination else "conflict" if found else "unknown",
        destination=destination,
        key=None,
        table_revision=1,
    )
