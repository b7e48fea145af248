"""The Modbus link against a device that answers, refuses, keeps silent or talks nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator

import pytest

from sorter.adapters.modbus import ModbusLink
from sorter.protocol.links import LinkDownError, LinkRefusedError, LinkSilentError
from tests.support.loops import on_loop
from tests.support.raw_plc import RawPlc, Wire, frame

SHORT_MS = 60
AMPLE_MS = 5000


@contextlib.asynccontextmanager
async def connected(
    plc: RawPlc, timeout_ms: int = AMPLE_MS
) -> AsyncIterator[tuple[ModbusLink, Wire]]:
    link = ModbusLink("127.0.0.1", plc.port, unit=1, timeout_ms=timeout_ms)
    await link.connect()
    try:
        yield link, await plc.accept()
    finally:
        link.abort()


def registers(*values: int) -> bytes:
    return struct.pack(f">BB{len(values)}H", 4, 2 * len(values), *values)


def taken(request: bytes) -> bytes:
    """The answer to a write that was taken."""
    return request[:5]


@on_loop
async def test_registers_are_read_and_written() -> None:
    with RawPlc() as plc:
        async with connected(plc) as (link, wire):
            reading = asyncio.create_task(link.read_input(256, 2))
            request = await wire.answer(lambda n, _: frame(n, registers(0xFFFF, 7)))
            assert request == bytes.fromhex("04 0100 0002")
            assert await reading == [0xFFFF, 7]
            writing = asyncio.create_task(link.write(16, [1, 0xFFFF]))
            request = await wire.answer(lambda n, r: frame(n, taken(r)))
            assert request == bytes.fromhex("10 0010 0002 04 0001 FFFF")
            await writing


@on_loop
async def test_a_device_that_refuses_has_not_obeyed() -> None:
    with RawPlc() as plc:
        async with connected(plc) as (link, wire):
            writing = asyncio.create_task(link.write(16, [1]))
            await wire.answer(lambda n, _: frame(n, bytes((0x90, 4))))
            with pytest.raises(
                LinkRefusedError, match=r"write 1 registers at 16.* exception 4"
            ) as e:
                await writing
            assert e.value.code == 4
            reading = asyncio.create_task(link.read_input(0, 1))
            await wire.answer(lambda n, _: frame(n, registers(5)))
            assert await reading == [5], "the connection is as good as before"


@pytest.mark.parametrize(
    "response",
    [
        None,
        registers(1, 2, 3),
        registers(1),
        bytes((3, 4, 0, 1, 0, 2)),
        bytes((16, 0, 0, 0, 2)),
        bytes((4, 200, 0, 1)),
        bytes((4,)),
        bytes((99, 1, 2, 3)),
    ],
    ids=["silence", "long", "short", "function", "write", "count", "cut", "unknown"],
)
@on_loop
async def test_what_is_no_answer_to_a_read_resets_the_connection(response: bytes | None) -> None:
    with RawPlc() as plc:
        async with connected(plc, SHORT_MS) as (link, wire):
            reading = asyncio.create_task(link.read_input(0, 2))
            await wire.answer(lambda n, _: None if response is None else frame(n, response))
            with pytest.raises(
                LinkSilentError, match="read 2 input registers at 0: no answer from"
            ):
                await reading
            assert await wire.rest() == (b"", True)
            with pytest.raises(LinkDownError, match="not connected"):
                await link.read_input(0, 2)


@pytest.mark.parametrize(
    "response",
    [None, bytes((16, 0, 16, 0, 7)), bytes((16, 0, 17, 0, 8)), bytes((6, 0, 16, 0, 8))],
    ids=["silence", "count", "address", "function"],
)
@on_loop
async def test_what_is_no_answer_to_a_write_leaves_its_outcome_unknown(
    response: bytes | None,
) -> None:
    with RawPlc() as plc:
        async with connected(plc, SHORT_MS) as (link, wire):
            writing = asyncio.create_task(link.write(16, [0] * 8))
            await wire.answer(lambda n, _: None if response is None else frame(n, response))
            with pytest.raises(LinkSilentError, match="write 8 registers at 16"):
                await writing
            assert await wire.rest() == (b"", True)


@pytest.mark.parametrize(
    "noise",
    [
        frame(77, bytes((16, 0, 16, 0, 8))),
        frame(1, bytes((16, 0, 16, 0, 8)), unit=9),
        struct.pack(">HHHB", 1, 1, 6, 1) + bytes((16, 0, 16, 0, 8)),
    ],
    ids=["another transaction", "another unit", "another protocol"],
)
@on_loop
async def test_an_answer_to_somebody_else_is_none_to_us(noise: bytes) -> None:
    with RawPlc() as plc:
        async with connected(plc, SHORT_MS) as (link, wire):
            writing = asyncio.create_task(link.write(16, [0] * 8))
            await wire.answer(lambda *_: noise)
            with pytest.raises(LinkSilentError):
                await writing


@on_loop
async def test_an_answer_in_pieces_is_one() -> None:
    with RawPlc() as plc:
        async with connected(plc) as (link, wire):
            reading = asyncio.create_task(link.read_input(0, 2))
            transaction, _ = await wire.request()
            for byte in frame(transaction, registers(1, 2)):
                await wire.send(bytes((byte,)))
                await asyncio.sleep(0)
            assert await reading == [1, 2]


async def fill_the_wire(link: ModbusLink, wire: Wire) -> tuple[int, asyncio.Task[None]]:
    """Write numbered frames, answered unseen, until one no longer arrives; that one is open."""
    for number in range(1, 2000):
        before = wire.arrived_bytes
        writing = asyncio.create_task(link.write(16, [number] * 96))
        await asyncio.sleep(0)
        if wire.arrived_bytes == before:
            return number, writing
        await wire.send(frame(number, bytes((16, 0, 16, 0, 96))))
        await writing
    raise AssertionError("the wire takes everything")


@on_loop
async def test_a_frame_that_never_arrived_in_time_never_arrives_later() -> None:
    with RawPlc(receive_buffer=1) as plc:
        async with connected(plc, SHORT_MS) as (link, wire):
            stuck, writing = await fill_the_wire(link, wire)
            with pytest.raises(LinkSilentError):
                await writing
            arrived, was_reset = await wire.rest()
            assert was_reset
            assert struct.pack(">H", stuck - 1) * 96 in arrived
            assert struct.pack(">H", stuck) * 4 not in arrived


@on_loop
async def test_a_device_that_half_closes_gets_nothing_late_either() -> None:
    with RawPlc(receive_buffer=1) as plc:
        async with connected(plc, SHORT_MS) as (link, wire):
            stuck, writing = await fill_the_wire(link, wire)
            wire.close_sending()
            with pytest.raises(LinkSilentError):
                await writing
            arrived, was_reset = await wire.rest()
            assert was_reset
            assert struct.pack(">H", stuck) * 4 not in arrived


@on_loop
async def test_a_device_that_hung_up_is_never_taken_to_have_obeyed() -> None:
    with RawPlc() as plc:
        async with connected(plc, SHORT_MS) as (link, wire):
            wire.close()
            with pytest.raises((LinkDownError, LinkSilentError)):
                await link.write(16, [0])
            with pytest.raises(LinkDownError):
                await link.write(16, [0])


@on_loop
async def test_a_device_that_is_not_there_is_named() -> None:
    with RawPlc() as plc:
        port = plc.port
    link = ModbusLink("127.0.0.1", port, unit=1, timeout_ms=AMPLE_MS)
    with pytest.raises(LinkDownError, match=f"no connection to 127.0.0.1 port {port}"):
        await link.connect()
    with pytest.raises(LinkDownError, match="not connected"):
        await link.write(16, [0])


@on_loop
async def test_a_fresh_connection_takes_the_place_of_the_old_one() -> None:
    with RawPlc() as plc:
        async with connected(plc) as (link, first):
            await link.connect()
            assert await first.rest() == (b"", True)
            second = await plc.accept()
            reading = asyncio.create_task(link.read_input(0, 1))
            await second.answer(lambda n, _: frame(n, registers(3)))
            assert await reading == [3]
