"""The demo as a user runs it: the main job, whatever is killed on the way."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from sorter.control.journal_turns import JournalTurns
from sorter.control.replay import replay
from sorter.engine.reports import OUTCOMES
from tests.e2e.demo_process import PROCESSES, DemoProcess, is_running
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PARCELS = "40"


def test_every_parcel_every_event_and_the_customs_hold_are_accounted_for(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, "--parcels", PARCELS, "--headless", "--seed", "3") as demo:
        code, result, errors = demo.result()
        pids = demo.pids
    assert code == 0, errors
    assert result["failures"] == []
    assert result["inducted"] == sum(result["outcomes"].values()) == int(PARCELS)
    assert tuple(result["outcomes"]) == OUTCOMES
    assert (result["misdiverted"], result["lost"], result["duplicates_at_hub"]) == (0, 0, 0)
    assert result["events_at_hub"] == result["events_recorded"] > int(PARCELS)
    assert result["customs_hold"]["chute"] == "C19"
    assert result["customs_hold"]["revision"] == result["table"]["revision"] == 2
    assert result["scan_to_command_us"]["p50"] > 0
    assert set(pids) == PROCESSES
    assert not any(is_running(pid) for pid in pids.values())
    assert not list(tmp_path.glob("sorter-demo-*")), "a good run leaves nothing behind"


def test_a_killed_gateway_comes_back_and_nothing_is_missing_at_the_hub(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, "--parcels", PARCELS, "--seed", "4") as demo:
        demo.sorting("a dozen parcels scanned", lambda shift: len(shift.decided) >= 12)
        demo.kill("gateway")
        code, result, errors = demo.result()
    assert code == 0, errors
    assert result["restarts"] == {"gateway": 1}
    assert result["events_at_hub"] == result["events_recorded"]


def test_a_killed_control_comes_back_and_no_parcel_goes_wrong(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, "--parcels", PARCELS, "--seed", "5") as demo:
        demo.sorting("parcels armed and on the belt", lambda shift: shift.on_belt >= 10)
        demo.kill("control")
        (journal,) = tmp_path.glob("sorter-demo-*/box/journal/*")
        until(lambda: len(_runs(journal)) == 2, "control runs again")
        played, difference = replay(JournalTurns(journal))
        assert (difference, played.runs) == (None, 2), "what is recorded does not come out again"
        _, result, errors = demo.result()
    assert result["restarts"] == {"control": 1}, errors
    assert result["misdiverted"] == 0
    assert result["lost"] == 0
    assert result["outcomes"]["flushed"] > 0, "nothing was on the belt when control was killed"
    assert result["inducted"] == sum(result["outcomes"].values()) == int(PARCELS)
    assert result["diverted"] > 0, "control did not go on sorting"
    assert result["events_at_hub"] == result["events_recorded"]
    # Parcels may have gone straight on; nothing else may be wrong.
    assert all("divertable" in failure for failure in result["failures"])


def test_a_killed_twin_is_named_at_once(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, "--parcels", PARCELS) as demo:
        demo.sorting("a parcel on the belt", lambda shift: shift.on_belt >= 1)
        pids = demo.pids
        demo.kill("twin")
        code, errors = demo.failure()
    assert code == 1
    assert "sorter demo: twin ended with code -9" in errors
    assert "Traceback" not in errors
    assert not any(is_running(pid) for pid in pids.values())


def test_process_ids_that_can_t_be_written_are_refused_before_anything_starts(
    tmp_path: Path,
) -> None:
    (tmp_path / "pids.json").mkdir()
    with DemoProcess(tmp_path, "--parcels", PARCELS) as demo:
        code, errors = demo.failure()
    assert code == 1
    assert "expected a file or nothing there" in errors
    assert not list(tmp_path.glob("sorter-demo-*"))


def test_ctrl_c_ends_the_demo_clean_with_its_reconciliation(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, "--parcels", "300") as demo:
        demo.sorting("a few parcels on the belt", lambda shift: shift.on_belt >= 3)
        pids = demo.pids
        demo.signal(signal.SIGINT)
        code, result, _ = demo.result()
    assert code == 130
    assert result["interrupted"]
    assert result["inducted"] == sum(result["outcomes"].values()) + result["on_belt"] >= 3
    assert result["events_at_hub"] == result["events_recorded"]
    assert not any(is_running(pid) for pid in pids.values())


def test_a_killed_demo_leaves_nothing_running(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, "--parcels", "300") as demo:
        demo.sorting("a parcel on the belt", lambda shift: shift.on_belt >= 1)
        pids = demo.pids
        demo.signal(signal.SIGKILL)
        until(lambda: not any(map(is_running, pids.values())), "the end of every process")


def test_two_demos_run_side_by_side(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with (
        DemoProcess(folders[0], "--parcels", "20", "--seed", "6") as one,
        DemoProcess(folders[1], "--parcels", "20", "--seed", "7") as two,
    ):
        for demo in (one, two):
            code, result, errors = demo.result()
            assert code == 0, errors
            assert result["inducted"] == 20


def _runs(journal: Path) -> set[int]:
    return {turn.run for turn in JournalTurns(journal)}
