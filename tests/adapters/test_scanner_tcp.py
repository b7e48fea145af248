"""Listening to a scanner over real TCP: it comes and goes, and speaks in pieces."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sorter.adapters.scanner_tcp import RETRY_MOST_S, ScannerDoor, ScannerTcp
from sorter.protocol.scanner_ear import HEARTBEATS_MISSED, MOST_TELEGRAMS_A_SECOND, ScannerEar
from sorter.protocol.telegram import (
    MAX_FRAME_BYTES,
    Framing,
    Malformed,
    Said,
    Silent,
    SpeaksAgain,
    Telegram,
)
from tests.support.loops import in_no_time, on_loop

PATIENCE_S = 10.0
Reader = asyncio.StreamReader
FRAMING = Framing(start="\x02", end="\x03", separator=";", no_read="NoRead")
MOMENT_NS = 4711


class Scanner:
    """A scanner on a loopback port, and the box's ear at it."""

    def __init__(self, port: int = 0, heartbeat_s: float = 0.0) -> None:
        self.hearing = ScannerEar(FRAMING, heartbeat_s)
        self.heard: asyncio.Queue[tuple[str, Said, int]] = asyncio.Queue()
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

    async def hears(self) -> Said:
        name, telegram, received_ns = await asyncio.wait_for(self.heard.get(), PATIENCE_S)
        assert (name, received_ns) == ("top", MOMENT_NS)
        return telegram

    def ear(self) -> ScannerTcp:
        return ScannerTcp(
            "top", "127.0.0.1", self.port, ear=self.hearing, monotonic_ns=lambda: MOMENT_NS
        )

    def on_telegram(self, name: str, telegram: Said, received_ns: int) -> None:
        self.heard.put_nowait((name, telegram, received_ns))


@contextlib.asynccontextmanager
async def listening(heartbeat_s: float = 0.0) -> AsyncIterator[Scanner]:
    scanner = Scanner(heartbeat_s=heartbeat_s)
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

    def break_on_it(_name: str, telegram: Said, _received_ns: int) -> None:
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


def door_at(port: int, peer: str = "127.0.0.1") -> ScannerDoor:
    return ScannerDoor(
        "top", "127.0.0.1", port, peer=peer, ear=ScannerEar(FRAMING), monotonic_ns=lambda: MOMENT_NS
    )


@contextlib.asynccontextmanager
async def waiting_for(peer: str) -> AsyncIterator[tuple[Scanner, ScannerDoor]]:
    """The box waits to be called by a scanner at `peer`."""
    scanner = Scanner()
    door = door_at(0, peer)
    listening = asyncio.create_task(door.run(scanner.on_telegram))
    while not door.port:
        await asyncio.sleep(0)
    try:
        yield scanner, door
    finally:
        listening.cancel()
        await asyncio.wait({listening})


