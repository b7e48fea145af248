"""The controller of the campaign: the engine, told what a real control tells it and when.

Every poll tells the ring's entries in their order and then the belt; telegrams are heard before;
an order needs 10 to 30 ms to the PLC and does not overtake another. What the engine says goes to
whoever listens, and is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from firmware_sim.arms import SlotWrite
from firmware_sim.registers import Side, SlotCommand
from sorter.config import LineConfig
from sorter.control.plc_events import FieldMap
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
    DeviceReady,
    LineStarted,
    PlanActivated,
    RouteFound,
    TelegramReceived,
)
from sorter.engine.layout import Layout
from sorter.engine.line import Bind, Output
from sorter.protocol import plc
from sorter.protocol.telegram import Malformed, TelegramReader
from tests.simulation.campaign.mix import destination_of
from tests.simulation.campaign.plc import Plc
from tests.simulation.host import framing_of

ORDER_MS = (10.0, 30.0)
_SESSION = 1


class Control:
    """One run of the engine. `heard` gets every event and what the engine said to it."""

    def __init__(
        self,
        config: LineConfig,
        plan: PlanActivated,
        field: Plc,
        chance: Random,
        heard: Callable[[AnyEvent, list[Output]], None],
        *,
        layout: Layout,
        bind: Bind,
        count: int,
    ) -> None:
        self.engine = Engine(bind)
        self._field = field
        self._chance = chance
        self._heard = heard
        self._map = FieldMap(config)
        self._reader = TelegramReader(framing_of(config))
        self._now_ms = 0
        self._count = count
        self._arrives_ms = 0.0
        self._acknowledged: list[tuple[float, int]] = []
        self.tell(LineStarted(time_ns=0, count=count, line=layout.line, layout=layout))
        self.tell(plan)
        for event in self._map.levels(0, 0, count):
            self.tell(event)
        self.tell(
            DeviceReady(time_ns=0, count=count, device="plc", boot_counter=1, encoder_generation=1)
        )

    def turn(
        self, now_ms: int, count: int, telegrams: Iterable[bytes], entries: list[plc.RingEntry]
    ) -> None:
        """What is due at `now_ms` (encoder at `count`, unwrapped)."""
        self._now_ms = now_ms
        self._count = count
        time_ns = now_ms * 1_000_000
        for sent in telegrams:
            self._hear(sent, time_ns)
        while self._acknowledged and self._acknowledged[0][0] <= now_ms:
            sent_ms, sequence = self._acknowledged.pop(0)
            sent_ns = int(sent_ms * 1_000_000)
            self.tell(ArmSent(time_ns=time_ns, count=count, sequence=sequence, sent_ns=sent_ns))
        for entry in entries:
            for event in self._map.entry(entry, time_ns, count, entry.count):
                self.tell(event)
        self.tell(BeltMoved(time_ns=time_ns, count=count))

    def _hear(self, sent: bytes, time_ns: int) -> None:
        for telegram in self._reader.feed(sent):
            assert not isinstance(telegram, Malformed), telegram
            stamp = None if telegram.count is None else plc.unwrap(telegram.count, self._count)
            self.tell(
                TelegramReceived(
                    time_ns=time_ns,
                    count=self._count,
                    scanner="top",
                    codes=telegram.codes,
                    sent_count=stamp,
                )
            )

    def tell(self, event: AnyEvent) -> None:
        """One event, and what the engine orders because of it."""
        said = self.engine.tell(event)
        self._heard(event, said)
        for output in said:
            match output:
                case LookUpRoute():
                    self.tell(_look_up(output, event))
                case ArmDivert():
                    self._arm(output)
                case CancelDivert():
                    self._send(SlotWrite(SlotCommand.CANCEL, _SESSION, output.sequence, 0, 0, 0, 0))
                case HoldInfeed() | ReleaseInfeed():
                    self._send(isinstance(output, ReleaseInfeed))

    def _arm(self, order: ArmDivert) -> None:
        if order.target_count <= self._count:
            now = {"time_ns": self._now_ms * 1_000_000, "count": self._count}
            self.tell(ArmUnsent(**now, sequence=order.sequence, why="too_late"))
            return
        diverter = self._map.diverter_numbers[order.diverter]
        side = Side.LEFT if order.side == "left" else Side.RIGHT
        slot = SlotWrite(
            SlotCommand.ARM,
            _SESSION,
            order.sequence,
            diverter,
            side,
            order.target_count,
            order.pulse_ms,
        )
        self._acknowledged.append((self._send(slot), order.sequence))

    def _send(self, order: SlotWrite | bool) -> float:
        self._arrives_ms = max(self._arrives_ms, self._now_ms + self._chance.uniform(*ORDER_MS))
        self._field.send(self._arrives_ms, order)
        return self._arrives_ms


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
