"""What the twin's two TCP ports have in common: bounded clients, no delay, an end that ends all."""

from __future__ import annotations

import asyncio
import socket

MAX_CLIENTS = 8


class Client(asyncio.Protocol):
    """One client. `transport` is None before it is let in and after it is gone."""

    def __init__(self, clients: set[asyncio.Transport]) -> None:
        self._clients = clients
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, unless there are enough."""
        assert isinstance(transport, asyncio.Transport)
        if len(self._clients) >= MAX_CLIENTS:
            transport.abort()
            return
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = transport
        self._clients.add(transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        """It is gone."""
        if self.transport is not None:
            self._clients.discard(self.transport)
        self.transport = None

    def pause_writing(self) -> None:
        """Cut it off: one that does not read would fill our memory with what is said to it."""
        if self.transport is not None:
            self._clients.discard(self.transport)
            self.transport.abort()
            self.transport = None


class TcpServer:
    """Listens on one port. Close it to end all connections."""

    def __init__(self) -> None:
        self._clients: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    async def listen(self, host: str, port: int) -> int:
        """Listen, and return the port (a free one for 0). Raises OSError."""
        self._server = await asyncio.get_running_loop().create_server(self._client, host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stop listening and abort every connection."""
        if self._server is not None:
            self._server.close()
        for transport in tuple(self._clients):
            transport.abort()
        if self._server is not None:
            await self._server.wait_closed()

    def _client(self) -> Client:
        """A new client's protocol."""
        return Client(self._clients)
