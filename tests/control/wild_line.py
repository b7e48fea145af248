"""A line on which anything happens: a script of events from a seed, told to a real LineControl."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sorter.control.line_control import LineControl
from sorter.control.recovery import LastRun
from sorter.disk.journal import JournalWriter
from sorter.engine.commands import AnyCommand, ArmDivert
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
    EyeBlocked,
    EyeCleared,
    PlanActivated,
    PlanEntry,
)
from sorter.engine.reports import AnyReport
from sorter.protocol.telegram import Malformed, Telegram
from tests.control.lines import HandClock, line_config

WRAP = 1 << 32
ACCIDENTS = 0.03
MISSING = 0.04
PLAN = {"NORTH": PlanEntry(("A", "B")), "SOUTH": PlanEntry(("B",))}


class Answer(NamedTuple):
    """What the wild table says to a code."""

    rule: str
    destination: str | None
    key: str | None = None
    why: str | None = None
    pieces: tuple[str, ...] = ()


class WildTable:
    """Knows two destinations, by a code's first letter."""

    name, revision, digest = "wild", 3, "d" * 64

    def __len__(self) -> int:
        return 2

    def decide(self, codes: Sequence[str]) -> Answer:
        known = {"N": "NORTH", "S": "SOUTH"}.get(codes[0][0])
        return Answer("exact" if known else "unknown", known)

    def close(self) -> None: ...


class NoLink:
    """A link that is never used: the script is the PLC."""

    async def connect(self) -> None: ...
    async def read_input(self, address: int, registers: int) -> list[int]:
        raise AssertionError("no session runs")

    async def write(self, address: int, registers: Sequence[int]) -> None:
        raise AssertionError("no session runs")

    def abort(self) -> None: ...


class WatchedJournal:
    """A real journal that also lets the script see which arms were ordered."""

    def __init__(self, folder: Path) -> None:
        self.writer = JournalWriter.open(folder)
        self.orders: list[ArmDivert] = []

    def append_event(self, event: AnyEvent) -> None:
        self.writer.append_event(event)

    def append_command(self, command: AnyCommand) -> None:
        if isinstance(command, ArmDivert):
            self.orders.append(command)
        self.writer.append_command(command)

    def append_report(self, report: AnyReport, utc_ns: int, utc_quality: str) -> None:
        self.writer.append_report(report, utc_ns, utc_quality)

    def flush(self) -> None:
        self.writer.flush()


