"""`parcels.csv` is read by native code in chunks, and means what the row-by-row model says.

Whatever bytes are in it, and wherever the chunks are cut.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sorter.table import parcels as parcels_file
from sorter.table import row_file
from sorter.table.parcels import read_parcels
from sorter.table.problems import KEPT_PROBLEMS, Problems, Severity
from tests.support.exact_rows import rows_of, table_of
from tests.support.examples import examples
from tests.table.parcels_model import COLUMNS, Judged, judge
from tests.table.sources import DESTINATIONS

NAMES = [name.encode() for name in DESTINATIONS]

codes = st.sampled_from([b"A1", b"B2", b"C 3", b"RB123456785GB", b"", b"a,b", b'q"q', b"\0", b"\r"])
codes |= st.binary(max_size=60)
destinations = st.sampled_from([*NAMES, b"WEST", b"NORTH ", b""])
parcels = st.sampled_from([b"", b"", b"p", b"q", b"\xfc", b"x" * 49])
line_ends = st.sampled_from([b"\n", b"\r\n", b"\r\r\n", b"\n\n", b"\r"])


def quoted(field: bytes) -> bytes:
    return b'"' + field.replace(b'"', b'""') + b'"'


fields = {"barcode": codes, "destination": destinations, "parcel": parcels}


@st.composite
def rows(draw: st.DrawFn, columns: tuple[str, ...]) -> bytes:
    written = [draw(fields[column]) for column in columns]
    if draw(st.booleans()):
        written = [quoted(field) if draw(st.booleans()) else field for field in written]
    return b",".join(written) + draw(line_ends)


hostile_lines = st.one_of(
    st.binary(max_size=40),
    st.integers(1020, 1030).map(lambda size: b"A" * size + b"\n"),
    st.integers(1000, 4000).map(lambda size: b"A1,NORTH" + b"\0" * size),
    st.sampled_from([b'"\n', b'""\n', b'"A1",NORTH"\n', b'"A1"\r,NORTH\n', b",,,,\n", b"\r", b","]),
    st.text('",\r\nA N', max_size=20).map(str.encode),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    columns = draw(st.permutations(COLUMNS[: draw(st.integers(2, 3))]).map(tuple))
    header = ",".join(columns).encode() + draw(st.sampled_from([b"\n", b"\r\n"]))
    lines = draw(st.lists(rows(columns) | hostile_lines, max_size=12))
    content = header + b"".join(lines)
    return content.removesuffix(b"\n") if draw(st.booleans()) else content


def read_in_chunks(path: Path, content: bytes, size: int) -> tuple[dict[bytes, int], Problems]:
    """The destination number of each code, and all that is said, read in chunks of `size`."""
    path.write_bytes(content)
    problems = Problems()
    with mock.patch.object(row_file, "_CHUNK_BYTES", size):
        read = read_parcels(path, DESTINATIONS, problems)
    found = {code: row[0] for code, row in rows_of(table_of(read)).items()}
    return found, problems


def assert_as_the_model(path: Path, content: bytes, size: int) -> None:
    found, problems = read_in_chunks(path, content, size)
    judged: Judged = judge(content, NAMES)
    assert found == {code: NAMES.index(row.destination) for code, row in judged.rows.items()}
    for severity in ("error", "warning"):
        said = Counter(one for one in judged.said if one.severity == severity)
        assert problems.count(severity) == said.total()
        if said.total() <= KEPT_PROBLEMS:
            kept = [one for one in problems.kept if one.severity == severity]
            assert Counter((one.row, one.column, one.severity) for one in kept) == said
    assert [one.row for one in problems.kept] == sorted(one.row or 0 for one in problems.kept)


@settings(max_examples=examples(200), deadline=None)
@given(content=files(), size=st.integers(1, 60) | st.just(1 << 18))
@example(content=b"barcode,destination\n" + b"A" * 1030, size=7)
@example(content=b'barcode,destination\n"A1",NORTH\r\r\n"B2",NORTH\r', size=1)
def test_any_file_cut_anywhere_means_what_the_model_says(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, size: int
) -> None:
    assert_as_the_model(tmp_path_factory.getbasetemp() / "parcels.csv", content, size)


@pytest.mark.parametrize(
    "line", [b"A 1,WEST,\xff\n", b"A 1,NORTH,p\n", b"B2,NORTH,q\n", b'"A",b"c\n', b"A\n"]
)
def test_a_flood_is_counted_to_the_last_one(tmp_path: Path, line: bytes) -> None:
    content = b"barcode,destination,parcel\nB2,SOUTH,p\n" + line * 1000
    assert_as_the_model(tmp_path / "parcels.csv", content, 1 << 18)


def test_the_first_rows_of_a_flood_are_those_that_are_named(tmp_path: Path) -> None:
    content = b"barcode,destination\n" + b"".join(
        b"A%d,WEST\nA,NORTH\n" % number for number in range(200)
    )
    _, problems = read_in_chunks(tmp_path / "parcels.csv", content, 1 << 18)
    floods: list[tuple[Severity, int, int]] = [("error", 2, 200), ("warning", 5, 199)]
    for severity, first, count in floods:
        named = [one.row for one in problems.kept if one.severity == severity]
        assert named == list(range(first, first + 2 * KEPT_PROBLEMS, 2))
        assert problems.count(severity) == count


def test_of_too_many_parcels_the_first_ones_are_held_against_each_other(tmp_path: Path) -> None:
    names = ("p", "q", "r", "s", "p", "q", "r")
    content = b"barcode,destination,parcel\n" + b"".join(
        b"A%d,%s,%s\n" % (number, NAMES[number // 4], name.encode())
        for number, name in enumerate(names)
    )
    with mock.patch.object(parcels_file, "MOST_PARCELS", 2):
        _, problems = read_in_chunks(tmp_path / "parcels.csv", content, 1 << 18)
    assert [(one.row, one.severity) for one in problems.kept] == [
        *((6, "warning"), (7, "warning"), (None, "note")),
    ]
    assert problems.kept[-1].found == "3 rows of parcels after the first 2"
