"""A scanner over TCP, as the one that is called or the one that calls: its telegrams handed on.

It is heard again after every break, for ever. A scanner speaks only when a parcel comes, so silence
alone says nothing: TCP's own keepalive finds one that lost its power or its cable, where the
connection would otherwise look open for ever. Nothing is ever sent to it. Where it calls, only its
own address is let in, and its newest connection is the one that counts: the one before may be of a
scanner that lost its power.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from sorter.protocol.scanner_ear import ScannerEar
from sorter.protocol.telegram import Said

CONNECT_WITHIN_S = 3.0
RETRY_FIRST_S = 0.1
RETRY_MOST_S = 2.0
KEEPALIVE_IDLE_S = 3
KEEPALIVE_EVERY_S = 1
KEEPALIVE_MOST_UNANSWERED = 3
# So little is read at once that a flood is seen before it has cost anything.
READ_BYTES = 4096

log = logging.getLogger(__name__)

OnTelegram = Callable[[str, Said, int], None]


class ScannerTcp:
    """Calls one scanner; `monotonic_ns` gives a telegram its moment."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        *,
        ear: ScannerEar,
        monotonic_ns: Callable[[], int],
    ) -> None:
        self._name = name
        self._host = host
        self._port = port
        self._ear = ear
        self._monotonic_ns = monotonic_ns

    async def run(self, on_telegram: OnTelegram) -> None:
        """Call `on_telegram(scanner, telegram, received_ns)` for each, until cancelled.

        Raises what `on_telegram` raises, and then has closed the connection.
        """
        retry_s = RETRY_FIRST_S
        while True:
            is_sound = False
            try:
                is_sound = await self._listen(on_telegram)
            except OSError as error:
                why = str(error) or f"no connection in {CONNECT_WITHIN_S:g} s"
                log.info("scanner %s at %s:%d: %s", self._name, self._host, self._port, why)
            else:
                log.warning("scanner %s: its connection has ended", self._name)
            # One that takes connections and drops them again is asked no faster than an absent one.
            retry_s = RETRY_FIRST_S if is_sound else retry_s
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, RETRY_MOST_S)

    async def _listen(self, on_telegram: OnTelegram) -> bool:
        """One connection, from beginning to end; gives whether a scanner was heard."""
        stream = _Stream(self._name, self._ear, self._monotonic_ns, on_telegram)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_WITHIN_S):
            transport, _ = await loop.create_connection(lambda: stream, self._host, self._port)
        try:
            await stream.ended
        finally:
            transport.abort()
        return stream.is_sound


class ScannerDoor:
    """Is called by one scanner, from the address `peer`; listens on `bind` and `port`, 0: any."""

    def __init__(
        self,
        name: str,
        bind: str,
        port: int,
        *,
        peer: str,
        ear: ScannerEar,
        monotonic_ns: Callable[[], int],
    ) -> None:
        self._name = name
        self._bind = bind
        self._peer = ip_address(peer)
        self._ear = ear
        self._monotonic_ns = monotonic_ns
        self._stream: _Stream | None = None
        self._broken: asyncio.Future[None] | None = None
        self._refused = ""
        self.port = port

    async def run(self, on_telegram: OnTelegram) -> None:
        """As ScannerTcp's. A port that is taken is asked for again, and named."""
        retry_s = RETRY_FIRST_S
        while True:
            try:
                await self._serve(on_telegram)
            except OSError as error:
                log.warning(
                    "scanner %s can't be listened for: %s; see its bind and port in the config",
                    *(self._name, error),
                )
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, RETRY_MOST_S)

    async def _serve(self, on_telegram: OnTelegram) -> None:
        loop = asyncio.get_running_loop()
        self._broken = loop.create_future()

        def stream() -> _Stream:
            return _Stream(self._name, self._ear, self._monotonic_ns, on_telegram, self._let_in)

        # No more can wait to be let in than there are scanners, and then some that were refused.
        server = await loop.create_server(stream, self._bind, self.port, backlog=8)
        self.port = server.sockets[0].getsockname()[1]
        try:
            await self._broken
        finally:
            server.close()
            if self._stream is not None:
                self._stream.abort()
            await server.wait_closed()

    def _let_in(self, stream: _Stream, peer: str) -> bool:
        """Whether a caller may speak; the one before it is hung up on then."""
        if _address(peer) != self._peer:
            if peer != self._refused:
                log.warning(
                    "scanner %s: %s was refused, expected %s as configured",
                    *(self._name, peer, self._peer),
                )
            self._refused = peer
            return False
        if self._stream is not None:
            self._stream.abort()
        self._stream = stream
        stream.ended.add_done_callback(self._ended)
        return True

    def _ended(self, ended: asyncio.Future[None]) -> None:
        error = ended.exception()
        if error is not None and self._broken is not None and not self._broken.done():
            self._broken.set_exception(error)
        elif error is None:
            log.warning("scanner %s: its connection has ended", self._name)


def _address(text: str) -> Any:
    """An address; one of IPv4 in the clothes of IPv6 is the one of IPv4."""
    address = ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


class _Stream(asyncio.BufferedProtocol):
    """One connection's bytes; `ended` when it is over.

    `is_sound`: it has spoken, and not too much. `may_speak` is asked of a caller's address.
    """

    def __init__(
        self,
        name: str,
        ear: ScannerEar,
        monotonic_ns: Callable[[], int],
        on_telegram: OnTelegram,
        may_speak: Callable[[_Stream, str], bool] | None = None,
    ) -> None:
        self._name = name
        self._ear = ear
        self._monotonic_ns = monotonic_ns
        self._on_telegram = on_telegram
        self._may_speak = may_speak
        self._buffer = bytearray(READ_BYTES)
        self._transport: asyncio.Transport | None = None
        self._look_timer: asyncio.TimerHandle | None = None
        self.is_sound = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        if self._may_speak is not None and not (peer and self._may_speak(self, peer[0])):
            self.abort()
            return
        wire = transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_EVERY_S)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_MOST_UNANSWERED)
        self._ear.connected()
        self._look_later()

    def get_buffer(self, _sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        received_ns = self._monotonic_ns()
        if self.ended.done():
            return
        heard = self._ear.hear(bytes(self._buffer[:nbytes]), received_ns)
        self.is_sound = not heard.flooded
        self._tell(heard.said, received_ns)
        if heard.flooded:
            self.abort()

    def _tell(self, said: Iterable[Said], received_ns: int) -> None:
        try:
            for telegram in said:
                self._on_telegram(self._name, telegram, received_ns)
        except Exception as error:  # noqa: BLE001 - handed to `run`, which ends control with it;
            # left to asyncio it would be logged and the line would go on in an unknown state.
            self.ended.set_exception(error)

    def _look_later(self) -> None:
        if self._ear.patience_s:
            loop = asyncio.get_running_loop()
            self._look_timer = loop.call_later(self._ear.patience_s, self._look)

    def _look(self) -> None:
        if self.ended.done():
            return
        silence = self._ear.silence()
        if silence is None:
            self._look_later()
            return
        self.is_sound = False
        self._tell([silence], self._monotonic_ns())
        self.abort()

    def abort(self) -> None:
        """Hang up; nothing more is heard, not even what has come already."""
        if self._transport is not None:
            self._transport.abort()
        self.connection_lost(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._look_timer is not None:
            self._look_timer.cancel()
        if not self.ended.done():
            self.ended.set_result(None)
