"""A TCP server that answers Modbus as a story says: late, never, with nonsense, or not at all."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
from collections.abc import Callable
from types import TracebackType
from typing import Self

PATIENCE_S = 10.0
_HEADER_BYTES = 7

Reply = Callable[[int, bytes], bytes | None]
"""From a request's transaction number and its bytes from the function code on to a whole frame."""


def frame(transaction: int, response: bytes, *, unit: int = 1) -> bytes:
    """A Modbus TCP frame around a response."""
    return struct.pack(">HHHB", transaction, 0, len(response) + 1, unit) + response


class RawPlc:
    """One listening socket. Connections are bare sockets: what is on the wire is what is seen."""

    def __init__(self, *, receive_buffer: int | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        if receive_buffer is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._wires: list[socket.socket] = []

    async def accept(self) -> Wire:
        """The next connection that the controller makes."""
        async with asyncio.timeout(PATIENCE_S):
            wire, _ = await asyncio.get_running_loop().sock_accept(self._listener)
        wire.setblocking(False)
        self._wires.append(wire)
        return Wire(wire)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for wire in (self._listener, *self._wires):
            wire.close()


class Wire:
    """The PLC's end of one connection."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire

    async def request(self) -> tuple[int, bytes]:
        """The next request: its transaction number, and its bytes from the function code on."""
        header = await self._exactly(_HEADER_BYTES)
        transaction, _, length, _ = struct.unpack(">HHHB", header)
        return transaction, await self._exactly(length - 1)

    async def send(self, content: bytes) -> None:
        """Put bytes on the wire."""
        await asyncio.get_running_loop().sock_sendall(self._wire, content)

    async def answer(self, reply: Reply) -> bytes:
        """Take one request and give `reply`'s frame to it; gives the request."""
        transaction, request = await self.request()
        if (response := reply(transaction, request)) is not None:
            await self.send(response)
        return request

    async def rest(self) -> tuple[bytes, bool]:
        """Everything that still comes, and whether the connection ended in a reset."""
        content = b""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    part = await asyncio.get_running_loop().sock_recv(self._wire, 65536)
                except ConnectionResetError:
                    return content, True
                if not part:
                    return content, False
                content += part

    @property
    def arrived_bytes(self) -> int:
        """How many bytes have arrived and were not taken yet."""
        found = fcntl.ioctl(self._wire, termios.FIONREAD, bytes(4))
        return int.from_bytes(found, "little")

    def close_sending(self) -> None:
        """Send no more; what comes is still taken."""
        self._wire.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    async def _exactly(self, size: int) -> bytes:
        content = b""
        async with asyncio.timeout(PATIENCE_S):
            while len(content) < size:
                part = await asyncio.get_running_loop().sock_recv(self._wire, size - len(content))
                assert part, f"closed after {content!r}"
                content += part
        return content
