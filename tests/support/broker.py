"""A real Mosquitto on a free loopback port, that can be killed and comes back knowing nothing."""

from __future__ import annotations

import random
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from sorter.adapters.mosquitto import find_mosquitto, mosquitto_argv
from tests.support.waiting import until


def free_port() -> int:
    """A TCP port on loopback that nobody listens on, and that no client is given as its own.

    From below the kernel's range for clients: one that keeps trying a closed port of that range
    can end up connected to itself, and then the broker can't have the port.
    """
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def accepts(port: int) -> bool:
    """Whether somebody listens on the loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class PrivateBroker:
    """Mosquitto for one test: `start` returns once it accepts connections."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = find_mosquitto()
        assert program is not None, "mark the test with pytest.mark.mosquitto"
        self._running = subprocess.Popen(
            mosquitto_argv(program, self._folder, self.port), stderr=subprocess.DEVNULL
        )
        until(lambda: accepts(self.port), "Mosquitto accepts connections")

    def kill(self) -> None:
        """End it like a power cut does; what it held for its clients is gone."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._running = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    """A running broker of its own for one test."""
    with PrivateBroker(tmp_path) as running:
        yield running
