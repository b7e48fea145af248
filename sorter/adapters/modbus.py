"""Modbus TCP by pymodbus: the only file that imports it.

pymodbus's own retries are off: a write that it repeats by itself would divert a later parcel. A
request without an answer is not only given up but unsent: with SO_LINGER 0 every close, whoever
closes, is a reset, and the kernel drops what it still holds; a plain close would deliver it as
soon as the link is back.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Sequence

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.register_message import (
    ReadInputRegistersResponse,
    WriteMultipleRegistersResponse,
)

from sorter.protocol.links import LinkDownError, LinkRefusedError, LinkSilentError

_LINGER_0 = struct.pack("ii", 1, 0)


class ModbusLink:
    """A connection to one Modbus TCP unit. One request at a time, from one event loop."""

    def __init__(self, host: str, port: int, *, unit: int, timeout_ms: int) -> None:
        self._host = host
        self._port = port
        self._unit = unit
        self._timeout_ms = timeout_ms
        self._client: AsyncModbusTcpClient | None = None

    async def connect(self) -> None:
        """Open a fresh connection. Raises LinkDownError."""
        self.abort()
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            timeout=self._timeout_ms / 1000,
            retries=0,
            # 0 keeps pymodbus from reconnecting by itself, behind the session's back.
            reconnect_delay=0,
            name=f"{self._host}:{self._port}",
        )
        if not await client.connect():
            raise LinkDownError(f"no connection to {self._host} port {self._port}")
        self._client = client
        wire = client.ctx.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self._timeout_ms)

    async def read_input(self, address: int, registers: int) -> list[int]:
        """Function 4. Raises the errors of sorter.protocol.links."""
        request = f"read {registers} input registers at {address}"
        client = self._connected(request)
        answer = await self._answer(
            client.read_input_registers(address, count=registers, device_id=self._unit), request
        )
        if not isinstance(answer, ReadInputRegistersResponse) or len(answer.registers) != registers:
            raise self._silent(request, f"answered with {answer}")
        return list(answer.registers)

    async def write(self, address: int, registers: Sequence[int]) -> None:
        """Function 16. Raises the errors of sorter.protocol.links."""
        request = f"write {len(registers)} registers at {address}"
        client = self._connected(request)
        answer = await self._answer(
            client.write_registers(address, list(registers), device_id=self._unit), request
        )
        taken = isinstance(answer, WriteMultipleRegistersResponse) and (
            (answer.address, answer.count) == (address, len(registers))
        )
        if not taken:
            raise self._silent(request, f"answered with {answer}")

    def abort(self) -> None:
        """Reset the connection, so that nothing of it is delivered any more."""
        if self._client is None:
            return
        transport = self._client.ctx.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()
        self._client.close()
        self._client = None

    def _connected(self, request: str) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            self.abort()
            raise LinkDownError(f"{request}: not connected to {self._host} port {self._port}")
        return self._client

    async def _answer(self, asked: Awaitable[ModbusPDU], request: str) -> ModbusPDU:
        """The device's answer to `asked`, which is no exception."""
        try:
            answer = await asked
        except ConnectionException as error:
            self.abort()
            raise LinkDownError(f"{request}: {error}") from error
        except (ModbusException, OSError) as error:
            raise self._silent(request, error) from error
        if answer.isError():
            raise LinkRefusedError(answer.exception_code, request)
        return answer

    def _silent(self, request: str, found: object) -> LinkSilentError:
        self.abort()
        within = f"no answer from {self._host} port {self._port} within {self._timeout_ms} ms"
        return LinkSilentError(f"{request}: {within} ({found})")