async def call(door: ScannerDoor, own: str = "127.0.0.1") -> tuple[Reader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", door.port, local_addr=(own, 0))


async def is_hung_up(reader: asyncio.StreamReader) -> bool:
    with contextlib.suppress(ConnectionError):
        return not await asyncio.wait_for(reader.read(1), PATIENCE_S)
    return True


@on_loop
async def test_a_scanner_that_calls_is_heard_and_may_call_again() -> None:
    async with waiting_for("127.0.0.1") as (scanner, door):
        for number in range(3):
            _, wire = await call(door)
            wire.write(f"\x02CODE-{number}\x03\x02half".encode())
            assert await scanner.hears() == Telegram((f"CODE-{number}",))
            wire.close()


@on_loop
async def test_a_caller_from_another_address_is_refused_and_disturbs_nobody() -> None:
    async with waiting_for("127.0.0.2") as (scanner, door):
        _, wire = await call(door, own="127.0.0.2")
        wire.write(b"\x02HA")
        reader, stranger = await call(door)
        stranger.write(b"\x02FORGED\x03")
        assert await is_hung_up(reader)
        wire.write(b"LF\x03")
        assert await scanner.hears() == Telegram(("HALF",))
        for writer in (wire, stranger):
            writer.close()


@on_loop
async def test_of_two_connections_of_a_scanner_the_newest_counts() -> None:
    async with waiting_for("127.0.0.1") as (scanner, door):
        first_reader, first = await call(door)
        first.write(b"\x02A\x03\x02B")
        assert await scanner.hears() == Telegram(("A",))
        _, second = await call(door)
        assert await is_hung_up(first_reader)
        second.write(b"C\x03\x02D\x03")
        assert await scanner.hears() == Telegram(("D",))
        for writer in (first, second):
            writer.close()


@on_loop
async def test_a_port_that_is_taken_is_named_with_its_keys_and_asked_for_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    holder = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = holder.sockets[0].getsockname()[1]
    scanner = Scanner()
    door = door_at(port, "127.0.0.1")
    listening = asyncio.create_task(door.run(scanner.on_telegram))
    while "see its bind and port in the config" not in caplog.text:
        await asyncio.sleep(0.01)
    holder.close()
    await holder.wait_closed()
    while True:
        with contextlib.suppress(ConnectionError):
            _, wire = await call(door)
            break
        await asyncio.sleep(0.01)
    wire.write(b"\x02A\x03")
    assert await scanner.hears() == Telegram(("A",))
    wire.close()
    listening.cancel()
    await asyncio.wait({listening})


@on_loop
async def test_what_breaks_on_a_caller_s_telegram_ends_the_listening_with_it() -> None:
    def break_on_it(_name: str, _telegram: Said, _received_ns: int) -> None:
        raise RuntimeError("the engine has a bug")

    door = door_at(0, "127.0.0.1")
    listening = asyncio.create_task(door.run(break_on_it))
    while not door.port:
        await asyncio.sleep(0)
    _, wire = await call(door)
    wire.write(b"\x02A\x03")
    with pytest.raises(RuntimeError, match="the engine has a bug"):
        await asyncio.wait_for(listening, PATIENCE_S)
    wire.close()


@pytest.mark.parametrize(
    ("nonsense", "why"),
    [
        (b"\x02" + b"x" * (64 << 10), f"no frame end within {MAX_FRAME_BYTES} bytes"),
        (b"\x02" + b"1;" * 10_000 + b"\x03", f"no frame end within {MAX_FRAME_BYTES} bytes"),
        (b"\x02" + b"1;" * 2_000 + b"\x03", "2000 codes, at most 32 are taken"),
    ],
)
@on_loop
async def test_nonsense_is_told_once_and_the_next_telegram_is_heard(
    nonsense: bytes, why: str
) -> None:
    async with listening() as scanner:
        wire = await scanner.connection()
        wire.write(nonsense + b"\x02AFTER\x03")
        told = await scanner.hears()
        assert isinstance(told, Malformed)
        assert told.why == why
        assert len(told.text) <= 400
        assert await scanner.hears() == Telegram(("AFTER",))
        wire.close()


@pytest.mark.parametrize(
    ("babble", "heard"),
    [
        (b"\x02A\x03" * 500_000, MOST_TELEGRAMS_A_SECOND),
        (b"\x02" + b"\x00" * (2 << 20), 0),
        (b"\x02\x01\x03" * 500_000, MOST_TELEGRAMS_A_SECOND),
    ],
)
@on_loop
async def test_a_flood_is_cut_off_and_not_one_telegram_of_it_comes_late(
    babble: bytes, heard: int
) -> None:
    async with listening() as scanner:
        wire = await scanner.connection()
        wire.write(babble)
        told = [await scanner.hears()]
        while "the connection is reset" not in getattr(told[-1], "why", ""):
            told.append(await scanner.hears())
        assert sum(getattr(t, "why", "")[:7] != "no fram" for t in told) == heard + 1
        again = await scanner.connection()
        again.write(b"\x02A\x03")
        once_more = await scanner.connection()
        assert scanner.heard.empty(), "the second is not over: it is hung up on unheard"
        for writer in (wire, again, once_more):
            writer.transport.abort()


@on_loop
async def test_a_scanner_whose_heartbeat_stops_is_told_and_called_again() -> None:
    """The heartbeat is a thirtieth of a second, so that the story is short."""
    async with listening(heartbeat_s=0.1 / HEARTBEATS_MISSED) as scanner:
        wire = await scanner.connection()
        wire.write(b"\x02A\x03")
        assert await scanner.hears() == Telegram(("A",))
        assert await scanner.hears() == Silent("nothing heard for 0.1 s")
        again = await scanner.connection()
        again.write(b"noise")
        assert await scanner.hears() == SpeaksAgain()
        for writer in (wire, again):
            writer.transport.abort()
