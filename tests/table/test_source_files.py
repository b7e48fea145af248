"""A source's folder as disks and people leave it: wrong things in the place of its files.

Also what one run finds in a source where much is wrong at once.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sorter.table import SourceError, compile_table, read_plan, read_source, source_bytes
from tests.table.sources import HEAD, problems_of, write_source

PARCELS = "barcode,destination\n"
RANGES = "kind,first,last,destination\n"


def found_in(folder: Path) -> list[tuple[str, int | None, str | None, str]]:
    """File, row, column and what was found there."""
    return [(one.file, one.row, one.column, one.found) for one in problems_of(folder)]


def test_a_head_that_is_no_good_does_not_hide_what_is_wrong_with_the_rows(tmp_path: Path) -> None:
    write_source(
        tmp_path,
        head=HEAD.replace("revision = 7", 'revision = "7"'),
        parcels=PARCELS + "A1,NORTH\nA1,SOUTH\nB2,WEST\n",
        prefixes="kind,prefix,destination\npostcode,BE,WEST\n",
        ranges=RANGES + "barcode,10,30,NORTH\nbarcode,20,40,WEST\n",
    )
    assert found_in(tmp_path) == [
        ("table.toml", 4, "revision", "'7'"),
        ("parcels.csv", 3, "barcode", "'A1', which row 2 has already with another destination"),
        ("parcels.csv", 4, "destination", "'WEST'"),
        ("prefixes.csv", 2, "destination", "'WEST'"),
        ("ranges.csv", 3, "destination", "'WEST'"),
        ("ranges.csv", 3, "first", "'20' to '40', which overlaps row 2"),
    ]


@pytest.mark.parametrize("head", ["", "destinations = 3\n", "= nonsense"])
def test_rows_are_told_apart_by_destinations_that_no_head_names(tmp_path: Path, head: str) -> None:
    write_source(tmp_path, head=head, parcels=PARCELS + "A1,NORTH\nA1,SOUTH\nB2,WEST\n")
    of_rows = [place for place in found_in(tmp_path) if place[0] == "parcels.csv"]
    assert [place[:3] for place in of_rows] == [("parcels.csv", 3, "barcode")]


def test_more_nameless_destinations_than_there_can_be_are_no_crash(tmp_path: Path) -> None:
    rows = "".join(f"A{number},D{number}\n" for number in range((1 << 16) + 10))
    write_source(tmp_path, head="", parcels=PARCELS + rows)
    assert [place[0] for place in found_in(tmp_path)] == ["table.toml"]


def test_a_row_without_destination_is_still_asked_for_its_code(tmp_path: Path) -> None:
    write_source(tmp_path, parcels=PARCELS + "ü,WEST\n")
    columns = [place[2] for place in found_in(tmp_path)]
    assert columns == ["destination", "barcode"]


def test_codes_of_one_parcel_for_two_destinations_are_warned_about(tmp_path: Path) -> None:
    rows = "A1,NORTH,p\nB2,NORTH,q\nB3,SOUTH,p\n"
    write_source(tmp_path, parcels="barcode,destination,parcel\n" + rows)
    (problem,) = problems_of(tmp_path)
    assert (problem.row, problem.column, problem.severity) == (4, "destination", "warning")
    assert problem.found == "'SOUTH' for parcel 'p', not that of row 2"


@pytest.mark.parametrize("name", ["table.toml", "parcels.csv"])
@pytest.mark.parametrize("there", ["folder", "pipe", "dead link", "loop"])
def test_what_is_no_file_is_an_error_and_holds_nobody_up(
    tmp_path: Path, name: str, there: str
) -> None:
    rows = "kind,prefix,destination\npostcode,be,NORTH\n"
    write_source(tmp_path, parcels=PARCELS + "A1,NORTH\n", prefixes=rows)
    path = tmp_path / name
    path.unlink()
    if there == "folder":
        path.mkdir()
    elif there == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / ("nowhere" if there == "dead link" else name))
    said = {
        "folder": "a folder",
        "pipe": "a device or pipe",
        "dead link": "no such file or directory",
        "loop": "too many levels of symbolic links",
    }
    assert [(file, found) for file, _, _, found in found_in(tmp_path)] == [
        (name, said[there]),
        ("prefixes.csv", "'be'"),
    ]
    assert source_bytes(tmp_path) >= len(rows)


def test_a_link_to_a_file_is_as_good_as_the_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(PARCELS + "A1,NORTH\n")
    source = write_source(tmp_path / "source")
    (source / "parcels.csv").symlink_to(tmp_path / "elsewhere")
    assert len(read_source(source).parcels) == 1


def test_rows_in_a_file_that_nobody_reads_are_warned_about(tmp_path: Path) -> None:
    write_source(tmp_path, parcels=PARCELS + "A1,NORTH\n", parcel="", Ranges=RANGES)
    (tmp_path / "notes.txt").write_text("as you like")
    assert [place[0] for place in found_in(tmp_path)] == ["Ranges.csv", "parcel.csv"]
    assert read_source(tmp_path).problems.count("warning") == 2


@pytest.mark.parametrize(
    ("text", "row", "found"),
    [
        (HEAD + "revision 8\n", 7, "\"Expected '=' after a key in a key/value pair\""),
        (HEAD.encode() + b"# L\xfcttich\n", 7, "the byte 0xfc, which is no UTF-8"),
        (HEAD + "x = " + "9" * 5000, None, "a number that is too long"),
        (HEAD + "x = " + "[" * 20_000, None, "brackets in brackets without end"),
        (HEAD + "\0", 7, "'Invalid statement'"),
    ],
    ids=["no equals sign", "latin-1", "long number", "deep brackets", "NUL"],
)
def test_what_is_no_toml_is_told_with_its_row(
    tmp_path: Path, text: str | bytes, row: int | None, found: str
) -> None:
    write_source(tmp_path, parcels=PARCELS + "A1,NORTH\n")
    (tmp_path / "table.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    assert found_in(tmp_path) == [("table.toml", row, None, found)]


@pytest.mark.parametrize(
    "value", ["0x" + "F" * 5000, "[" + "1, " * 10_000 + "]", '"' + "y" * 9999 + '"']
)
def test_a_value_is_never_longer_in_a_message_than_a_line(tmp_path: Path, value: str) -> None:
    write_source(tmp_path, head=HEAD.replace("= 7", f"= {value}"), parcels=PARCELS + "A1,NORTH\n")
    (problem,) = problems_of(tmp_path)
    assert (problem.row, problem.column) == (4, "revision")
    assert len(problem.found) < 120


def test_no_message_holds_anything_that_a_terminal_could_obey(tmp_path: Path) -> None:
    head = HEAD + '"\\u001b[31m" = 1\n"key\\u0007" = "x"\n'
    write_source(tmp_path, head=head, parcels=PARCELS + "\x1b[2J,\x1b[1m\n")
    assert len(problems_of(tmp_path)) == 4
    assert all(str(problem).isprintable() for problem in problems_of(tmp_path))


def test_a_plan_s_errors_are_told_with_their_rows_too(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        'line = "north"\nrevision = 0\n'
        '[destinations]\nBE = { chutes = [] }\n"SHOP 1" = { chutes = ["C01"], policy = "best" }\n'
        '[destinations.DE]\nchutes = ["C 1"]\n'
        '[fallback]\nno_read = 3\nunknown = "end"\nconflict = "end"\nmisread = "end"\n'
    )
    with pytest.raises(SourceError) as refused:
        read_plan(path)
    assert [(one.row, one.column) for one in refused.value.problems.kept] == [
        (2, "revision"),
        (4, "destinations.BE.chutes"),
        (5, "destinations.SHOP 1.policy"),
        (7, "destinations.DE.chutes"),
        (9, "fallback.no_read"),
        (8, "fallback.overflow"),
    ]


def test_a_table_is_only_ever_written_over_a_file(tmp_path: Path) -> None:
    source = read_source(write_source(tmp_path / "source", parcels=PARCELS + "A1,NORTH\n"))
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "source"):
        with pytest.raises(OSError, match="something else than a file"):
            compile_table(source, tmp_path / name)
    assert (tmp_path / "pipe").is_fifo()
    with pytest.raises(FileNotFoundError) as refused:
        compile_table(source, tmp_path / "nowhere" / "a.table")
    assert refused.value.filename == str(tmp_path / "nowhere" / "a.table")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe", "source"]


def test_a_table_written_to_a_link_goes_where_the_link_leads(tmp_path: Path) -> None:
    source = read_source(write_source(tmp_path / "source", parcels=PARCELS + "A1,NORTH\n"))
    (tmp_path / "current").symlink_to(tmp_path / "real.table")
    compile_table(source, tmp_path / "current")
    assert (tmp_path / "current").is_symlink()
    assert (tmp_path / "real.table").read_bytes().startswith(b"\x93SORTTB\n")
