"""A real Mosquitto on a free loopback port, that can be killed and comes back knowing nothing."""

from __future__ import annotations

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
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
