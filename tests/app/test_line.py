"""`sorter line` and the control process it talks to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sorter.cli.main import app
from tests.app.boxes import BareBox
from tests.app.test_control import control_of


@pytest.fixture
def box(tmp_path: Path) -> BareBox:
    return BareBox(tmp_path)


def _line(box: BareBox, *arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["line", *arguments, "--config", str(box.path)])
    assert result.exit_code == code, result.output
    return result.output


def test_a_person_tells_a_running_line_what_to_do(box: BareBox) -> None:
    with control_of(box) as control:
        assert "0 on the belt" in _line(box, "status")
        assert "shut blocked" in _line(box, "block", "C01")
        assert "nothing changed" in _line(box, "block", "C01")
        assert "chute: chute C01" in _line(box, "unblock", "C01")
        told = json.loads(_line(box, "machine", "stop", "--json"))
        assert [one["state"] for one in told["said"]] == ["stopping", "stopped"]
        assert "mode maintenance" in _line(box, "mode", "maintenance")
        assert "done" in _line(box, "shift", "late")
        assert "no alarm chute_full at C01" in _line(box, "ack", "chute_full", "C01", code=1)
        assert "no such diverter" in _line(box, "reset", "D77", code=1)
        assert "no instruction" in _line(box, "block", "C 1", code=2)
        assert control.asked_to_stop() == 0


def test_a_line_that_nobody_runs_is_told_so(box: BareBox) -> None:
    assert "no control process runs line" in _line(box, "status", code=1)
