"""The control process by itself: it waits for its PLC, ends when asked, and ends when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from sorter.adapters.local_socket import LocalDoor, call
from sorter.app import activate
from sorter.app.activate import RefusedError, activate_pair
from sorter.app.control import NoStartError, run_control
from sorter.control.activation import point_line_at
from sorter.engine.events import DeviceLost
from sorter.engine.reports import TableInUse
from sorter.engine.run_events import LineStarted, LineStopped
from sorter.protocol.local import MAX_LINE_BYTES, Answer, encode
from sorter.table import SourceError, StoreError, TableStore
from tests.app.boxes import LINE, PATIENCE_S, BareBox, LoggedProcess
from tests.support.waiting import until
from tests.table.sources import compiled, parcels_csv

PLAN = """
line = "line-1"
revision = 1
[destinations]
NORTH = { chutes = ["C01"] }
[fallback]
no_read = "end"
unknown = "end"
misread = "end"
conflict = "end"
overflow = "end"
"""


@pytest.fixture
def box(tmp_path: Path) -> BareBox:
    return BareBox(tmp_path)


def control_of(box: BareBox) -> LoggedProcess:
    """A control process whose door is open."""
    log = box.path.with_name("control.log")
    process = LoggedProcess(log, "-m", "sorter", "control", LINE, "--config", str(box.path))
    until(lambda: box.door.exists() and process.said("no table is active yet"), "the door is open")
    until(lambda: is_open(box.door), "somebody answers")
    return process


def is_open(door: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as wire:
        return wire.connect_ex(str(door)) == 0


def load_pair(box: BareBox, folder: Path, chute: str = "C01") -> str:
    store = TableStore(box.config.store_dir)
    table = store.load_table(compiled(folder, parcels=parcels_csv({"CODE": "NORTH"})))
    plan = folder / "plan.toml"
    plan.write_text(PLAN.replace("C01", chute))
    store.load_plan(plan, LINE)
    return table.digest


def test_without_its_plc_it_waits_says_so_and_ends_when_asked(box: BareBox) -> None:
    with control_of(box) as control:
        until(lambda: control.said("device_lost at plc"), "the PLC is missed")
        assert control.asked_to_stop() == 0
    bodies = [record.body for record in box.journal()]
    assert isinstance(bodies[0], LineStarted)
    assert [type(b) for b in bodies if isinstance(b, DeviceLost | LineStopped)] == [
        DeviceLost,
        LineStopped,
    ]
    assert not box.door.exists()


def test_a_second_control_of_the_same_line_is_refused_by_name(box: BareBox) -> None:
    with control_of(box) as first:
        log = box.path.with_name("second.log")
        arguments = ("-m", "sorter", "control", LINE, "--config", str(box.path))
        with LoggedProcess(log, *arguments) as second:
            assert second.ends() == 2
        assert "is being written by another process" in log.read_text()
        assert first.asked_to_stop() == 0


def test_a_control_that_breaks_on_a_telegram_ends_and_says_why(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as scanner:
        scanner.settimeout(PATIENCE_S)
        box = BareBox(tmp_path, scanner_port=scanner.getsockname()[1])
        log = tmp_path / "control.log"
        with LoggedProcess(log, "-m", "tests.app.broken_control", str(box.path)) as control:
            wire, _ = scanner.accept()
            with wire:
                wire.sendall(b"\x02CODE\x03")
                assert control.ends() == 1
    assert "RuntimeError: the engine has a bug" in log.read_text()


def test_a_pair_is_put_in_force_on_a_running_line(box: BareBox, tmp_path: Path) -> None:
    digest = load_pair(box, tmp_path)
    with control_of(box) as control:
        done = activate_pair(box.config, LINE, digest, None)
        assert (done["running"], done["revision"], done["digest"]) == (True, 7, digest)
        answer = json.loads(call(box.door, b'{"do": "status"}\n', MAX_LINE_BYTES))
        assert answer["done"]["table"]["digest"] == digest
        assert control.asked_to_stop() == 0
    (in_use,) = [r.body for r in box.journal() if isinstance(r.body, TableInUse)]
    assert (in_use.digest, in_use.by) == (digest, getpass.getuser())


def test_a_pair_for_a_stopped_line_counts_from_its_next_start_on(
    box: BareBox, tmp_path: Path
) -> None:
    digest = load_pair(box, tmp_path)
    assert activate_pair(box.config, LINE, digest, None)["running"] is False
    log = tmp_path / "control.log"
    with LoggedProcess(log, "-m", "sorter", "control", LINE, "--config", str(box.path)) as control:
        until(lambda: control.said("device_lost at plc"), "it runs")
        assert control.asked_to_stop() == 0
    (in_use,) = [r.body for r in box.journal() if isinstance(r.body, TableInUse)]
    assert (in_use.digest, in_use.by) == (digest, "start")


def test_a_plan_with_a_chute_the_line_lacks_is_refused_running_or_not(
    box: BareBox, tmp_path: Path
) -> None:
    digest = load_pair(box, tmp_path, chute="C77")
    with pytest.raises(SourceError, match="C77"):
        activate_pair(box.config, LINE, digest, None)
    with control_of(box) as control:
        with pytest.raises(RefusedError, match="C77"):
            activate_pair(box.config, LINE, digest, None)
        assert control.asked_to_stop() == 0
    assert TableStore(box.config.store_dir).active(LINE) is None


def test_a_pair_put_in_force_while_control_starts_is_not_missed(
    box: BareBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = load_pair(box, tmp_path)
    asked: list[bytes] = []

    async def answer(line: bytes, _who: str) -> bytes:
        asked.append(line)
        return encode(Answer(done={}))

    async def activate_before_the_door_opens() -> bool:
        with contextlib.ExitStack() as held:
            doors: list[LocalDoor] = []

            def point(*arguments: Any) -> object:
                # Nobody was there to ask. Now somebody comes, and has read the old pointer already.
                doors.append(held.enter_context(LocalDoor(box.door, MAX_LINE_BYTES)))
                return point_line_at(*arguments)

            monkeypatch.setattr(activate, "point_line_at", point)
            activating = asyncio.create_task(
                asyncio.to_thread(activate_pair, box.config, LINE, digest, None)
            )
            while not doors:
                await asyncio.sleep(0.001)
            answering = asyncio.create_task(doors[0].run(answer))
            done = await activating
            answering.cancel()
            await asyncio.wait({answering})
            return bool(done["running"])

    assert asyncio.run(activate_before_the_door_opens())
    (line,) = asked
    assert digest.encode() in line


def test_control_opens_its_door_before_it_looks_which_pair_is_in_force(
    box: BareBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_then: list[bool] = []

    def active(_store: TableStore, _line: str) -> None:
        open_then.append(is_open(box.door))
        raise StoreError("seen enough")

    monkeypatch.setattr(TableStore, "active", active)
    with pytest.raises(NoStartError, match="seen enough"):
        run_control(box.config, LINE)
    assert open_then == [True]
    assert not box.door.exists()


def test_folders_that_can_t_be_made_are_named(box: BareBox, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("no folder")
    with LoggedProcess(
        tmp_path / "log", "-m", "sorter", "control", LINE, "--config", str(box.path)
    ) as control:
        assert control.ends() == 2
    text = (tmp_path / "log").read_text()
    assert f"{tmp_path}/run" in text
    assert "see state_dir and runtime_dir in the config" in text
    assert "Traceback" not in text
