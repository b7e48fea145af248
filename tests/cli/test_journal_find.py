"""`sorter journal find` as a person or a script uses it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sorter.cli.main import app
from sorter.disk.segments import segment_path
from sorter.engine.events import TelegramReceived
from sorter.engine.reports import ParcelClosed, TelegramUnbound
from tests.simulation.plant import Mix
from tests.simulation.run import simulate
from tests.support.recorded import Body, bodies_of, write_journal


def find(*arguments: object, code: int = 0, typed: str | None = None) -> tuple[str, str]:
    """Run `sorter journal find ...`; standard output and standard error."""
    argv = ["journal", "find", *map(str, arguments)]
    result = CliRunner().invoke(app, argv, input=typed)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def objects(text: str) -> list[dict[str, Any]]:
    """JSON Lines."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def shift() -> list[Body]:
    return bodies_of(simulate(Mix(20, 5)).journal)


@pytest.fixture
def journal(shift: list[Body], tmp_path: Path) -> Path:
    write_journal(tmp_path / "journal", shift)
    return tmp_path / "journal"


@pytest.fixture
def end(shift: list[Body]) -> ParcelClosed:
    ends = [body for body in shift if isinstance(body, ParcelClosed)]
    return next(body for body in ends if body.outcome == "confirmed")


def test_a_story_is_told_in_a_line_a_step(journal: Path, end: ParcelClosed) -> None:
    text, _ = find(end.codes[0].lower(), "--journal", journal)
    head, *steps = text.splitlines()
    assert head == f"parcel {end.parcel} of L1: {end.codes[0]}; confirmed in {end.chute} (assigned)"
    utc_and_place = r"  2026-11-\d\dT\d\d:\d\d:\d\d\.\d{3}Z +-?\d+ mm  "
    told = [re.sub(utc_and_place, "", step) for step in steps]
    for words, step in zip(
        (
            r"inducted",
            r"its tail left the induct eye: \d+ mm long",
            rf"top read {end.codes[0]}",
            rf"decided: {end.destination} \(exact; table 1, plan 1\), to {end.chute}: the first .*",
            r"order \d+: D\d to the (left|right) at \d+ mm",
            r"order \d+ sent to the PLC",
            r"order \d+ taken by the PLC: armed",
            r"order \d+ fired at \d+ mm",
            rf"closed: confirmed in {end.chute} \(assigned\), seen by chute:{end.chute}",
        ),
        told,
        strict=True,
    ):
        assert re.fullmatch(words, step), step


def test_a_story_is_one_object_a_parcel(journal: Path, end: ParcelClosed) -> None:
    (story,) = objects(find(*end.codes, "--journal", journal, "--json")[0])
    assert (story["line"], story["parcel"], story["codes"]) == ("L1", end.parcel, list(end.codes))
    assert story["end"]["outcome"] == "confirmed"
    assert story["steps"][0]["body"]["kind"] == "inducted"
    assert list(story["steps"][0]) == ["utc", "run", "record", "belt_mm", "body", "told"]
    assert story["steps"][-1]["told"].startswith("closed: confirmed")
    by_number = find("--parcel", end.parcel, "--journal", journal, "--json")[0]
    assert objects(by_number) == [story]
    two = find(
        "-", "--parcel", end.parcel % 20 + 1, "--journal", journal, "--json", typed=end.codes[0]
    )
    assert len(objects(two[0])) == 2


def test_a_code_that_is_nowhere_is_said_and_done(journal: Path, shift: list[Body]) -> None:
    text, _ = find("NOWHERE\x1b", "--parcel", 99, "--journal", journal)
    assert text == (
        rf"nothing of 'NOWHERE\x1b' or parcel 99 in {len(shift)} records of {journal}" + "\n"
    )
    text, error = find("NOWHERE", "--journal", journal, "--json")
    assert text == ""
    assert "nothing of 'NOWHERE'" in error


def test_a_telegram_of_no_parcel_is_told(shift: list[Body], tmp_path: Path) -> None:
    spoken = TelegramReceived(time_ns=10**9, count=5, scanner="top", codes=("STRAY",))
    write_journal(tmp_path, [*shift, spoken, TelegramUnbound(scanner="top", codes=spoken.codes)])
    text, _ = find("stray", "--journal", tmp_path)
    assert "of no parcel: telegram unbound: scanner top, codes STRAY" in text
    (told,) = objects(find("stray", "--journal", tmp_path, "--json")[0])
    assert (told["parcel"], told["steps"][0]["body"]["codes"]) == (None, ["STRAY"])


def test_without_a_journal_named_those_of_all_lines_are_read(
    shift: list[Body], end: ParcelClosed, tmp_path: Path, box_config: Path
) -> None:
    config = ("--config", box_config)
    assert "found no journal of any line" in find(end.codes[0], *config, code=2)[1]
    write_journal(tmp_path / "state" / "journal" / "line-1", shift)
    for arguments in ((), ("--journal", "line-1")):
        assert end.codes[0] in find(end.codes[0], *arguments, *config)[0]


def test_nothing_asked_is_a_usage_error_and_damage_is_told(journal: Path) -> None:
    assert "expected a CODE or --parcel N" in find("--journal", journal, code=2)[1]
    path = segment_path(journal, 1)
    path.write_bytes(path.read_bytes()[:5000] + b"?" + path.read_bytes()[5001:])
    assert f"{path}, byte " in find("X", "--journal", journal, code=1)[1]
    (told,) = objects(find("X", "--journal", journal, "--json", code=1)[0])
    assert not told["ok"]
