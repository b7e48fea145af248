"""`sorter table delta|compact|diff`, and deltas with the other verbs, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sorter.cli.table import app
from sorter.table import RoutingTable
from tests.table.deltas import write_delta
from tests.table.sources import HEAD, compiled, parcels_csv

CHANGES = [
    ("add", "code", "C", "EAST"),
    ("replace", "code", "A", "SOUTH"),
    ("delete", "code", "B"),
    ("add", "postcode", "BE5", "EAST"),
]


def run(*arguments: object, code: int = 0) -> tuple[str, str]:
    """Run `sorter table ...`; standard output and standard error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def told(*arguments: object, code: int = 0) -> dict[str, Any]:
    """The one object that a command tells as JSON."""
    found: dict[str, Any] = json.loads(run(*arguments, "--json", code=code)[0])
    return found


@pytest.fixture
def base(tmp_path: Path) -> Path:
    prefixes = "kind,prefix,destination\npostcode,BE4,NORTH\n"
    return compiled(tmp_path, parcels=parcels_csv({"A": "NORTH", "B": "SOUTH"}), prefixes=prefixes)


@pytest.fixture
def source(base: Path, tmp_path: Path) -> Path:
    return write_delta(tmp_path / "changes", RoutingTable.open(base), CHANGES)


@pytest.fixture
def delta(source: Path, tmp_path: Path) -> Path:
    run("build", source, "-o", tmp_path / "a.delta")
    return tmp_path / "a.delta"


def test_a_delta_is_built_checked_and_shown(source: Path, base: Path, tmp_path: Path) -> None:
    built = told("build", source, "-o", tmp_path / "a.delta")
    shown = told("show", tmp_path / "a.delta")
    assert built == shown | {"ok": True, "errors": 0, "warnings": 0, "notes": 0, "problems": []}
    assert (shown["kind"], shown["revision"]) == ("delta", 8)
    assert shown["base"] == shown["parent"] == told("show", base)["digest"]
    assert shown["changes"]["code"] == {"add": 1, "replace": 1, "delete": 1, "expire": 0}
    text, _ = run("show", tmp_path / "a.delta")
    assert "postcode: 1 add, 0 replace" in text
    assert told("check", source)["ok"]
    assert told("check", tmp_path / "a.delta")["ok"]
    assert told("check", base, "--delta", tmp_path / "a.delta")["ok"]


def test_a_bad_delta_is_named_and_nothing_is_built(source: Path, tmp_path: Path) -> None:
    (source / "changes.csv").write_text("op,kind,key,destination\ndrop,code,A,\n")
    _, error = run("build", source, "-o", tmp_path / "a.delta", code=1)
    assert "changes.csv:2: op: error: found 'drop'" in error
    assert told("check", source, code=1)["errors"] == 1
    assert not (tmp_path / "a.delta").exists()


def test_a_table_is_shown_and_asked_with_its_delta(base: Path, delta: Path) -> None:
    shown = told("show", base, "--delta", delta)
    assert (shown["entries"], shown["revision"], shown["deltas"]) == (2, 8, [str(delta)])
    assert told("lookup", base, "A", "--delta", delta)["destination"] == "SOUTH"
    assert told("lookup", base, "B", "--delta", delta)["destination"] is None
    assert told("lookup", base, "A")["destination"] == "NORTH"


def test_a_delta_that_does_not_fit_is_refused(base: Path, delta: Path) -> None:
    _, error = run("show", base, "--delta", delta, "--delta", delta, code=1)
    assert "it is not made for what it is laid over" in error
    verdict = told("check", base, "--delta", delta, "--delta", delta, code=1)
    assert verdict["problems"][0]["file"] == "a.delta"


def test_compacted_it_gives_the_same_answers(base: Path, delta: Path, tmp_path: Path) -> None:
    written = told("compact", base, delta, "-o", tmp_path / "new.table")
    assert written == told("show", tmp_path / "new.table")
    assert (written["entries"], written["revision"]) == (2, 8)
    found = told("diff", base, tmp_path / "new.table", "--old-delta", delta)
    assert found["same"]


