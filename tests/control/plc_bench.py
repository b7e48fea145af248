"""A real PLC program behind real Modbus TCP, whose clock and belt move only when the story says.

The session under test polls when the same clock says so. `pass_ms` lets both live, `stall_ms` lets
only the PLC live, as when the control process gets no time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self, TypeVar

from firmware_sim.firmware import Edge, Firmware, Hardware
from firmware_sim.modbus_server import ModbusServer, RegisterDevice
from firmware_sim.registers import ModbusException, RequestError
from sorter.adapters.modbus import ModbusLink
from sorter.config import LineConfig
from sorter.control.field_mark import FieldMark
from sorter.control.plc_session import PlcSession
from sorter.engine.commands import ArmDivert, ReleaseInfeed
from sorter.engine.events import AnyEvent, ArmSent, BeltMoved, DeviceReady
from sorter.engine.moment import Event
from tests.control.lines import HandClock, line_config

PATIENCE_S = 10.0
PULSES_A_MS = 2
POLL_MS = 2
SLICE_MS = 40

AMPLE_MS = 5000

E = TypeVar("E", bound=Event)


class Port(Protocol):
    """What serves the PLC's registers."""

    async def listen(self, host: str, port: int, /) -> int: ...
    async def close(self) -> None: ...


class PlcBench:
    """The PLC, its port, and a session with it; a context manager that ends all of it."""

    def __init__(
        self,
        *,
        mark: FieldMark | None = None,
        count: int = 1000,
        line: Callable[[int], LineConfig] = line_config,
        hardware: Mapping[str, int] | None = None,
        port: Callable[[RegisterDevice], Port] = ModbusServer,
        timeout_ms: int = AMPLE_MS,
    ) -> None:
        self.clock = HandClock()
        self.hardware = {"diverter_count": 2, "input_count": 40, "horizon_pulses": 10_000}
        self.hardware |= hardware or {}
        self.plc = Firmware(Hardware(**self.hardware), count=count)
        self.count = count
        self.told: list[AnyEvent] = []
        self.writes: list[tuple[int, tuple[int, ...]]] = []
        self.refuse: Callable[[int, Sequence[int]], bool] = lambda *_: False
        self.answer_status: Callable[[list[int]], list[int]] = lambda registers: registers
        self._line = line
        self._mark = mark or FieldMark()
        self._now_ms = 0
        self._pressed = False
        self._news = asyncio.Event()
        self._timeout_ms = timeout_ms
        self._port = port(self)
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        port = await self._port.listen("127.0.0.1", 0)
        config = self._line(port)
        self.link = ModbusLink("127.0.0.1", port, unit=1, timeout_ms=self._timeout_ms)
        self.session = self.session_of(config)
        self._cycle(1)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._running is not None and not self._running.done():
            # Again, since the wait_for of Python 3.11 loses one that comes with its result.
            self._running.cancel()
            await asyncio.wait({self._running}, timeout=0.01)
        await self._port.close()

    def session_of(self, config: LineConfig) -> PlcSession:
        """The session under test."""
        return PlcSession(config, self.link, self.clock, self.tell, self._mark)

    def start(self) -> asyncio.Task[None]:
        """Let the session live; it ends with the bench."""
        self._running = asyncio.create_task(self.session.run())
        return self._running

    async def open(self) -> DeviceReady:
        """Let the session live until it is open, and parcels let in as the engine does then."""
        self.start()
        ready = await self.hears(DeviceReady)
        self.session.submit(ReleaseInfeed())
        await self.pass_ms(SLICE_MS)
        return ready

    # What the Modbus port asks of the device.

    def read_input(self, address: int, registers: int) -> list[int]:
        values = self.plc.read_input(address, registers)
        return self.answer_status(values) if address == 0 else values

    def read_holding(self, address: int, registers: int) -> list[int]:
        return self.plc.read_holding(address, registers)

    def write(self, address: int, values: Sequence[int]) -> None:
        if self.refuse(address, values):
            raise RequestError(ModbusException.ILLEGAL_VALUE, "refused by the story")
        self.writes.append((address, tuple(values)))
        self.plc.write(address, values)

    @property
    def arm_writes(self) -> list[tuple[int, ...]]:
        """The writes into the slots."""
        return [values for address, values in self.writes if address >= 16]

    def tell(self, event: AnyEvent) -> None:
        """Hear an event of the session."""
        self.told.append(event)
        self._news.set()

    def all_told(self, kind: type[E]) -> list[E]:
        """The events of one kind so far."""
        return [event for event in self.told if isinstance(event, kind)]

    async def hears(self, kind: type[E], number: int = 1) -> E:
        """Wait until that many events of a kind were told; gives the last of them."""
        await self.until(lambda: len(self.all_told(kind)) >= number)
        return self.all_told(kind)[number - 1]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until the events told make `condition` true."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def arm(self, *orders: ArmDivert) -> None:
        """Submit arms, and let the PLC tell what it makes of them."""
        sent = len(self.all_told(ArmSent))
        for order in orders:
            self.session.submit(order)
        await self.hears(ArmSent, sent + len(orders))
        await self.pass_ms(2 * POLL_MS)

    async def pass_ms(self, milliseconds: int, *edges: Edge) -> None:
        """Let time pass for both sides, a poll at least: what happened before it is told then."""
        while milliseconds > 0:
            # The first answer may be to a request from before; the one behind it is not.
            slice_ms = max(POLL_MS, min(milliseconds - POLL_MS, SLICE_MS))
            self._cycle(slice_ms, edges)
            milliseconds, edges = milliseconds - slice_ms, ()
            await self._is_told_where_the_belt_is(since=len(self.told))

    def stall_ms(self, milliseconds: int, *edges: Edge) -> None:
        """Let time pass while control gets none."""
        self._cycle(milliseconds, edges)

    def estop(self, pressed: bool) -> None:
        """Press the emergency stop, or reset it."""
        self._pressed = pressed
        self._now_ms += 1
        self.plc.cycle(self._now_ms, self.count, speed_mm_s=0 if pressed else 2000, estop=pressed)

    def reset_encoder(self, count: int) -> None:
        """The encoder jumps to `count`."""
        self.count = count
        self._now_ms += 1
        self.plc.cycle(self._now_ms, count, speed_mm_s=2000, encoder_reset=True)

    def reboot(self, *, count: int = 0) -> None:
        """The PLC's program starts anew, its encoder at `count`."""
        self.hardware["boot_counter"] = self.hardware.get("boot_counter", 1) + 1
        self.plc = Firmware(Hardware(**self.hardware), count=count)
        self.count = count
        self._cycle(1)

    def _cycle(self, milliseconds: int, edges: Sequence[Edge] = ()) -> None:
        for _ in range(milliseconds):
            self._now_ms += 1
            self.count = (self.count + PULSES_A_MS) % (1 << 32)
            self.clock.now_ns += 1_000_000
            self.plc.cycle(
                self._now_ms, self.count, speed_mm_s=2000, edges=edges, estop=self._pressed
            )
            edges = ()

    async def _is_told_where_the_belt_is(self, since: int) -> None:
        await self.until(
            lambda: any(
                isinstance(event, BeltMoved) and event.count % (1 << 32) == self.count
                for event in self.told[since:]
            )
        )
