"""`sorter plan` as a person or a script uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sorter.cli.plan import app
from sorter.cli.table import app as table_app
from sorter.table import TableStore


def run(*arguments: object, code: int = 0) -> tuple[str, str]:
    """Run `sorter plan ...`; standard output and standard error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def the_object(text: str) -> dict[str, Any]:
    """The one JSON object there is."""
    (line,) = text.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    run("init", tmp_path / "plan.toml")
    return tmp_path / "plan.toml"


def test_init_writes_a_sound_plan_and_never_over_another(plan: Path) -> None:
    assert "sound" in run("check", plan)[0]
    assert "is there already" in run("init", plan, code=2)[1]


def test_show_tells_what_a_plan_says(plan: Path) -> None:
    shown = the_object(run("show", plan, "--json")[0])
    assert (shown["line"], shown["revision"]) == ("line-1", 1)
    assert shown["destinations"]["DE"] == {"chutes": ["C05"], "policy": "first"}
    assert shown["fallback"]["conflict"] == []
    text, _ = run("show", plan)
    assert "BE-NORTH: C01 C02 (balance)" in text
    assert "fallback conflict: straight on" in text


def test_show_tells_until_when_a_departure_is_served(plan: Path) -> None:
    departs = 'cut_off = "18:30", reopens = "04:00", after_cut_off = ["C06", "C07"]'
    plan.write_text(plan.read_text().replace('["C05"] }', f'["C05"], {departs} }}'))
    assert "DE from 18:30 to 04:00: C06 C07 (first)" in run("show", plan)[0]
    shown = the_object(run("show", plan, "--json")[0])
    assert shown["destinations"]["DE"]["after_cut_off"] == ["C06", "C07"]


def test_a_bad_plan_is_judged_with_every_error(plan: Path) -> None:
    text = plan.read_text().replace("revision = 1", "revision = 0").replace("misread", "misred")
    plan.write_text(text)
    verdict = the_object(run("check", plan, "--json", code=1)[0])
    assert [problem["column"] for problem in verdict["problems"]] == [
        *("revision", "fallback.misred", "fallback.misread"),
    ]
    out, error = run("check", plan, code=1)
    assert "not usable; errors: 3" in out
    assert error.count("plan.toml:") == 3
    run("show", plan, code=1)


def test_a_plan_is_held_against_a_table(plan: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    runner.invoke(table_app, ["init", str(tmp_path / "source")])
    built = tmp_path / "a.table"
    runner.invoke(table_app, ["build", str(tmp_path / "source"), "-o", str(built)])
    assert the_object(run("check", plan, "--table", built, "--json")[0])["warnings"] == 0
    plan.write_text(plan.read_text().replace("DE = {", "NL = {"))
    verdict = the_object(run("check", plan, "--table", built, "--json")[0])
    assert (verdict["ok"], verdict["warnings"]) == (True, 2)


def test_a_plan_is_held_against_the_chutes_of_its_line(plan: Path, box_config: Path) -> None:
    run("check", plan, "--config", box_config)
    plan.write_text(plan.read_text().replace('"C07"', '"C99"'))
    verdict = the_object(run("check", plan, "--config", box_config, "--json", code=1)[0])
    assert verdict["problems"][0]["found"] == "'C99'"
    assert "C99" in run("load", plan, "--config", box_config, code=1)[1]
    plan.write_text(plan.read_text().replace("line-1", "line-9"))
    assert "line-9" in run("check", plan, "--config", box_config, code=2)[1]


def test_a_plan_is_loaded_into_the_store_of_the_config(
    plan: Path, tmp_path: Path, box_config: Path
) -> None:
    loaded = the_object(run("load", plan, "--config", box_config, "--json")[0])
    (stored,) = TableStore(tmp_path / "state" / "store").plans()
    assert (loaded["name"], loaded["digest"]) == ("line-1", stored.digest)
    assert "line-1@1" in run("load", plan, "--config", box_config)[0]
    plan.write_text(plan.read_text().replace('"balance"', '"first"'))
    assert "raise the revision" in run("load", plan, "--config", box_config, code=1)[1]


def test_what_is_not_there_is_a_usage_error(tmp_path: Path, box_config: Path) -> None:
    for command in ("check", "show"):
        assert "No such file" in run(command, tmp_path / "none.toml", code=2)[1]
    run("load", tmp_path / "none.toml", "--config", box_config, code=2)
    run("check", tmp_path / "none.toml", "--config", tmp_path / "none.toml", code=2)
