"""`sorter table build` and `check` as scripts and people end up with them when things go wrong."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sorter.cli.progress import LongWork
from sorter.cli.table import app
from tests.table.sources import write_source

PARCELS = "barcode,destination\n"
ENDINGS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


def run(*arguments: object, code: int) -> tuple[str, str]:
    """Run `sorter table ...`; standard output and standard error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def answer(*arguments: object, code: int) -> dict[str, Any]:
    """The one JSON object that a command answers with."""
    content = json.loads(run(*arguments, "--json", code=code)[0])
    assert isinstance(content, dict)
    return content


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = "".join(f"A{number},NORTH\n" for number in range(50_000))
    return write_source(tmp_path / "source", parcels=PARCELS + rows)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "a.table"


def test_a_bad_source_is_told_as_one_object(source: Path, out: Path) -> None:
    (source / "parcels.csv").write_text(PARCELS + "A,MARS\nB C,NORTH\n")
    told = answer("build", source, "-o", out, code=1)
    assert told["file"] == str(source)
    assert (told["ok"], told["errors"], told["warnings"]) == (False, 1, 1)
    assert [problem["row"] for problem in told["problems"]] == [2, 3]
    assert not out.exists()


def test_the_warnings_of_a_sound_source_stand_in_the_object_too(source: Path, out: Path) -> None:
    (source / "parcels.csv").write_text(PARCELS + "B C,NORTH\n")
    told = answer("build", source, "-o", out, code=0)
    assert (told["file"], told["ok"], told["entries"]) == (str(out), True, 1)
    assert [problem["severity"] for problem in told["problems"]] == ["warning"]


@pytest.mark.parametrize("verb", ["build", "check"])
def test_what_cannot_be_asked_about_is_told_as_an_object_too(
    tmp_path: Path, out: Path, verb: str
) -> None:
    arguments = ("-o", out) if verb == "build" else ()
    told = answer(verb, tmp_path / "missing", *arguments, code=2)
    assert told == {
        "file": str(tmp_path / "missing"),
        "ok": False,
        "error": f"{tmp_path / 'missing'}: No such file or directory",
    }


def test_too_little_memory_is_told(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("no memory for row 7")

    monkeypatch.setattr(LongWork, "advance", fail)
    _, error = run("build", source, "-o", out, code=2)
    assert error == "sorter: not enough memory; no memory for row 7\n"


def while_reading(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(LongWork, "advance", lambda *_: os.kill(os.getpid(), number))


def while_writing(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), number))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("when", [while_reading, while_writing])
def test_a_signal_ends_a_build_with_one_line_and_leaves_nothing_behind(
    source: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    when: Callable[[pytest.MonkeyPatch, int], None],
    ending: tuple[signal.Signals, int],
) -> None:
    number, code = ending
    out.write_bytes(b"what was there")
    before = signal.getsignal(number)
    when(monkeypatch, number)
    stdout, stderr = run("build", source, "-o", out, code=code)
    assert (stdout, stderr) == ("", f"sorter: ended by {number.name}\n")
    assert out.read_bytes() == b"what was there"
    assert list(out.parent.iterdir()) == [out]
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "code"), ENDINGS)
def test_a_signal_ends_a_check_too(
    source: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    while_reading(monkeypatch, number)
    told = answer("check", source, code=code)
    assert told["error"] == f"ended by {signal.Signals(number).name}"


def test_an_ignored_signal_stays_ignored(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while_reading(monkeypatch, signal.SIGINT)
        run("build", source, "-o", out, code=0)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_terminal_sees_how_far_it_is_and_a_pipe_sees_nothing(source: Path, out: Path) -> None:
    argv = [sys.executable, "-m", "sorter", "table", "build", str(source), "-o", str(out)]
    piped = subprocess.run(argv, capture_output=True, check=True)
    assert piped.stderr == b""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    subprocess.run(argv, stdout=subprocess.PIPE, stderr=slave, env=environment, check=True)
    os.close(slave)
    shown = os.read(master, 1 << 16).decode()
    os.close(master)
    assert " MB" in shown or "writing" in shown
    assert "\x1b[2K" in shown, "the bar is taken away at the end"
