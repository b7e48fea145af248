"""A `sorter demo` started as a user would, watched through its own journal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sorter.demo.plant import LINE_NAME
from sorter.demo.shift import Shift
from tests.support.waiting import until

STARTED_WITHIN_S = 60.0
ENDED_WITHIN_S = 120.0
PROCESSES = {"twin", "broker", "hub", "gateway", "control"}


class DemoProcess:
    """One demo; a context manager ends it whatever happens."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._pids = folder / "pids.json"
        argv = [sys.executable, "-m", "sorter", "demo", "--json", "--pids", str(self._pids)]
        self._process = subprocess.Popen(
            [*argv, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        self._shift: Shift | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shift is not None:
            self._shift.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by name, as far as they have started."""
        return json.loads(self._pids.read_text()) if self._pids.exists() else {}

    def sorting(self, what: str, so_far: Callable[[Shift], bool]) -> None:
        """Wait until the line has come so far."""

        def reached() -> bool:
            return so_far(self._follow()) or self._process.poll() is not None

        until(reached, what, STARTED_WITHIN_S)
        assert self._process.poll() is None, self._process.communicate()

    def kill(self, name: str) -> int:
        """kill -9 one of its processes."""
        pid = self.pids[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def signal(self, number: signal.Signals) -> None:
        """Send the demo itself a signal."""
        self._process.send_signal(number)

    def result(self) -> tuple[int, dict[str, Any], str]:
        """Wait for its end: exit code, the object on the last line, standard error."""
        output, errors = self._process.communicate(timeout=ENDED_WITHIN_S)
        assert output, errors
        return self._process.returncode, json.loads(output.splitlines()[-1]), errors

    def failure(self) -> tuple[int, str]:
        """Wait for an end without a result: exit code and standard error."""
        output, errors = self._process.communicate(timeout=ENDED_WITHIN_S)
        assert not output
        return self._process.returncode, errors

    def _follow(self) -> Shift:
        if self._shift is None:
            found = list(self._folder.glob(f"sorter-demo-*/box/journal/{LINE_NAME}"))
            self._shift = Shift(found[0]) if found else None
        if self._shift is None:
            return Shift(self._folder / "none")
        self._shift.follow()
        return self._shift


def is_running(pid: int) -> bool:
    """Whether a process with this id is there and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
