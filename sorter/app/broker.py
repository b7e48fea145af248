"""The demo's broker on a free loopback port: Mosquitto where it is, else the embedded one."""

from __future__ import annotations

import asyncio
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from sorter.adapters.mosquitto import find_mosquitto, mosquitto_argv

ACCEPTING_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker to be started. `speaks`: it says itself when it is ready."""

    name: str
    argv: tuple[str, ...]
    port: int
    mqtt_version: str
    speaks: bool

    async def accepting(self) -> None:
        """Wait until it takes connections. Raises TimeoutError."""
        async with asyncio.timeout(ACCEPTING_WITHIN_S):
            while not await self._takes_one():
                await asyncio.sleep(LOOK_EVERY_S)

    async def _takes_one(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


def find_broker(folder: Path) -> Broker:
    """The best broker this machine has; its configuration is written into `folder`."""
    port = _free_port()
    program = find_mosquitto()
    if program is not None:
        argv = mosquitto_argv(program, folder, port)
        return Broker("mosquitto", argv, port, mqtt_version="5", speaks=False)
    module = "sorter.adapters.embedded_broker"
    argv = (sys.executable, "-m", module, "--port", str(port))
    return Broker("embedded", argv, port, mqtt_version="3.1.1", speaks=True)


def _free_port() -> int:
    """A port nobody listens on now; brokers can't tell which one they took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
