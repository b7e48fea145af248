"""`delta.toml` and `changes.csv`: what is wrong in them is named with file, row and column."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from sorter._native import crc32c
from sorter.table import Delta, RoutingTable, compile_delta, read_delta_source
from tests.table.deltas import changes_csv, compiled_delta, delta_problems, write_delta
from tests.table.sources import parcels_csv, table_of


@pytest.fixture
def table(tmp_path: Path) -> RoutingTable:
    return table_of(tmp_path, parcels=parcels_csv({"A": "NORTH", "B": "SOUTH"}))


def found_in(folder: Path) -> list[tuple[int | None, str | None, str]]:
    return [(one.row, one.column, one.found) for one in delta_problems(folder)]


def test_a_sound_delta_says_what_it_changes(table: RoutingTable, tmp_path: Path) -> None:
    changes = [
        ("add", "code", "C", "EAST", "P1"),
        ("replace", "code", "A", "SOUTH"),
        ("delete", "code", "B"),
        ("expire", "code", "gone already"),
        ("add", "postcode", "BE4", "NORTH"),
        ("add", "barcode", "00", "SOUTH"),
    ]
    delta = Delta.open(compiled_delta(tmp_path / "delta", table, changes), check_digest=True)
    none = dict.fromkeys(("add", "replace", "delete", "expire"), 0)
    assert delta.counts() == {
        "code": dict.fromkeys(none, 1),
        "barcode": none | {"add": 1},
        "postcode": none | {"add": 1},
    }
    assert (delta.head.base, delta.head.parent) == (table.digest, table.digest)
    assert delta.codes.find_row("C") == crc32c(b"P1") << 16 | 2
    assert delta.prefixes["postcode"].entries() == [(b"BE4", 0, 1)]


@pytest.mark.parametrize(
    ("change", "column", "found"),
    [
        (("drop", "code", "C"), "op", "'drop'"),
        (("add", "parcel", "C", "NORTH"), "kind", "'parcel'"),
        (("add", "code", "", "NORTH"), "key", "'': empty"),
        (("add", "code", "\t", "NORTH"), "key", "'\\t': a character that is not printable ASCII"),
        (("add", "code", "x" * 49, "NORTH"), "key", f"'{'x' * 49}': 49 characters"),
        (("add", "postcode", "be4000", "NORTH"), "key", "'be4000'"),
        (("add", "code", "C", "MARS"), "destination", "'MARS'"),
        (("add", "code", "C"), "destination", "''"),
        (("delete", "code", "C", "NORTH"), "destination", "'NORTH'"),
        (("expire", "barcode", "C", "NORTH"), "destination", "'NORTH'"),
        (("add", "code", "C", "NORTH", "p\x7f"), "parcel", None),
        (("add", "barcode", "C", "NORTH", "P1"), "parcel", "'P1'"),
        (("delete", "code", "C", "", "P1"), "parcel", "'P1'"),
    ],
)
def test_a_bad_row_is_named_with_its_column(
    table: RoutingTable, tmp_path: Path, change: Sequence[str], column: str, found: str | None
) -> None:
    changes = [("delete", "code", "A"), change, ("delete", "code", "B")]
    ((row, found_column, found_text),) = found_in(write_delta(tmp_path / "d", table, changes))
    assert (row, found_column) == (3, column)
    assert found in (None, found_text)


@pytest.mark.parametrize("kind", ["code", "barcode", "postcode"])
def test_a_key_twice_is_an_error_that_names_both_rows(
    table: RoutingTable, tmp_path: Path, kind: str
) -> None:
    changes = [
        ("add", kind, "BE1", "NORTH"),
        ("add", kind, "BE2", "NORTH"),
        ("delete", kind, "BE1"),
    ]
    found = found_in(write_delta(tmp_path / "d", table, changes))
    assert found == [(4, "key", "'BE1', which row 2 has already")]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("site", 7),
        ("revision", 0),
        ("base", "12"),
        ("parent", "Z" * 64),
        ("destinations", []),
        ("formats", ["sscc"]),
    ],
)
def test_a_bad_head_is_named_by_its_key(
    table: RoutingTable, tmp_path: Path, key: str, value: object
) -> None:
    folder = write_delta(tmp_path / "d", table, [("delete", "code", "A")], head={key: value})
    (problem,) = delta_problems(folder)
    assert (problem.file, problem.column) == ("delta.toml", key)


def test_all_that_is_wrong_is_told_at_once(table: RoutingTable, tmp_path: Path) -> None:
    folder = write_delta(tmp_path / "d", table, [("drop", "codes", "")], head={"revision": -1})
    files = {(one.file, one.column) for one in delta_problems(folder)}
    assert files == {("delta.toml", "revision"), ("changes.csv", "op"), ("changes.csv", "kind")}


def test_the_parcel_column_may_be_left_out(table: RoutingTable, tmp_path: Path) -> None:
    folder = write_delta(tmp_path / "d", table, "op,kind,key,destination\nadd,code,C,EAST\n")
    compile_delta(read_delta_source(folder), tmp_path / "x.delta")
    assert table.updated([Delta.open(tmp_path / "x.delta")]).lookup("C") == 2


def test_changes_may_be_packed_but_not_be_there_twice(table: RoutingTable, tmp_path: Path) -> None:
    folder = write_delta(tmp_path / "d", table, "")
    packed = gzip.compress(changes_csv([("delete", "code", "A")]).encode())
    (folder / "changes.csv.gz").write_bytes(packed)
    assert [one.file for one in delta_problems(folder)] == ["changes.csv.gz", "changes.csv"]
    (folder / "changes.csv").unlink()
    assert len(read_delta_source(folder).rows) == 1
    (folder / "changes.csv.gz").write_bytes(packed[:-9])
    assert [one.file for one in delta_problems(folder)] == ["changes.csv.gz"]


def test_a_delta_without_changes_file_is_refused(table: RoutingTable, tmp_path: Path) -> None:
    folder = write_delta(tmp_path / "d", table, "")
    (folder / "changes.csv").unlink()
    (problem,) = delta_problems(folder)
    assert (problem.file, problem.found) == ("changes.csv", "no such file or directory")