def test_diff_tells_what_a_delta_does(base: Path, delta: Path) -> None:
    found = told("diff", base, "--delta", delta)
    assert not found["same"]
    counts = {sort: found["codes"][sort] for sort in ("same", "added", "removed", "redestined")}
    assert counts == {"same": 0, "added": 1, "removed": 1, "redestined": 1}
    (sample,) = found["codes"]["samples"]["redestined"]
    assert sample == {"key": "A", "before": "NORTH", "after": "SOUTH"}
    assert found["prefixes"]["postcode"]["added"] == 1
    text, _ = run("diff", base, "--delta", delta)
    assert "codes:             1 added, 1 removed, 1 redestined, 0 regrouped, 0 the same" in text
    assert "  redestined  'A': NORTH -> SOUTH" in text
    none, _ = run("diff", base, "--delta", delta, "--samples", 0)
    assert "'A'" not in none


def test_the_delta_between_two_tables_gives_the_second(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "next"
    folder.mkdir()
    head = HEAD.replace("= 7", "= 9").replace('["NORTH", ', '["WEST", "NORTH", ')
    new = compiled(folder, head, parcels=parcels_csv({"A": "WEST", "C": "SOUTH"}))
    written = told("delta", base, new, "-o", tmp_path / "b.delta")
    assert written["destinations"] == ["NORTH", "SOUTH", "EAST", "CUSTOMS", "WEST"]
    assert written["changes"]["code"] == {"add": 1, "replace": 1, "delete": 1, "expire": 0}
    assert told("diff", base, new, "--old-delta", tmp_path / "b.delta")["same"]


def test_there_is_no_delta_between_tables_of_two_sites(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = compiled(folder, HEAD.replace("test-site", "else"), parcels=parcels_csv({"A": "EAST"}))
    _, error = run("delta", base, other, "-o", tmp_path / "b.delta", code=1)
    assert "site: found else, expected test-site" in error
    assert not (tmp_path / "b.delta").exists()


def test_diff_tells_when_only_heads_differ(base: Path, tmp_path: Path) -> None:
    """The same rows, and yet other answers: a label's postcode without country means another."""
    folder = tmp_path / "next"
    folder.mkdir()
    head = HEAD.replace("= 7", "= 9").replace('["NORTH", ', '["WEST", "NORTH", ')
    head = head.replace('home_country = "BE"', 'home_country = "NL"')
    prefixes = "kind,prefix,destination\npostcode,BE4,NORTH\n"
    rows = parcels_csv({"A": "NORTH", "B": "SOUTH"})
    found = told("diff", base, compiled(folder, head, parcels=rows, prefixes=prefixes))
    assert not found["same"]
    assert (found["codes"]["same"], found["prefixes"]["postcode"]["same"]) == (2, 1)
    assert found["head"]["changed"] == {"home_country": ["BE", "NL"]}
    assert (found["head"]["destinations_added"], found["head"]["destinations_removed"]) == (1, 0)
    assert found["head"]["samples"] == {"added": ["WEST"], "removed": []}
    text, _ = run("diff", base, folder / "compiled.table")
    assert "home_country:      BE -> NL\n" in text
    assert "destinations:      1 added, 0 removed\n  added       WEST\n" in text


def test_a_delta_for_something_else_is_told_from_a_damaged_one(base: Path, delta: Path) -> None:
    twice = ("--delta", delta, "--delta", delta)
    _, error = run("lookup", base, "A", *twice, code=1)
    assert "name the deltas that were made for this table, in their order" in error
    assert "build or load" not in error
    (problem,) = told("check", base, *twice, code=1)["problems"]
    assert problem["expected"] == "a delta made for this table, with all before it"
    delta.write_bytes(delta.read_bytes()[:-1])
    (problem,) = told("check", base, "--delta", delta, code=1)["problems"]
    assert problem["expected"] == "a sound compiled file"


def test_of_very_many_destinations_the_first_are_shown(tmp_path: Path) -> None:
    names = [f"D{number}" for number in range(1, 71)]
    head = f'name = "hub"\nsite = "site"\nrevision = 1\ndestinations = {json.dumps(names)}\n'
    path = compiled(tmp_path, head, parcels=parcels_csv({"A": "D70"}))
    text, _ = run("show", path)
    assert "destinations 70: D1, D2, " in text
    assert "D50 and 20 more\n" in text
    assert told("show", path)["destinations"] == names
