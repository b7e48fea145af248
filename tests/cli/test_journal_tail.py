"""`sorter journal tail` as a person or a script uses it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from sorter.cli.main import app
from sorter.engine.commands import HoldInfeed
from sorter.engine.events import EyeBlocked
from tests.support.recorded import write_journal
from tests.support.reports import closed

EDGE = EyeBlocked(time_ns=5, count=9, eye="induct", at_count=7)


def tail(*arguments: object, code: int = 0) -> str:
    """Run `sorter journal tail ...`; its standard output."""
    result = CliRunner().invoke(app, ["journal", "tail", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_last_records_are_shown_a_line_each(tmp_path: Path) -> None:
    write_journal(tmp_path, [EDGE, HoldInfeed(), closed(3)] * 10)
    lines = tail(tmp_path, "-n", 3).splitlines()
    assert [line.split()[:2] for line in lines] == [
        *(["28", "event"], ["29", "command"], ["30", "report"]),
    ]
    assert lines[0].endswith("  eye blocked: eye induct, at_count 7")
    assert lines[1].endswith("  hold infeed")
    assert "2026-11-" in lines[2]
    assert "closed: parcel 3, outcome confirmed" in lines[2]
    assert len(tail(tmp_path).splitlines()) == 20
    assert tail(tmp_path, "-n", 0) == ""


def test_a_record_is_one_object(tmp_path: Path) -> None:
    write_journal(tmp_path, [EDGE, closed(3)])
    event, report = (json.loads(line) for line in tail(tmp_path, "--json").splitlines())
    assert (event["record"], event["kind"], event["body"]["event"]) == (1, "event", "eye_blocked")
    assert (event["seq"], event["utc"]) == (None, None)
    assert (report["seq"], report["utc_quality"], report["body"]["parcel"]) == (1, "synced", 3)


def test_what_comes_is_followed_until_ctrl_c(tmp_path: Path) -> None:
    write_journal(tmp_path, [EDGE])
    argv = [sys.executable, "-m", "sorter", "journal", "tail", str(tmp_path), "-f", "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["record"] == 1
        write_journal(tmp_path, [closed(3)])
        assert json.loads(following.stdout.readline())["record"] == 2
        following.send_signal(signal.SIGINT)
        assert following.stdout.read() == "", "nothing but records"
    assert following.returncode == 130


def test_where_there_is_no_journal_there_is_no_tail(tmp_path: Path) -> None:
    tail(tmp_path, code=2)
