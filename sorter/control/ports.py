"""What control needs of the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from sorter.engine.commands import AnyCommand
from sorter.engine.events import AnyEvent
from sorter.engine.reports import AnyReport
from sorter.protocol.telegram import Said


class Clock(Protocol):
    """The box's clocks."""

    def monotonic_ns(self) -> int: ...
    def utc_ns(self) -> int: ...
    def utc_quality(self) -> str: ...


class RegisterLink(Protocol):
    """A Modbus connection to one device, one request at a time.

    Every call raises LinkDownError, LinkSilentError or LinkRefusedError (sorter.protocol.links).
    """

    async def connect(self) -> None: ...
    async def read_input(self, address: int, registers: int) -> list[int]: ...
    async def write(self, address: int, registers: Sequence[int]) -> None: ...
    def abort(self) -> None: ...


OnTelegram = Callable[[str, Said, int], None]


class ScannerLink(Protocol):
    """A scanner's telegrams: `run` calls back (scanner, telegram, received_ns) until cancelled."""

    async def run(self, on_telegram: OnTelegram) -> None: ...


class Journal(Protocol):
    """The line's journal: appends are buffered, `flush` hands them to the kernel at once."""

    def append_event(self, event: AnyEvent) -> object: ...
    def append_command(self, command: AnyCommand) -> object: ...
    def append_report(self, report: AnyReport, utc_ns: int, utc_quality: str) -> object: ...
    def flush(self) -> None: ...


class Decision(Protocol):
    """A routing table's answer for the codes of one parcel."""

    @property
    def rule(self) -> str: ...
    @property
    def destination(self) -> str | None: ...
    @property
    def key(self) -> str | None: ...
    @property
    def why(self) -> str | None: ...
    @property
    def pieces(self) -> tuple[str, ...]: ...


class RouteTable(Protocol):
    """An opened, verified routing table."""

    @property
    def name(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def digest(self) -> str: ...
    def __len__(self) -> int: ...
    def decide(self, codes: Sequence[str]) -> Decision: ...
    def close(self) -> None: ...
