"""A scanner over TCP: the box is the client, connects again for ever, and hands telegrams on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sorter.adapters.clock import monotonic_ns
from sorter.protocol.telegram import Framing, Malformed, Telegram, TelegramReader

RETRY_FIRST_S = 0.1
RETRY_MOST_S = 2.0

log = logging.getLogger(__name__)

OnTelegram = Callable[[str, Telegram | Malformed, int], None]


class ScannerTcp:
    """Listens to one scanner."""

    def __init__(self, name: str, host: str, port: int, framing: Framing) -> None:
        self._name = name
        self._host = host
        self._port = port
        self._framing = framing

    async def run(self, on_telegram: OnTelegram) -> None:
        """Call `on_telegram(scanner, telegram, received_ns)` for each, until cancelled."""
        loop = asyncio.get_running_loop()
        retry_s = RETRY_FIRST_S
        while True:
            try:
                transport, stream = await loop.create_connection(
                    lambda: _Stream(self._name, self._framing, on_telegram), self._host, self._port
                )
            except OSError as error:
                log.info("scanner %s at %s:%d: %s", self._name, self._host, self._port, error)
            else:
                retry_s = RETRY_FIRST_S
                try:
                    await stream.ended
                finally:
                    transport.abort()
                log.warning("scanner %s closed its connection", self._name)
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, RETRY_MOST_S)


class _Stream(asyncio.Protocol):
    """One connection's bytes."""

    def __init__(self, name: str, framing: Framing, on_telegram: OnTelegram) -> None:
        self._name = name
        self._reader = TelegramReader(framing)
        self._on_telegram = on_telegram
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        received_ns = monotonic_ns()
        try:
            for telegram in self._reader.feed(data):
                self._on_telegram(self._name, telegram, received_ns)
        except Exception as error:  # noqa: BLE001 - handed to `run`, which ends control with it;
            # left to asyncio it would be logged and the line would go on in an unknown state.
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._end(None)

    def _end(self, error: Exception | None) -> None:
        if self.ended.done():
            return
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)
