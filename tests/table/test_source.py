"""What people write into a routing table's folder, and what they are told about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sorter.table import read_source
from sorter.table.problems import KEPT_PROBLEMS
from tests.table.sources import HEAD, problems_of, write_source

PREFIXES = "kind,prefix,destination\npostcode,BE,NORTH\n"
PARCELS = "barcode,destination\n"


def said(folder: Path) -> list[tuple[str, int | None, str | None, str]]:
    """File, row, column and severity of all that is said."""
    return [(one.file, one.row, one.column, one.severity) for one in problems_of(folder)]


def test_a_sound_source_has_nothing_said_about_it(tmp_path: Path) -> None:
    source = write_source(tmp_path, parcels=PARCELS + "A1,NORTH\n", prefixes=PREFIXES)
    assert problems_of(source) == []


def test_the_same_code_for_two_destinations_is_an_error_that_names_both_rows(
    tmp_path: Path,
) -> None:
    write_source(tmp_path, parcels=PARCELS + "A1,NORTH\nB2,NORTH\nA1,SOUTH\n")
    (problem,) = problems_of(tmp_path)
    assert str(problem) == (
        "parcels.csv:4: barcode: error: found 'A1', which row 2 has already with another "
        "destination, expected one destination a code"
    )


def test_the_same_code_twice_alike_is_a_warning(tmp_path: Path) -> None:
    write_source(tmp_path, parcels="barcode,destination,parcel\nA1,NORTH,p\nA1,NORTH,p\n")
    assert said(tmp_path) == [("parcels.csv", 3, "barcode", "warning")]
    assert len(read_source(tmp_path).parcels) == 1


def test_the_same_code_for_two_parcels_is_an_error(tmp_path: Path) -> None:
    write_source(tmp_path, parcels="barcode,destination,parcel\nA1,NORTH,p\nA1,NORTH,q\n")
    assert said(tmp_path) == [("parcels.csv", 3, "barcode", "error")]


@pytest.mark.parametrize(
    ("file", "row", "column"),
    [
        ("parcels", "A1,WEST", "destination"),
        ("parcels", "A1,", "destination"),
        ("parcels", "A1, NORTH", "destination"),
        ("parcels", ",NORTH", "barcode"),
        ("parcels", "A\0B,NORTH", "barcode"),
        ("parcels", "A\tB,NORTH", "barcode"),
        ("parcels", "Lüttich,NORTH", "barcode"),
        ("parcels", "A" * 49 + ",NORTH", "barcode"),
        ("parcels", "A1,NORTH,more", None),
        ("parcels", "A1", None),
        ("parcels", 'A1,"NORTH', None),
        ("parcels", 'A1,"NOR"TH', None),
        ("parcels", "A1,NO\rRTH", "destination"),
        ("prefixes", "barcode,,NORTH", "prefix"),
        ("prefixes", "carrier,A1,NORTH", "kind"),
        ("prefixes", "postcode,4000,NORTH", "prefix"),
        ("prefixes", "postcode,BE 4000,NORTH", "prefix"),
        ("prefixes", "postcode,be4000,NORTH", "prefix"),
        ("prefixes", "postcode,BE,WEST", "destination"),
        ("ranges", "barcode,100,1999,NORTH", "last"),
        ("ranges", "barcode,1A,1C,NORTH", "last"),
        ("ranges", "barcode,1A0,2A0,NORTH", "last"),
        ("ranges", "barcode,200,100,NORTH", "last"),
        ("ranges", "barcode,,100,NORTH", "first"),
        ("ranges", "postcode,4000,4999,NORTH", "first"),
        ("ranges", "parcel,4000,4999,NORTH", "kind"),
        ("ranges", "barcode,4000,4999,WEST", "destination"),
    ],
)
def test_a_bad_row_is_named_by_file_row_and_column(
    tmp_path: Path, file: str, row: str, column: str | None
) -> None:
    headers = {
        "parcels": "barcode,destination\n",
        "prefixes": "kind,prefix,destination\n",
        "ranges": "kind,first,last,destination\n",
    }
    write_source(tmp_path, **{file: headers[file] + row + "\n"})
    found = said(tmp_path)
    assert found[0] == (f"{file}.csv", 2, column, "error")


def test_a_blank_in_a_code_is_kept_and_warned_about(tmp_path: Path) -> None:
    write_source(tmp_path, parcels=PARCELS + "A 1,NORTH\n")
    assert said(tmp_path) == [("parcels.csv", 2, "barcode", "warning")]
    assert len(read_source(tmp_path).parcels) == 1


def test_all_errors_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    write_source(
        tmp_path,
        head=HEAD.replace("revision = 7", "revision = 7.5"),
        parcels=PARCELS + "ü,NORTH\n",
        prefixes="kind,prefix,destination\nx,y,NORTH\n",
        ranges="kind,first,last,destination\nbarcode,2,1,NORTH\n",
    )
    assert [place[:3] for place in said(tmp_path)] == [
        ("table.toml", 4, "revision"),
        ("parcels.csv", 2, "barcode"),
        ("prefixes.csv", 2, "kind"),
        ("ranges.csv", 2, "last"),
    ]


def test_a_flood_of_errors_is_capped_and_counted(tmp_path: Path) -> None:
    write_source(tmp_path, parcels=PARCELS + "A1,WEST\n" * 5000)
    source_problems = problems_of(tmp_path)
    assert len(source_problems) == KEPT_PROBLEMS
    with pytest.raises(ValueError, match="and 4900 more errors"):
        read_source(tmp_path)


def test_overlapping_ranges_are_an_error_that_names_both_rows(tmp_path: Path) -> None:
    rows = "postcode,BE4000,BE4999,NORTH\npostcode,BE4500,BE5000,NORTH\n"
    write_source(tmp_path, ranges="kind,first,last,destination\n" + rows)
    (problem,) = problems_of(tmp_path)
    assert (problem.row, problem.column, problem.severity) == (3, "first", "error")
    assert problem.found == "'BE4500' to 'BE5000', which overlaps row 2"


def test_a_prefix_twice_is_judged_by_its_destination(tmp_path: Path) -> None:
    rows = "postcode,BE4,NORTH\npostcode,BE4,NORTH\npostcode,BE4,SOUTH\n"
    write_source(tmp_path, prefixes="kind,prefix,destination\n" + rows)
    assert said(tmp_path) == [
        ("prefixes.csv", 3, "prefix", "warning"),
        ("prefixes.csv", 4, "prefix", "error"),
    ]


def test_a_range_that_folds_into_a_listed_prefix_is_found_out(tmp_path: Path) -> None:
    write_source(
        tmp_path,
        prefixes="kind,prefix,destination\npostcode,BE4,NORTH\n",
        ranges="kind,first,last,destination\npostcode,BE4000,BE4999,SOUTH\n",
    )
    (problem,) = problems_of(tmp_path)
    assert (problem.file, problem.row, problem.severity) == ("ranges.csv", 2, "error")
    assert "prefixes.csv row 2" in problem.found


def test_a_range_that_says_what_a_listed_prefix_says_is_a_warning(tmp_path: Path) -> None:
    write_source(
        tmp_path,
        prefixes="kind,prefix,destination\npostcode,BE4,NORTH\n",
        ranges="kind,first,last,destination\npostcode,BE4000,BE4999,NORTH\n",
    )
    assert said(tmp_path) == [("ranges.csv", 2, "first", "warning")]
    assert read_source(tmp_path).prefixes["postcode"] == {b"BE4": 0}


def test_two_ranges_of_other_lengths_that_fold_into_one_prefix_are_judged_like_rows(
    tmp_path: Path,
) -> None:
    rows = "barcode,4,4,NORTH\nbarcode,4000,4999,NORTH\nbarcode,40000,49999,SOUTH\n"
    write_source(tmp_path, ranges="kind,first,last,destination\n" + rows)
    assert said(tmp_path) == [
        ("ranges.csv", 3, "first", "warning"),
        ("ranges.csv", 4, "first", "error"),
    ]


def test_a_byte_order_mark_is_dropped_and_noted(tmp_path: Path) -> None:
    write_source(tmp_path, head="\ufeff" + HEAD, parcels="\ufeff" + PARCELS + "A1,NORTH\n")
    assert said(tmp_path) == [
        ("table.toml", 1, None, "note"),
        ("parcels.csv", 1, None, "note"),
    ]
    assert len(read_source(tmp_path).parcels) == 1


def test_prefixes_alone_are_a_table_and_nothing_at_all_is_not(tmp_path: Path) -> None:
    assert problems_of(write_source(tmp_path / "prefixes", prefixes=PREFIXES)) == []
    assert [one.found for one in problems_of(write_source(tmp_path / "none"))] == ["no rows"]
    only_headers = write_source(tmp_path / "headers", parcels=PARCELS)
    assert [one.found for one in problems_of(only_headers)] == ["no rows"]


@pytest.mark.parametrize(
    ("line", "replacement", "row", "column"),
    [
        ("revision = 7", "revision = 7.0", 4, "revision"),
        ("revision = 7", 'revision = "7"', 4, "revision"),
        ("revision = 7", "revision = true", 4, "revision"),
        ("revision = 7", "revision = 0", 4, "revision"),
        ("revision = 7", "revision = 9007199254740992", 4, "revision"),
        ("revision = 7", "", None, "revision"),
        ("revision = 7", "revision = 7\nweight = 1", 5, "weight"),
        ("revision = 7", "revision = 7\nformats = []", 5, "formats"),
        ("revision = 7", 'revision = 7\nformats = ["pigeon"]', 5, "formats"),
        ("revision = 7", 'revision = 7\nformats = ["s10", "s10"]', 5, "formats"),
        ('"test-hub"', '"../hub"', 2, "name"),
        ('"test-hub"', '""', 2, "name"),
        ('"test-site"', "1", 3, "site"),
        ('"BE"', '"Belgium"', 6, "home_country"),
        ('"SOUTH"', '"NORTH"', 5, "destinations"),
        ('"SOUTH"', '" SOUTH"', 5, "destinations"),
        ('"SOUTH"', "3", 5, "destinations"),
        ("revision", "= nonsense", 4, None),
    ],
)
def test_a_bad_head_is_named_by_row_and_key(
    tmp_path: Path, line: str, replacement: str, row: int | None, column: str | None
) -> None:
    write_source(tmp_path, head=HEAD.replace(line, replacement), prefixes=PREFIXES)
    assert said(tmp_path) == [("table.toml", row, column, "error")]


@pytest.mark.parametrize("content", ["", "  \n", "\ufeff"])
def test_an_empty_head_is_said_to_be_empty(tmp_path: Path, content: str) -> None:
    write_source(tmp_path, head=content, prefixes=PREFIXES)
    errors = [one for one in problems_of(tmp_path) if one.severity == "error"]
    assert [one.found for one in errors] == ["an empty file"]


def test_a_folder_without_a_head_is_told_so(tmp_path: Path) -> None:
    write_source(tmp_path, prefixes=PREFIXES)
    (tmp_path / "table.toml").unlink()
    assert [one.found for one in problems_of(tmp_path)] == ["no such file or directory"]


def test_progress_tells_every_byte_once(tmp_path: Path) -> None:
    write_source(tmp_path, parcels=PARCELS + "".join(f"A{n},NORTH\n" for n in range(100_000)))
    steps: list[int] = []
    read_source(tmp_path, steps.append)
    assert sum(steps) == (tmp_path / "parcels.csv").stat().st_size
    assert len(steps) > 2


def test_a_parcel_whose_name_can_be_none_is_named_beside_a_bad_code(tmp_path: Path) -> None:
    write_source(tmp_path, parcels="barcode,destination,parcel\nü,NORTH,p\0\nA,NORTH,é\n")
    assert said(tmp_path) == [
        ("parcels.csv", 2, "barcode", "error"),
        ("parcels.csv", 2, "parcel", "error"),
        ("parcels.csv", 3, "parcel", "error"),
    ]
