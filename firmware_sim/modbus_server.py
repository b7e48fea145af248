"""The PLC's Modbus TCP port: frames in, registers out, exceptions for what the map refuses.

Written on the bare protocol on purpose: the controller's Modbus library then meets a device that
does not share its mistakes, several requests in one segment are answered in order, a frame is
obeyed whole between two PLC cycles, and what no frame can be closes the connection (limits of the
Modbus application protocol 1.1b3 and of Modbus messaging on TCP/IP 1.0b).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from typing import Protocol

from firmware_sim.registers import ModbusException, RequestError
from firmware_sim.tcp import Client, TcpServer

UNIT = 1

_HEADER = struct.Struct(">HHHB")
_TWO_WORDS = struct.Struct(">HH")
_MIN_LENGTH = 2
_MAX_LENGTH = 254
_READ_LIMIT = 125
_WRITE_LIMIT = 123
_READ_HOLDING, _READ_INPUT, _WRITE_ONE, _WRITE_MANY = 3, 4, 6, 16


class RegisterDevice(Protocol):
    """What is behind the port. Each method may raise RequestError."""

    def read_input(self, address: int, registers: int) -> list[int]:
        """Input registers."""

    def read_holding(self, address: int, registers: int) -> list[int]:
        """Holding registers."""

    def write(self, address: int, values: Sequence[int]) -> None:
        """Holding registers, all or none."""


def answer(device: RegisterDevice, unit: int, request: bytes) -> bytes:
    """The response to one request, both from the function code on."""
    try:
        return _obey(device, unit, request)
    except RequestError as refused:
        return bytes((request[0] & 0x7F | 0x80, refused.code))


def _obey(device: RegisterDevice, unit: int, request: bytes) -> bytes:
    function = request[0]
    if unit != UNIT:
        raise RequestError(ModbusException.WRONG_UNIT, f"unit {unit} is not here")
    if function in {_READ_HOLDING, _READ_INPUT}:
        return _answer_read(device, request)
    if function == _WRITE_ONE:
        address, value = _two_words(request, exactly=5)
        device.write(address, [value])
        return request
    if function == _WRITE_MANY:
        return _answer_write_many(device, request)
    raise RequestError(ModbusException.ILLEGAL_FUNCTION, f"function {function}")


def _two_words(request: bytes, *, exactly: int) -> tuple[int, int]:
    if len(request) != exactly:
        raise RequestError(ModbusException.ILLEGAL_VALUE, f"{len(request)} bytes of request")
    first, second = _TWO_WORDS.unpack_from(request, 1)
    return first, second


def _answer_read(device: RegisterDevice, request: bytes) -> bytes:
    address, registers = _two_words(request, exactly=5)
    if not 1 <= registers <= _READ_LIMIT:
        raise RequestError(ModbusException.ILLEGAL_VALUE, f"read of {registers} registers")
    read = device.read_holding if request[0] == _READ_HOLDING else device.read_input
    values = read(address, registers)
    return struct.pack(f">BB{registers}H", request[0], 2 * registers, *values)


def _answer_write_many(device: RegisterDevice, request: bytes) -> bytes:
    registers = _TWO_WORDS.unpack_from(request, 1)[1] if len(request) >= 6 else 0
    if not 1 <= registers <= _WRITE_LIMIT:
        raise RequestError(ModbusException.ILLEGAL_VALUE, f"write of {registers} registers")
    if request[5] != 2 * registers or len(request) != 6 + 2 * registers:
        raise RequestError(ModbusException.ILLEGAL_VALUE, "byte count and frame disagree")
    address = _TWO_WORDS.unpack_from(request, 1)[0]
    device.write(address, struct.unpack_from(f">{registers}H", request, 6))
    return request[:5]


class _Connection(Client):
    """One Modbus client. At most one frame is ever kept, so its memory is bounded."""

    def __init__(self, device: RegisterDevice, clients: set[asyncio.Transport]) -> None:
        super().__init__(clients)
        self._device = device
        self._received = b""

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        while self.transport is not None and len(received) >= _HEADER.size:
            transaction, protocol, length, unit = _HEADER.unpack_from(received)
            if protocol != 0 or not _MIN_LENGTH <= length <= _MAX_LENGTH:
                self.transport.close()
                return
            end = _HEADER.size - 1 + length
            if len(received) < end:
                break
            response = answer(self._device, unit, received[_HEADER.size : end])
            received = received[end:]
            self.transport.write(_HEADER.pack(transaction, 0, len(response) + 1, unit) + response)
        self._received = received


class ModbusServer(TcpServer):
    """Serves one device."""

    def __init__(self, device: RegisterDevice) -> None:
        super().__init__()
        self._device = device

    def _client(self) -> Client:
        return _Connection(self._device, self._clients)