class WildLine:
    """One run of a line, going on from `last_run`.

    Parcels come, pass eyes and scanner, and the PLC answers to their arms, mostly as they should;
    any step may be missing, and accidents of every kind fall in between.
    """

    def __init__(self, folder: Path, last_run: LastRun, seed: int) -> None:
        self.journal = WatchedJournal(folder)
        self._chance = random.Random(seed)
        self._clock = HandClock()
        self._count = last_run.mark.count
        self._ring = last_run.mark.ring
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._planned = 0
        self._diverted: set[int] = set()
        self.control = LineControl(
            line_config(),
            link=NoLink(),
            scanners=(),
            journal=self.journal,
            clock=self._clock,
            last_run=last_run,
        )
        self.control.activate(WildTable(), self._plan(), "script")

    def live(self, turns: int) -> None:
        """Let that many things happen."""
        self._ready()
        self._at(self._count + 200, self._induct)
        for _ in range(turns):
            if self._chance.random() < ACCIDENTS:
                self._chance.choice([self._chute, self._device, self._accident, self._garbled])()
            else:
                self._count, _, happening = heapq.heappop(self._agenda)
                happening()
            while self.journal.orders:
                self._answer(self.journal.orders.pop())

    def close(self) -> None:
        """End the run as a crash does."""
        self.journal.writer.close()

    def _at(self, count: int, happening: Callable[[], None]) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, (max(count, self._count), self._planned, happening))

    def _mostly_at(self, count: int, happening: Callable[[], None]) -> None:
        if self._chance.random() > MISSING:
            self._at(count, happening)

    @property
    def _now(self) -> dict[str, int]:
        return {"time_ns": self._clock.now_ns, "count": self._count}

    @property
    def _seen(self) -> dict[str, int]:
        self._ring += 1
        return self._now | {"ring": self._ring}

    def _tell(self, event: AnyEvent) -> None:
        self._clock.now_ns += 1000
        self.control.tell(event)

    def _plan(self) -> PlanActivated:
        return PlanActivated(
            **self._now,
            revision=1,
            digest="p" * 64,
            destinations=PLAN,
            fallback={"overflow": ("OVF",)},
            by="script",
        )

    def _induct(self) -> None:
        head, length = self._count, self._chance.randint(100, 400)
        self._blocked("induct")
        self._mostly_at(head + length, lambda: self._cleared("induct"))
        self._mostly_at(head + 500, lambda: self._blocked("tunnel"))
        self._mostly_at(head + 500 + length, lambda: self._cleared("tunnel"))
        self._mostly_at(head + 700 + length, lambda: self._scan(head + 700 + length // 2))
        self._at(head + 1600, self._move)
        self._mostly_at(head + 3800, lambda: self._come_to_the_end(head))
        self._at(head + 4000, self._move)
        self._at(head + length + self._chance.randint(50, 700), self._induct)

    def _answer(self, order: ArmDivert) -> None:
        """The PLC's answers to an arm, told when their time has come."""
        sequence, target, soon = order.sequence, order.target_count, self._count + 10
        chosen = self._chance.random()
        if chosen < 0.1:
            self._at(soon, lambda: self._tell(ArmUnsent(**self._now, sequence=sequence, why="x")))
        elif chosen < 0.2:
            why = self._chance.choice(["queue_full", "target_passed", "not_ready"])
            self._at(soon, lambda: self._tell(ArmRefused(**self._seen, sequence=sequence, why=why)))
        else:
            sent = ArmUnknown if chosen < 0.3 else ArmSent
            more = {} if chosen < 0.3 else {"sent_ns": 1}
            self._at(soon, lambda: self._tell(sent(**self._now, sequence=sequence, **more)))
            self._mostly_at(soon, lambda: self._tell(ArmAccepted(**self._seen, sequence=sequence)))
            if chosen < 0.45:
                why = self._chance.choice(["by_host", "watchdog", "estop"])
                cancelled = self._chance.randint(soon, max(soon, target))
                self._at(
                    cancelled,
                    lambda: self._tell(ArmCancelled(**self._seen, sequence=sequence, why=why)),
                )
            else:
                self._mostly_at(target, lambda: self._execute(order))

    def _execute(self, order: ArmDivert) -> None:
        self._tell(
            DivertExecuted(**self._seen, sequence=order.sequence, at_count=order.target_count)
        )
        head = order.target_count - ({"D1": 2000, "D2": 3000}[order.diverter] - 100)
        chute = {"D1left": "A", "D1right": "B", "D2left": "OVF"}[order.diverter + order.side]
        if self._chance.random() < 0.9:
            self._diverted.add(head)
            reach = 3350 if chute == "OVF" else 2350
            self._mostly_at(head + reach, lambda: self._blocked(f"chute:{chute}"))

    def _come_to_the_end(self, head: int) -> None:
        if head not in self._diverted:
            self._blocked("end")

    def _blocked(self, eye: str) -> None:
        self._tell(EyeBlocked(**self._seen, eye=eye, at_count=self._count))

    def _cleared(self, eye: str) -> None:
        self._tell(EyeCleared(**self._seen, eye=eye, at_count=self._count))

    def _scan(self, stamp: int) -> None:
        codes = [self._chance.choice("NNSSX") + "CODE" for _ in range(self._chance.randint(0, 2))]
        self.control.hear("top", Telegram(tuple(codes), stamp % WRAP), self._clock.now_ns)

    def _move(self) -> None:
        self._tell(BeltMoved(**self._now))

    def _garbled(self) -> None:
        self.control.hear("top", Malformed("noise", "\\xff"), self._clock.now_ns)

    def _chute(self) -> None:
        chute = self._chance.choice(["A", "B"])
        if self._chance.random() < 0.5:
            self._tell(ChuteFilled(**self._seen, chute=chute))
        else:
            self._tell(ChuteEmptied(**self._seen, chute=chute))

    def _ready(self) -> None:
        generation = self._chance.randint(1, 9)
        self._tell(
            DeviceReady(**self._now, device="plc", boot_counter=5, encoder_generation=generation)
        )

    def _device(self) -> None:
        self._tell(DeviceLost(**self._seen, device="plc", why="cable"))
        if self._chance.random() < 0.9:
            self._ready()

    def _accident(self) -> None:
        if self._chance.random() < 0.5:
            self._tell(EncoderReset(**self._seen))
        else:
            self._tell(EdgesMissed(**self._now, missed=7))
