"""The PLC's Modbus port on a bare socket, which can obey or not, answer or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_sim.modbus_server import RegisterDevice, answer
from tests.support.raw_plc import RawPlc, Wire, frame


class MuteServer:
    """Serves like ModbusServer, but for the requests that `mute` names: those are swallowed."""

    def __init__(self, device: RegisterDevice) -> None:
        self.mute: Callable[[bytes], bool] = lambda _: False
        self.requests: list[bytes] = []
        self.resets = 0
        self._device = device
        self._raw = RawPlc()
        self._serving: asyncio.Task[None] | None = None

    async def listen(self, _host: str, _port: int) -> int:
        self._serving = asyncio.create_task(self._serve())
        return self._raw.port

    async def close(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.wait({self._serving})
        self._raw.__exit__(None, None, None)

    async def _serve(self) -> None:
        """One connection after another, as the session has no more than one."""
        while True:
            wire = await self._raw.accept()
            try:
                while True:
                    await self._obey(wire)
            except ConnectionResetError:
                self.resets += 1

    async def _obey(self, wire: Wire) -> None:
        transaction, request = await wire.request()
        self.requests.append(request)
        if not self.mute(request):
            await wire.send(frame(transaction, answer(self._device, 1, request)))
