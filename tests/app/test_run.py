"""`sorter run` as a process: gateway and control under one parent, with nothing around them."""

from __future__ import annotations

import re
from pathlib import Path

from sorter.engine.events import DeviceLost
from sorter.engine.moment import Event
from sorter.engine.run_events import LineStarted, LineStopped
from tests.app.boxes import BareBox, LoggedProcess, kill, lives
from tests.support.waiting import until

RUNS = re.compile(r"INFO (gateway|control line-1) runs as process (\d+)")


def running(run: LoggedProcess) -> list[tuple[str, int]]:
    """What the parent said it started, in order."""
    return [(name, int(pid)) for name, pid in RUNS.findall(run.log.read_text())]


def told(box: BareBox, kind: type[Event]) -> int:
    """How often the journal has an event of this kind."""
    return sum(isinstance(record.body, kind) for record in box.journal())


def run_of(box: BareBox) -> LoggedProcess:
    run = LoggedProcess(box.path.with_name("log"), "-m", "sorter", "run", "--config", str(box.path))
    until(lambda: run.said("") and len(running(run)) == 2, "both children run")
    until(lambda: run.said("device_lost at plc"), "control misses its PLC")
    return run


def test_a_killed_control_comes_back_and_all_end_clean_when_asked(tmp_path: Path) -> None:
    box = BareBox(tmp_path)
    with run_of(box) as run:
        gateway, before = (pid for _, pid in running(run))
        kill(before)
        until(
            lambda: run.said("control line-1 ended with code -9; starting it again"), "it is said"
        )
        until(lambda: len(running(run)) == 3, "it runs again")
        until(lambda: told(box, DeviceLost) == 2, "it does its work again")
        name, after = running(run)[-1]
        assert name == "control line-1"
        assert lives(gateway)
        assert run.asked_to_stop() == 0
        assert not any(lives(pid) for pid in (gateway, before, after))
    runs = [r.body for r in box.journal() if isinstance(r.body, LineStarted | LineStopped)]
    assert [type(one) for one in runs] == [LineStarted, LineStarted, LineStopped]
