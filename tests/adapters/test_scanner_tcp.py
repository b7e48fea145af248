"""Listening to a scanner over real TCP: it comes and goes, and speaks in pieces."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sorter.adapters.scanner_tcp import RETRY_MOST_S, ScannerTcp
from sorter.protocol.telegram import Framing, Malformed, Telegram
from tests.support.loops import in_no_time, on_loop

PATIENCE_S = 10.0
FRAMING = Framing(start="\x02", end="\x03", separator=";", no_read="NoRead")
MOMENT_NS = 4711


class Scanner:
    """A scanner on a loopback port, and the box's ear at it."""

    def __init__(self, port: int = 0) -> None:
        self.heard: asyncio.Queue[tuple[str, Telegram | Malformed, int]] = asyncio.Queue()
        self.connections: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        self.port = port
        self._server: asyncio.Server | None = None

    async def switch_on(self) -> None:
        async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self.connections.put(writer)

        self._server = await asyncio.start_server(connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def switch_off(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def connection(self) -> asyncio.StreamWriter:
        return await asyncio.wait_for(self.connections.get(), PATIENCE_S)

    async def hears(self) -> Telegram | Malformed:
        name, telegram, received_ns = await asyncio.wait_for(self.heard.get(), PATIENCE_S)
        assert (name, received_ns) == ("top", MOMENT_NS)
        return telegram

    def ear(self) -> ScannerTcp:
        return ScannerTcp("top", "127.0.0.1", self.port, FRAMING, lambda: MOMENT_NS)

    def on_telegram(self, name: str, telegram: Telegram | Malformed, received_ns: int) -> None:
        self.heard.put_nowait((name, telegram, received_ns))


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Scanner]:
    scanner = Scanner()
    await scanner.switch_on()
    listening = asyncio.create_task(scanner.ear().run(scanner.on_telegram))
    try:
        yield scanner
    finally:
        listening.cancel()
        await asyncio.wait({listening})
        await scanner.switch_off()


@on_loop
async def test_a_telegram_is_heard_however_it_is_cut() -> None:
    async with listening() as scanner:
        wire = await scanner.connection()
        for byte in b"\x02CODE-1;CODE-2\x03":
            wire.write(bytes((byte,)))
            await wire.drain()
        assert await scanner.hears() == Telegram(("CODE-1", "CODE-2"))
        wire.write(b"\x02A\x03\x02B\x03\x02NoRead\x03")
        assert [await scanner.hears() for _ in range(3)] == [
            Telegram(("A",)),
            Telegram(("B",)),
            Telegram(()),
        ]
        wire.close()


@on_loop
async def test_a_scanner_that_hangs_up_is_called_again() -> None:
    async with listening() as scanner:
        for number in range(3):
            wire = await scanner.connection()
            wire.write(f"\x02CODE-{number}\x03".encode())
            assert await scanner.hears() == Telegram((f"CODE-{number}",))
            wire.close()


@on_loop
async def test_half_a_telegram_is_not_joined_with_one_of_the_next_connection() -> None:
    async with listening() as scanner:
        wire = await scanner.connection()
        wire.write(b"\x02CO")
        wire.close()
        wire = await scanner.connection()
        wire.write(b"DE\x03\x02WHOLE\x03")
        assert await scanner.hears() == Telegram(("WHOLE",))
        wire.close()


@on_loop
async def test_a_scanner_that_comes_late_is_found() -> None:
    scanner = Scanner()
    await scanner.switch_on()
    await scanner.switch_off()
    listening = asyncio.create_task(scanner.ear().run(scanner.on_telegram))
    await asyncio.sleep(0)
    await scanner.switch_on()
    wire = await scanner.connection()
    listening.cancel()
    await asyncio.wait({listening})
    wire.close()
    await scanner.switch_off()


@on_loop
async def test_what_breaks_on_a_telegram_ends_the_listening_with_it() -> None:
    scanner = Scanner()
    await scanner.switch_on()
    heard = []

    def break_on_it(_name: str, telegram: Telegram | Malformed, _received_ns: int) -> None:
        heard.append(telegram)
        raise RuntimeError("the engine has a bug")

    listening = asyncio.create_task(scanner.ear().run(break_on_it))
    wire = await scanner.connection()
    wire.write(b"\x02A\x03\x02B\x03")
    with pytest.raises(RuntimeError, match="the engine has a bug"):
        await asyncio.wait_for(listening, PATIENCE_S)
    assert heard == [Telegram(("A",))], "nothing more is told to what is broken"
    wire.close()
    await scanner.switch_off()


@on_loop
async def test_a_scanner_that_lost_its_power_is_found_by_keepalive() -> None:
    async with listening() as scanner:
        wire = await scanner.connection()
        wire.write(b"\x02A\x03")
        await scanner.hears()
        ear_port = wire.get_extra_info("peername")[1]
        wire.close()
        keepalive = "02"
        assert kernel_timer(ear_port) == keepalive


def kernel_timer(local_port: int) -> str:
    """Which timer the kernel runs for the socket with this local port; proc(5), tcp."""
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if int(fields[1].split(":")[1], 16) == local_port:
            return fields[5].split(":")[0]
    raise AssertionError(f"no socket has port {local_port}")


@in_no_time
async def test_an_absent_scanner_is_called_for_ever_and_not_too_often() -> None:
    loop = asyncio.get_running_loop()
    tried_s: list[float] = []

    async def refuse(*_: object) -> tuple[asyncio.Transport, asyncio.Protocol]:
        tried_s.append(loop.time())
        raise ConnectionRefusedError("nobody listens")

    loop.create_connection = refuse  # type: ignore[assignment,method-assign] # an absent scanner
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(Scanner(port=9).ear().run(lambda *_: None), 600)
    pauses_s = [round(b - a, 3) for a, b in itertools.pairwise(tried_s)]
    assert pauses_s[:6] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    assert set(pauses_s[6:]) == {RETRY_MOST_S}
