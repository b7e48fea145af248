"""A box's config for one line, and the processes that run on it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from sorter.config import Config, load_config
from sorter.disk.journal import JournalReader, JournalRecord

LINE = "line-1"
NOBODY = 9  # the discard port, on which nothing listens
PATIENCE_S = 30.0

_CONFIG = """
[box]
name = "box-1"
site = "liege"
state_dir = {state}
runtime_dir = {run}

[broker]
port = {nobody}

[[lines]]
name = "line-1"
belt = {{ speed_mps = 2.5, pulses_per_m = 1000 }}
plc = {{ port = {nobody} }}
eyes.induct = {{ at_mm = 0, input = 0 }}
eyes.tunnel = {{ at_mm = 1500, input = 1 }}
eyes.end = {{ at_mm = 9000, input = 2 }}
scanners = [{{ port = {scanner_port}, at_mm = 1700 }}]
diverters = [{{ name = "D1", number = 1, at_mm = 4500, actuation_ms = 30, return_ms = 30 }}]
chutes = [{{ name = "C01", diverter = "D1", side = "left", confirm_input = 8 }}]
"""


class BareBox:
    """A box in a folder whose PLC and broker are not there."""

    def __init__(self, folder: Path, scanner_port: int = NOBODY) -> None:
        self.path = folder / "sorter.toml"
        self.path.write_text(
            _CONFIG.format(
                state=json.dumps(str(folder / "state")),
                run=json.dumps(str(folder / "run")),
                nobody=NOBODY,
                scanner_port=scanner_port,
            )
        )
        self.config: Config = load_config(self.path)
        self.door = self.config.control_socket(LINE)

    def journal(self) -> list[JournalRecord]:
        """What the line's journal holds."""
        with JournalReader(self.config.journal_dir(LINE)) as reader:
            return reader.read_new(100_000)


class LoggedProcess:
    """A process whose log the test reads; killed at the end if it still runs."""

    def __init__(self, log: Path, *argv: str) -> None:
        self.log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, *argv], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors
            )

    def said(self, words: str) -> bool:
        """Whether the log has these words; fails with the log when the process has ended."""
        text = self.log.read_text()
        assert words in text or self._process.poll() is None, f"ended: {text}"
        return words in text

    def ends(self) -> int:
        """Its exit code, once it has ended by itself."""
        return self._process.wait(PATIENCE_S)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def asked_to_stop(self) -> int:
        """Its exit code, after SIGTERM."""
        self.send(signal.SIGTERM)
        return self.ends()

    def kill(self) -> None:
        """As a crash does."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


def lives(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def kill(pid: int) -> None:
    """End a process as a crash does."""
    os.kill(pid, signal.SIGKILL)
