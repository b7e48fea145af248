"""A whole line under control: real PLC program, real Modbus, real journal, parcels by hand."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TypeVar

from firmware_sim.firmware import Edge
from sorter.config import LineConfig
from sorter.control.line_control import LineControl
from sorter.control.plc_session import PlcSession
from sorter.control.ports import RouteTable
from sorter.control.recovery import LastRun
from sorter.disk.journal import JournalReader, JournalRecord, JournalWriter
from sorter.engine.events import AnyEvent, PlanActivated, PlanEntry
from sorter.protocol.telegram import Telegram
from tests.control.plc_bench import PlcBench

INDUCT, TUNNEL, END = 0, 1, 2
CONFIRM_A, CONFIRM_B = 8, 9
PLAN = {"NORTH": PlanEntry(("A",)), "SOUTH": PlanEntry(("B",))}
LENGTH = 300

R = TypeVar("R")


class HeardLine(LineControl):
    """Tells its bench each event when its turn is over."""

    bench: LineBench

    def tell(self, event: AnyEvent) -> None:
        super().tell(event)
        if hasattr(self, "bench"):
            self.bench.tell(event)


class LineBench(PlcBench):
    """The bench of a PLC session, with the line around it that the session is part of."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.writer = JournalWriter.open(folder)

    def session_of(self, config: LineConfig) -> PlcSession:
        self.config = config
        self.control = HeardLine(
            config,
            link=self.link,
            scanners=(),
            journal=self.writer,
            clock=self.clock,
            last_run=LastRun(),
        )
        self.control.bench = self
        return self.control.plc

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, trace)
        self.writer.close()

    def decide_by(self, table: RouteTable) -> None:
        """Put a table in force, with the bench's plan."""
        plan = PlanActivated(
            **self.control.moment(),
            revision=1,
            digest="p" * 64,
            destinations=PLAN,
            fallback={},
            by="test",
        )
        self.control.activate(table, plan, "test")

    async def induct(self) -> int:
        """A parcel comes in; gives the 32-bit count of its head."""
        head = self.count
        await self.edge(INDUCT, True, head)
        await self.belt_to(head + LENGTH)
        await self.edge(INDUCT, False, head + LENGTH)
        return head

    async def pass_tunnel(self, head: int) -> None:
        """The parcel passes the tunnel eye."""
        await self.belt_to(head + 500)
        await self.edge(TUNNEL, True, head + 500)
        await self.belt_to(head + 500 + LENGTH)
        await self.edge(TUNNEL, False, head + 500 + LENGTH)

    async def scan(self, head: int, *codes: str) -> None:
        """The scanner reads the parcel's middle."""
        await self.belt_to(head + 700 + LENGTH // 2)
        stamp = head + 700 + LENGTH // 2
        self.control.hear("top", Telegram(codes, stamp), self.clock.now_ns)

    async def edge(self, number: int, on: bool, count: int) -> None:
        """An input changes, latched at `count`; control has been told afterwards."""
        await self.pass_ms(4, Edge(number, on, count))

    async def belt_to(self, count: int) -> None:
        """Let the belt run until the encoder stands at `count` or just behind it."""
        if count > self.count:
            await self.pass_ms(-(-(count - self.count) // 2))

    def journal(self) -> list[JournalRecord]:
        """What anybody can read of the journal on the disk now."""
        with JournalReader(self.folder) as reader:
            return reader.read_new(100_000)

    def journalled(self, kind: type[R]) -> list[R]:
        """The bodies of one kind in the journal."""
        return [record.body for record in self.journal() if isinstance(record.body, kind)]
