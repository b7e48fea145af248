"""The demo's broker on a free loopback port: Mosquitto where it is, else the embedded one."""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from sorter.adapters.mosquitto import find_mosquitto, mosquitto_argv

ACCEPTING_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05
BROKER_PORTS = range(15_000, 32_000)


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
    """A port nobody listens on now; brokers can't tell which one they took.

    From below the kernel's range for clients: one that keeps trying a closed port of that range
    can end up connected to itself, and then the broker can't have the port.
    """
    while True:
        port = BROKER_PORTS.start + secrets.randbelow(len(BROKER_PORTS))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
