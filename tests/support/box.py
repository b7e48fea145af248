"""A box's processes around the journal: the real gateway and hub, and rows as truth."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from sorter.disk.journal import JournalWriter
from tests.support.reports import UTC_NS, closed

SITE, BOX, LINE = "LGG", "box-1", "north"

_CONFIG = """
[box]
name = "{box}"
site = "{site}"
state_dir = "{folder}/state"
runtime_dir = "{folder}/run"

[broker]
port = {port}
mqtt_version = "{mqtt_version}"

[[lines]]
name = "{line}"
belt = {{speed_mps = 2.5, pulses_per_m = 1000}}
plc = {{port = 1502}}
eyes.induct = {{at_mm = 0, input = 0}}
eyes.tunnel = {{at_mm = 1500, input = 1}}
eyes.end = {{at_mm = 9000, input = 2}}
scanners = [{{port = 1503, at_mm = 1700}}]
diverters = [{{name = "D1", number = 1, at_mm = 4500, actuation_ms = 30, return_ms = 30}}]
chutes = [{{name = "C01", diverter = "D1", side = "left", confirm_input = 8}}]
"""


class RealProcess:
    """A `sorter` process that says it is ready on standard output."""

    def __init__(self, log: Path, *arguments: str) -> None:
        """Start it; what it logs is appended to `log`."""
        self._log = log
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sorter", *arguments],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def wait_ready(self) -> None:
        """Return at its first line; fails with its log when it ends before."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the process ended: {self._log.read_text()}"
        assert json.loads(line) == {"ready": True}

    def kill(self) -> None:
        """Like a crash."""
        self._process.kill()
        self._end()

    def stop(self) -> list[Any]:
        """Ask it to end; what else it said on standard output."""
        self._process.terminate()
        said = self._end()
        assert self._process.returncode == 0, self._log.read_text()
        return [json.loads(line) for line in said.splitlines()]

    def _end(self) -> str:
        said, _ = self._process.communicate(timeout=20)
        return said


class Box:
    """One box and its hub in a folder. Every report's parcel is its seq, so rows prove order."""

    def __init__(self, folder: Path, broker_port: int, mqtt_version: str = "5") -> None:
        self.hub_db = folder / "hub.sqlite"
        self.log = folder / "log"
        self._broker = f"127.0.0.1:{broker_port}"
        self._mqtt_version = mqtt_version
        self._config = folder / "sorter.toml"
        self._config.write_text(
            _CONFIG.format(
                box=BOX,
                site=SITE,
                line=LINE,
                folder=folder,
                port=broker_port,
                mqtt_version=mqtt_version,
            )
        )
        self.journal = JournalWriter.open(folder / "state/journal" / LINE)
        self._running: list[RealProcess] = []

    def report(self, count: int) -> None:
        """Append and flush further reports, as control does."""
        for _ in range(count):
            self.journal.append_report(closed(self.journal.next_seq), UTC_NS, "synced")
        self.journal.flush()

    def start_gateway(self) -> RealProcess:
        return self._start("gateway", "--config", str(self._config))

    def start_hub(self) -> RealProcess:
        arguments = ("--broker", self._broker, "--db", str(self.hub_db), "--site", SITE)
        return self._start("hub", "serve", *arguments, "--mqtt-version", self._mqtt_version)

    def _start(self, *arguments: str) -> RealProcess:
        process = RealProcess(self.log, *arguments)
        self._running.append(process)
        process.wait_ready()
        return process

    def at_hub(self) -> int:
        """Reports in the hub's store."""
        return (
            0 if not self.hub_db.exists() else int(self._ask("SELECT COUNT(*) FROM report")[0][0])
        )

    def acknowledged(self) -> int:
        """How far the hub has everything."""
        return int(self._ask("SELECT COALESCE(MAX(contiguous), 0) FROM stream")[0][0])

    def assert_each_once_in_order(self) -> None:
        """Every report that was journalled is a row, once, with its own content."""
        rows = self._ask("SELECT epoch, seq, parcel FROM report ORDER BY rowid")
        expected = range(1, self.journal.next_seq)
        assert {epoch for epoch, _, _ in rows} == {self.journal.epoch}
        assert sorted(seq for _, seq, _ in rows) == list(expected)
        assert all(parcel == seq for _, seq, parcel in rows)
        assert self._ask("SELECT COALESCE(SUM(conflicting), 0) FROM stream") == [(0,)]
        assert self.acknowledged() == expected[-1]

    def _ask(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(f"{self.hub_db.as_uri()}?mode=ro", uri=True)) as db:
            try:
                return db.execute(sql).fetchall()
            except sqlite3.OperationalError:
                # The hub has not made its tables yet.
                return [(0,)]

    def close(self) -> None:
        """End what still runs."""
        for process in self._running:
            process.kill()
        self.journal.close()
