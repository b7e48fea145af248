"""The chute plan of a line, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sorter.engine.events import PlanEntry
from sorter.table import Problems, SourceError, read_plan, report_misfits, write_example_plan

PLAN = """
line = "line-1"
revision = 3

[destinations]
NORTH = { chutes = ["C01", "C02"], policy = "balance" }
SOUTH = { chutes = ["C03"] }

[fallback]
no_read = ["OVF"]
unknown = ["OVF"]
misread = ["OVF"]
conflict = "end"
overflow = []
"""


def written(folder: Path, text: str = PLAN) -> Path:
    path = folder / "plan.toml"
    path.write_text(text)
    return path


def test_a_plan_is_read_as_the_engine_takes_it(tmp_path: Path) -> None:
    plan, problems = read_plan(written(tmp_path))
    assert problems.kept == ()
    assert (plan.line, plan.revision) == ("line-1", 3)
    assert plan.destinations == {
        "NORTH": PlanEntry(("C01", "C02"), "balance"),
        "SOUTH": PlanEntry(("C03",), "first"),
    }
    assert plan.fallback["no_read"] == ("OVF",)
    assert plan.fallback["conflict"] == plan.fallback["overflow"] == ()


def test_the_example_is_sound(tmp_path: Path) -> None:
    write_example_plan(tmp_path / "new" / "plan.toml")
    assert read_plan(tmp_path / "new" / "plan.toml")[1].kept == ()
    with pytest.raises(FileExistsError):
        write_example_plan(tmp_path / "new" / "plan.toml")


def test_the_digest_is_of_what_a_plan_says_not_of_how_it_is_written(tmp_path: Path) -> None:
    plan, _ = read_plan(written(tmp_path))
    north, south = PLAN.splitlines()[5:7]
    reordered = PLAN.replace(north, "#").replace(south, f"{south}\n{north}\n# a comment")
    assert read_plan(written(tmp_path, reordered))[0].digest == plan.digest
    changed = read_plan(written(tmp_path, PLAN.replace('"C03"', '"C04"')))[0]
    assert changed.digest != plan.digest
    assert msgspec.json.decode(plan.canonical())["line"] == "line-1"


@pytest.mark.parametrize(
    ("line", "replacement", "column"),
    [
        ('line = "line-1"', 'line = "line/1"', "line"),
        ('line = "line-1"', "", "line"),
        ("revision = 3", 'revision = "3"', "revision"),
        ("revision = 3", "revision = 3\nspeed = 2", "speed"),
        ('policy = "balance"', 'policy = "random"', "destinations.NORTH.policy"),
        ('policy = "balance"', 'order = "x"', "destinations.NORTH.order"),
        ('chutes = ["C03"]', "chutes = []", "destinations.SOUTH.chutes"),
        ('chutes = ["C03"]', 'chutes = "C03"', "destinations.SOUTH.chutes"),
        ('chutes = ["C03"]', 'chutes = ["C03", 4]', "destinations.SOUTH.chutes"),
        ('chutes = ["C03"]', 'chutes = ["C03", "C03"]', "destinations.SOUTH.chutes"),
        ('{ chutes = ["C03"] }', '["C03"]', "destinations.SOUTH"),
        ('misread = ["OVF"]', "", "fallback.misread"),
        ('misread = ["OVF"]', 'misread = ["OVF"]\nlost = "end"', "fallback.lost"),
        ('conflict = "end"', 'conflict = "straight"', "fallback.conflict"),
        ("overflow = []", 'overflow = [""]', "fallback.overflow"),
        ("[fallback]", "[fallbacks]", "fallbacks"),
        ("[destinations]", "[destination]", "destination"),
        ('line = "line-1"', "line = ", None),
    ],
)
def test_a_bad_plan_is_named_by_its_key(
    tmp_path: Path, line: str, replacement: str, column: str | None
) -> None:
    with pytest.raises(SourceError) as refusal:
        read_plan(written(tmp_path, PLAN.replace(line, replacement)))
    assert refusal.value.problems.kept[0].column == column


def test_all_errors_of_a_plan_come_in_one_run(tmp_path: Path) -> None:
    bad = PLAN.replace("= 3", "= 0").replace('"balance"', '"x"').replace('"end"', '"no"')
    with pytest.raises(SourceError) as refusal:
        read_plan(written(tmp_path, bad))
    assert [one.column for one in refusal.value.problems.kept] == [
        "revision",
        "destinations.NORTH.policy",
        "fallback.conflict",
    ]


@pytest.mark.parametrize("text", ["", "\ufeff", "[[["])
def test_what_is_no_plan_at_all_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        read_plan(written(tmp_path, text))
    with pytest.raises(FileNotFoundError):
        read_plan(tmp_path / "missing.toml")


def test_a_plan_is_held_against_its_line_and_its_table(tmp_path: Path) -> None:
    plan, problems = read_plan(written(tmp_path))
    report_misfits(plan, problems, chutes=["C01", "C02"], destinations=["NORTH", "EAST"])
    assert [(one.severity, one.column, one.found) for one in problems.kept] == [
        ("error", "destinations.SOUTH", "'C03'"),
        ("error", "fallback.no_read", "'OVF'"),
        ("error", "fallback.unknown", "'OVF'"),
        ("error", "fallback.misread", "'OVF'"),
        ("warning", "destinations.SOUTH", "no such one"),
        ("warning", "destinations.EAST", "nothing"),
    ]


def test_a_plan_that_fits_has_nothing_said_about_it(tmp_path: Path) -> None:
    plan, _ = read_plan(written(tmp_path))
    problems = Problems()
    report_misfits(
        plan, problems, chutes=["C01", "C02", "C03", "OVF"], destinations=["NORTH", "SOUTH"]
    )
    assert problems.kept == ()
