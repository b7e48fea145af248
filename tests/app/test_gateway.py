"""The gateway process by itself: one a box, and what it says when it can't work."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.app.boxes import BareBox, LoggedProcess
from tests.support.waiting import until


def test_a_second_gateway_of_the_same_box_is_refused(tmp_path: Path) -> None:
    box = BareBox(tmp_path)
    argv = ("-m", "sorter", "gateway", "--config", str(box.path))
    with LoggedProcess(tmp_path / "first.log", *argv) as first:
        until(lambda: first.said('{"ready": true}'), "the first works")
        with LoggedProcess(tmp_path / "second.log", *argv) as second:
            assert second.ends() == 2
        assert "is being written by another process" in (tmp_path / "second.log").read_text()
        assert "Traceback" not in (tmp_path / "second.log").read_text()


def test_a_gateway_that_was_killed_leaves_the_box_to_the_next(tmp_path: Path) -> None:
    box = BareBox(tmp_path)
    argv = ("-m", "sorter", "gateway", "--config", str(box.path))
    for log in (tmp_path / "first.log", tmp_path / "next.log"):
        with LoggedProcess(log, *argv) as gateway:
            until(partial(gateway.said, '{"ready": true}'), "it works")


def test_a_state_folder_that_can_t_be_made_is_named(tmp_path: Path) -> None:
    box = BareBox(tmp_path)
    (tmp_path / "state").write_text("no folder")
    log = tmp_path / "log"
    with LoggedProcess(log, "-m", "sorter", "gateway", "--config", str(box.path)) as gateway:
        assert gateway.ends() == 2
    assert f"{tmp_path}/state" in log.read_text()
    assert "see state_dir in the config" in log.read_text()
