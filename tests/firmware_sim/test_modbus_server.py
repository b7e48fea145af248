"""The Modbus port by real TCP and hand-made frames: answers, exceptions, and hostile input."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware import Firmware, Hardware
from firmware_sim.modbus_server import ModbusServer
from firmware_sim.modbus_server import answer as answer_to
from firmware_sim.tcp import MAX_CLIENTS
from tests.firmware_sim.bench import slot

PATIENCE_S = 10.0


@pytest.fixture
def plc() -> Firmware:
    return Firmware(
        Hardware(diverter_count=2, input_count=8, horizon_pulses=5000), count=0x12345678
    )


@pytest.fixture
def port(plc: Firmware) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    server = ModbusServer(plc)
    bound = loop.run_until_complete(server.listen("127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield bound
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(PATIENCE_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def wire(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
        yield client


def frame(request: bytes, *, transaction: int = 1, unit: int = 1) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(request) + 1, unit) + request


def receive(wire: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = wire.recv(size - len(received))
        assert part, f"closed after {received!r}"
        received += part
    return received


def answer(wire: socket.socket) -> tuple[int, bytes]:
    transaction, protocol, length, unit = struct.unpack(">HHHB", receive(wire, 7))
    assert (protocol, unit) == (0, 1)
    return transaction, receive(wire, length - 1)


def ask(wire: socket.socket, request: bytes) -> bytes:
    wire.sendall(frame(request))
    transaction, response = answer(wire)
    assert transaction == 1
    return response


def is_closed(wire: socket.socket) -> bool:
    try:
        return wire.recv(1) == b""
    except ConnectionResetError:
        return True


def write_slots(*slots: list[int], address: int = 16) -> bytes:
    values = [value for registers in slots for value in registers]
    count = len(values)
    return struct.pack(f">BHHB{count}H", 16, address, count, 2 * count, *values)


def test_the_status_block_is_read_in_one_request(wire: socket.socket) -> None:
    response = ask(wire, bytes.fromhex("04 0000 0019"))
    assert response[:2] == bytes((4, 50))
    assert response[2:6] == bytes.fromhex("5350 0001")
    assert response[10:14] == bytes.fromhex("12345678")


def test_the_ring_is_read_up_to_125_registers(wire: socket.socket, plc: Firmware) -> None:
    plc.write(16, slot(1, 0))
    response = ask(wire, bytes.fromhex("04 0100 007d"))
    assert response[:2] == bytes((4, 250))
    # Entry 1: arm_refused, not_ready, at the count, sequence 1.
    assert response[2:18] == bytes.fromhex("00000001 0004 0006 12345678 00000001")
    assert set(response[18:]) == {0}


def test_function_6_writes_one_register_and_echoes(wire: socket.socket, plc: Firmware) -> None:
    request = bytes.fromhex("06 0003 0190")
    assert ask(wire, request) == request
    assert ask(wire, bytes.fromhex("03 0000 0004")) == bytes.fromhex("03 08 0000 0000 0000 0190")
    assert plc.read_input(18, 1) == [400]


def test_function_16_writes_slots_that_act_at_once(wire: socket.socket, plc: Firmware) -> None:
    assert ask(wire, bytes.fromhex("10 0000 0003 06 0001 0007 0001"))[0] == 16
    target = 0x12345678 + 500
    assert ask(wire, write_slots(slot(1, target), slot(2, target))) == bytes.fromhex("10 0010 0010")
    assert plc.read_input(15, 1) == [2]


def test_several_requests_in_one_segment_are_answered_in_order(wire: socket.socket) -> None:
    reads = [frame(bytes.fromhex("04 0000 0001"), transaction=n) for n in range(50)]
    wire.sendall(b"".join(reads))
    assert [answer(wire)[0] for _ in reads] == list(range(50))


def test_a_request_may_come_byte_by_byte(wire: socket.socket) -> None:
    for byte in frame(bytes.fromhex("04 0000 0001")):
        wire.sendall(bytes((byte,)))
    assert answer(wire) == (1, bytes.fromhex("04 02 5350"))


def test_two_clients_share_the_plc(wire: socket.socket, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as second:
        assert ask(wire, bytes.fromhex("06 0000 002a"))[0] == 6
        assert ask(second, bytes.fromhex("04 0010 0001")) == bytes.fromhex("04 02 002a")


def test_clients_beyond_the_limit_are_turned_away_and_the_others_served(
    wire: socket.socket, port: int
) -> None:
    assert ask(wire, bytes.fromhex("04 0000 0001"))[0] == 4
    others = [socket.create_connection(("127.0.0.1", port), PATIENCE_S) for _ in range(MAX_CLIENTS)]
    assert is_closed(others[-1])
    assert ask(wire, bytes.fromhex("04 0000 0001"))[0] == 4
    for other in others:
        other.close()


@pytest.mark.parametrize(
    ("request_hex", "exception"),
    [
        ("01 0000 0001", 1),
        ("02 0000 0001", 1),
        ("05 0000 ff00", 1),
        ("17 0000 0001 0000 0001 02 0001", 1),
        ("2b 0e 01 00", 1),
        ("00", 1),
        ("ff 00", 1),
        ("04 0019 0001", 2),
        ("04 0000 001a", 2),
        ("04 ffff 0002", 2),
        ("03 0004 0001", 2),
        ("06 0004 0001", 2),
        ("06 0011 0001", 2),
        ("06 0010 0001", 3),
        ("06 0001 0000", 3),
        ("04 0000 0000", 3),
        ("04 0100 007e", 3),
        ("04 0000", 3),
        ("04 0000 0001 00", 3),
        ("03", 3),
        ("06 0000", 3),
        ("10 0000 0001", 3),
        ("10 0000 0000 00", 3),
        ("10 0000 0001 04 0001", 3),
        ("10 0000 0002 04 0001", 3),
        ("10 0010 0004 08 0001 0001 0001 0001", 3),
    ],
)
def test_what_the_map_refuses_is_an_exception_and_the_connection_lives(
    wire: socket.socket, plc: Firmware, request_hex: str, exception: int
) -> None:
    request = bytes.fromhex(request_hex)
    assert ask(wire, request) == bytes((request[0] | 0x80, exception))
    assert ask(wire, bytes.fromhex("04 0000 0001")) == bytes.fromhex("04 02 5350")
    assert plc.read_holding(0, 3) == [0, 0, 0]


def test_another_unit_is_not_here(wire: socket.socket) -> None:
    wire.sendall(frame(bytes.fromhex("04 0000 0001"), unit=2))
    assert receive(wire, 9) == bytes.fromhex("0001 0000 0003 02 84 0b")


@pytest.mark.parametrize(
    "garbage",
    [
        bytes.fromhex("0001 0001 0006 01 04 0000 0001"),
        bytes.fromhex("0001 0000 0000 01"),
        bytes.fromhex("0001 0000 0001 01"),
        bytes.fromhex("0001 0000 00ff 01 04 0000 0001"),
        bytes.fromhex("0001 0000 ffff 01 04 0000 0001"),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_frame_closes_the_connection_and_no_other(
    wire: socket.socket, port: int, garbage: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as hostile:
        hostile.sendall(garbage)
        assert is_closed(hostile)
    assert ask(wire, bytes.fromhex("04 0000 0001")) == bytes.fromhex("04 02 5350")


def flood(wire: socket.socket) -> None:
    reads = frame(bytes.fromhex("04 0100 007d")) * 5000
    while True:
        wire.sendall(reads)


def test_a_client_that_asks_and_never_reads_is_cut_off(port: int, wire: socket.socket) -> None:
    with socket.socket() as deaf:
        # Before it connects: a window that shrinks later makes its kernel doubt the server's reset.
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(PATIENCE_S)
        deaf.connect(("127.0.0.1", port))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            flood(deaf)
    assert ask(wire, bytes.fromhex("04 0000 0001")) == bytes.fromhex("04 02 5350")


any_request = st.binary(min_size=1, max_size=253) | st.builds(
    lambda function, rest: bytes((function,)) + rest,
    st.sampled_from([3, 4, 6, 16]),
    st.binary(max_size=252),
)


@given(any_request, st.sampled_from([1, 1, 1, 0, 255]))
def test_any_request_is_answered_and_leaves_a_whole_plc(request_bytes: bytes, unit: int) -> None:
    plc = Firmware(Hardware(diverter_count=2, input_count=8, horizon_pulses=5000))
    response = answer_to(plc, unit, request_bytes)
    assert 2 <= len(response) <= 252
    assert response[0] in {request_bytes[0], request_bytes[0] | 0x80}
    assert len(plc.read_input(0, 25)) == 25
    plc.cycle(1, 2)


def test_a_frame_cut_short_does_nothing(port: int, plc: Firmware, wire: socket.socket) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as cut:
        cut.sendall(frame(write_slots(slot(1, 0)))[:-1])
    assert ask(wire, bytes.fromhex("03 0010 0008")) == bytes((3, 16)) + bytes(16)
    assert plc.ring.newest == 0
