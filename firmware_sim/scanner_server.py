"""The scanner's TCP port: every telegram to every client that is connected.

Like a real scanner it keeps nothing for later: without a client a telegram is gone, and a client
that does not read is cut off. What clients send is ignored.
"""

from __future__ import annotations

import asyncio
import socket

MAX_CLIENTS = 8


class _Listener(asyncio.Protocol):
    def __init__(self, clients: set[asyncio.Transport]) -> None:
        self._clients = clients
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if len(self._clients) >= MAX_CLIENTS:
            transport.abort()
            return
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = transport
        self._clients.add(transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._transport is not None:
            self._clients.discard(self._transport)

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class ScannerServer:
    """Speaks to whoever listens."""

    def __init__(self) -> None:
        self._clients: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    async def listen(self, host: str, port: int) -> int:
        """Listen, and return the port (a free one for 0). Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Listener(self._clients), host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def send(self, telegram: bytes) -> None:
        """Say it to every client."""
        for transport in tuple(self._clients):
            transport.write(telegram)

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._server is not None:
            self._server.close()
        for transport in tuple(self._clients):
            transport.close()
        if self._server is not None:
            await self._server.wait_closed()
