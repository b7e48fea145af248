"""`sorter table` as a person or a script uses it: what comes out, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sorter.cli.plan import app as plan_app
from sorter.cli.table import app
from sorter.table import TableStore

DPD = "008182709980000020033350276C"


def run(*arguments: object, code: int = 0, typed: bytes | None = None) -> tuple[str, str]:
    """Run `sorter table ...`; standard output and standard error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def objects(text: str) -> list[dict[str, Any]]:
    """JSON Lines."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    run("init", tmp_path / "source")
    return tmp_path / "source"


@pytest.fixture
def table(source: Path, tmp_path: Path) -> Path:
    run("build", source, "-o", tmp_path / "a.table")
    return tmp_path / "a.table"


def test_init_writes_a_sound_source_and_never_over_another(source: Path) -> None:
    out, _ = run("check", source)
    assert "sound" in out
    _, error = run("init", source, code=2)
    assert "table.toml is there already" in error


def test_build_tells_what_it_built_and_show_tells_the_same(source: Path, tmp_path: Path) -> None:
    (built,) = objects(run("build", source, "-o", tmp_path / "b.table", "--json")[0])
    (shown,) = objects(run("show", tmp_path / "b.table", "--json")[0])
    assert built == shown | {"ok": True, "errors": 0, "warnings": 0, "notes": 0, "problems": []}
    assert shown["name"] == "example"
    assert (shown["revision"], shown["entries"]) == (1, 4)
    assert shown["prefixes"] == {"barcode": 1, "postcode": 8}
    assert shown["bytes"] == (tmp_path / "b.table").stat().st_size
    text, _ = run("show", tmp_path / "b.table")
    assert shown["digest"] in text


def test_a_bad_source_builds_nothing_and_names_every_error(source: Path, tmp_path: Path) -> None:
    (source / "parcels.csv").write_text("barcode,destination\nA,MARS\n,DE\n")
    out, error = run("build", source, "-o", tmp_path / "c.table", code=1)
    assert out == ""
    assert "parcels.csv:2: destination" in error
    assert "parcels.csv:3: barcode" in error
    assert not (tmp_path / "c.table").exists()


def test_check_gives_its_verdict_as_one_object(source: Path) -> None:
    (source / "parcels.csv").write_text("barcode,destination\nA,MARS\n")
    out, error = run("check", source, "--json", code=1)
    (verdict,) = objects(out)
    assert error == ""
    assert (verdict["ok"], verdict["errors"]) == (False, 1)
    assert verdict["problems"] == [
        {
            "file": "parcels.csv",
            "row": 2,
            "column": "destination",
            "found": "'MARS'",
            "expected": "one of the destinations in table.toml",
            "severity": "error",
        }
    ]


def test_check_judges_a_compiled_table_too(table: Path) -> None:
    assert objects(run("check", table, "--json")[0])[0]["ok"]
    content = bytearray(table.read_bytes())
    content[-100] ^= 1
    table.write_bytes(content)
    (verdict,) = objects(run("check", table, "--json", code=1)[0])
    assert verdict["problems"][0]["column"].startswith("section ")
    _, error = run("show", table, code=1)
    assert "section" in error
    for command in (["show", table], ["lookup", table, "A"]):
        (refused,) = objects(run(*command, "--json", code=1)[0])
        assert not refused["ok"]
        assert "section" in refused["error"]


def test_what_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    for command in ("check", "show"):
        _, error = run(command, tmp_path / "missing", code=2)
        assert "missing" in error
        assert "No such file" in error
    run("lookup", tmp_path / "missing", "CODE", code=2)
    run("build", tmp_path / "missing", "-o", tmp_path / "x", code=2)


def test_lookup_answers_each_code_with_one_object(table: Path) -> None:
    advised, by_postcode, unknown = objects(
        run("lookup", table, "RB 123 456 785 GB", DPD, "NOTHING", "--json")[0]
    )
    assert list(advised) == [
        *("code", "destination", "rule", "key", "format", "formats", "valid", "revision"),
        *("reason", "typed", "blanks_removed"),
    ]
    assert advised["destination"] == "BE-SOUTH"
    assert (advised["rule"], advised["key"]) == ("exact", "RB123456785GB")
    assert (advised["typed"], advised["blanks_removed"]) == ("RB 123 456 785 GB", 4)
    assert (by_postcode["rule"], by_postcode["key"], by_postcode["format"]) == (
        *("postcode", "DE", "dpd"),
    )
    assert (unknown["rule"], unknown["destination"], unknown["revision"]) == ("unknown", None, 1)


def test_lookup_says_how_it_read_what_was_typed(table: Path) -> None:
    out, _ = run("lookup", table, "rb 123 456 785 gb")
    assert out.endswith("valid; blanks removed: 4; read in capitals\n")


def test_lookup_names_the_chutes_of_a_plan(table: Path, tmp_path: Path) -> None:
    CliRunner().invoke(plan_app, ["init", str(tmp_path / "plan.toml")])
    out, _ = run("lookup", table, DPD, "NOTHING", "--plan", tmp_path / "plan.toml", "--json")
    assert [answer["chutes"] for answer in objects(out)] == [["C05"], ["C08"]]
    text, _ = run("lookup", table, DPD, "--plan", tmp_path / "plan.toml")
    assert text.count("\n") == 1
    assert "-> DE (postcode DE, revision 1); chutes C05; dpd" in text
    (tmp_path / "plan.toml").write_text("line = 3")
    run("lookup", table, DPD, "--plan", tmp_path / "plan.toml", code=1)


@pytest.mark.parametrize(
    "code",
    [b"", b"\x00", b"RB123456785GB\r", b"\x1b[31m", b"\xff\xfe", "Lüttich".encode(), b"J" * 10_000],
)
def test_whatever_comes_in_on_standard_input_has_an_answer_with_a_reason(
    table: Path, code: bytes
) -> None:
    (answer,) = objects(run("lookup", table, "-", "--json", typed=code + b"\n")[0])
    assert (answer["rule"], answer["destination"]) == ("unknown", None)
    assert answer["reason"]
    text, _ = run("lookup", table, "-", typed=code + b"\n")
    assert text.rstrip("\n").isprintable()


def test_standard_input_stands_where_its_dash_stands(table: Path) -> None:
    out, _ = run("lookup", table, "A", "-", "Z", "--json", typed=b"B\nC")
    assert [answer["code"] for answer in objects(out)] == ["A", "B", "C", "Z"]


def test_a_reader_who_has_seen_enough_ends_it_without_a_word(table: Path, tmp_path: Path) -> None:
    (tmp_path / "codes").write_text("RB123456785GB\n" * 20_000)
    argv = [sys.executable, "-m", "sorter", "table", "lookup", str(table), "-"]
    with (
        (tmp_path / "codes").open("rb") as codes,
        subprocess.Popen(
            argv, stdin=codes, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as asked,
    ):
        assert asked.stdout is not None
        assert asked.stderr is not None
        assert asked.stdout.readline().startswith(b"'RB123456785GB' -> BE-SOUTH")
        asked.stdout.close()
        assert asked.stderr.read() == b""
    assert asked.returncode == 1


def test_a_closed_standard_input_is_a_usage_error(table: Path) -> None:
    command = '"$0" -m sorter table lookup "$1" - <&-'
    argv = ["sh", "-c", command, sys.executable, str(table)]
    asked = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert asked.stderr == "sorter: standard input is closed; name the codes\n"


def test_nothing_asked_is_a_usage_error(table: Path) -> None:
    run("lookup", table, code=2)


def test_a_table_is_loaded_into_the_store_of_the_config_and_listed(
    table: Path, tmp_path: Path, box_config: Path
) -> None:
    config = ("--config", box_config)
    assert run("list", *config)[0] == ""
    (loaded,) = objects(run("load", table, *config, "--json")[0])
    store = TableStore(tmp_path / "state" / "store")
    assert [str(stored.path) for stored in store.tables()] == [loaded["path"]]
    (listed,) = objects(run("list", *config, "--json")[0])
    assert listed == loaded | {"active_on": []}
    CliRunner().invoke(plan_app, ["init", str(tmp_path / "plan.toml")])
    store.load_plan(tmp_path / "plan.toml", "line-1")
    store.activate("line-1", "example@1")
    assert "active on line-1" in run("list", *config)[0]
    (tmp_path / "state" / "store" / "active" / "line-1.json").write_text("?")
    out, error = run("list", *config)
    assert "example@1" in out
    assert "line-1.json" in error


def test_a_table_that_was_cut_is_not_loaded(table: Path, box_config: Path) -> None:
    table.write_bytes(table.read_bytes()[:-1])
    run("load", table, "--config", box_config, code=1)
    run("load", table, "--config", table.parent / "none.toml", code=2)
