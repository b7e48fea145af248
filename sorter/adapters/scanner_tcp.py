"""A scanner over TCP: the box is the client, connects again for ever, and hands telegrams on.

A scanner speaks only when a parcel comes, so silence alone says nothing: TCP's own keepalive finds
one that lost its power or its cable, where the connection would otherwise look open for ever.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from sorter.protocol.telegram import Framing, Malformed, Telegram, TelegramReader

CONNECT_WITHIN_S = 3.0
RETRY_FIRST_S = 0.1
RETRY_MOST_S = 2.0
KEEPALIVE_IDLE_S = 3
KEEPALIVE_EVERY_S = 1
KEEPALIVE_MOST_UNANSWERED = 3

log = logging.getLogger(__name__)

OnTelegram = Callable[[str, Telegram | Malformed, int], None]


class ScannerTcp:
    """Listens to one scanner; `monotonic_ns` gives a telegram its moment."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        framing: Framing,
        monotonic_ns: Callable[[], int],
    ) -> None:
        self._name = name
        self._host = host
        self._port = port
        self._framing = framing
        self._monotonic_ns = monotonic_ns

    async def run(self, on_telegram: OnTelegram) -> None:
        """Call `on_telegram(scanner, telegram, received_ns)` for each, until cancelled.

        Raises what `on_telegram` raises, and then has closed the connection.
        """
        retry_s = RETRY_FIRST_S
        while True:
            spoke = False
            try:
                spoke = await self._listen(on_telegram)
            except OSError as error:
                why = str(error) or f"no connection in {CONNECT_WITHIN_S:g} s"
                log.info("scanner %s at %s:%d: %s", self._name, self._host, self._port, why)
            else:
                log.warning("scanner %s closed its connection", self._name)
            # One that takes connections and drops them again is asked no faster than an absent one.
            retry_s = RETRY_FIRST_S if spoke else retry_s
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, RETRY_MOST_S)

    async def _listen(self, on_telegram: OnTelegram) -> bool:
        """One connection, from beginning to end; gives whether anything was heard."""
        stream = _Stream(self._name, self._framing, self._monotonic_ns, on_telegram)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_WITHIN_S):
            transport, _ = await loop.create_connection(lambda: stream, self._host, self._port)
        try:
            wire = transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_EVERY_S)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_MOST_UNANSWERED)
            await stream.ended
        finally:
            transport.abort()
        return stream.spoke


class _Stream(asyncio.Protocol):
    """One connection's bytes; `ended` when it is over."""

    def __init__(
        self,
        name: str,
        framing: Framing,
        monotonic_ns: Callable[[], int],
        on_telegram: OnTelegram,
    ) -> None:
        self._name = name
        self._reader = TelegramReader(framing)
        self._monotonic_ns = monotonic_ns
        self._on_telegram = on_telegram
        self.spoke = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        received_ns = self._monotonic_ns()
        self.spoke = True
        if self.ended.done():
            return
        try:
            for telegram in self._reader.feed(data):
                self._on_telegram(self._name, telegram, received_ns)
        except Exception as error:  # noqa: BLE001 - handed to `run`, which ends control with it;
            # left to asyncio it would be logged and the line would go on in an unknown state.
            self.ended.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if not self.ended.done():
            self.ended.set_result(None)
