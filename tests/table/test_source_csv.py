"""The CSV files of a source as programs write them, and those whose form is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.table.sources import problems_of, table_of, write_source

PARCELS = "barcode,destination\n"


@pytest.mark.parametrize("file", ["parcels", "prefixes", "ranges"])
@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_lacks_its_header(tmp_path: Path, file: str, content: str) -> None:
    write_source(tmp_path, **{file: content})
    problem = next(one for one in problems_of(tmp_path) if one.severity == "error")
    assert (problem.file, problem.row, problem.found) == (f"{file}.csv", 1, "no header")


@pytest.mark.parametrize(
    "content",
    [
        b"barcode,destination\r\nA1,NORTH\r\nB2,SOUTH\r\n",
        b"barcode,destination\nA1,NORTH\nB2,SOUTH",
        b"\n\nbarcode,destination\n\nA1,NORTH\nB2,SOUTH\n\n",
        b'"barcode","destination"\n"A1",NORTH\nB2,"SOUTH"\n',
        b"destination,barcode\nNORTH,A1\nSOUTH,B2\n",
        b"parcel,destination,barcode\n,NORTH,A1\n,SOUTH,B2\n",
    ],
    ids=["crlf", "no last newline", "blank lines", "quotes", "other order", "with parcel"],
)
def test_the_ways_in_which_programs_write_csv_are_all_taken(tmp_path: Path, content: bytes) -> None:
    with table_of(tmp_path, parcels=content) as table:
        assert [table.lookup(code) for code in ("A1", "B2")] == [0, 1]


def test_a_quoted_field_may_hold_a_comma_or_a_quote(tmp_path: Path) -> None:
    with table_of(tmp_path, parcels=PARCELS + '"A,1",NORTH\n"A""2",SOUTH\n') as table:
        assert [table.lookup(code) for code in ("A,1", 'A"2')] == [0, 1]


def test_a_line_of_a_megabyte_is_refused_by_its_limit_and_the_next_one_is_read(
    tmp_path: Path,
) -> None:
    write_source(tmp_path, parcels=PARCELS + "A" * 1_000_000 + ",NORTH\nB2,WEST\n")
    found = problems_of(tmp_path)
    assert [(one.row, one.column) for one in found] == [(2, None), (3, "destination")]
    assert found[0].found == "a line of 1000007 bytes"
    assert found[0].expected == "at most 1024 a line"


@pytest.mark.parametrize(
    ("header", "column", "found"),
    [
        ("barcode", "'destination'", "no such column"),
        ("barcode,destination,weight", "'weight'", "an unknown column"),
        ("barcode,destination,barcode", "'barcode'", "a column twice"),
    ],
)
def test_a_header_with_wrong_columns_is_refused_by_name(
    tmp_path: Path, header: str, column: str, found: str
) -> None:
    write_source(tmp_path, parcels=f"{header}\nA1,NORTH\n")
    (problem,) = problems_of(tmp_path)
    assert (problem.row, problem.column, problem.found) == (1, column, found)
    assert problem.expected == "the header barcode,destination[,parcel]"
