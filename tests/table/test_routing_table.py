"""A compiled routing table as its users meet it: names, batches, closing, the same bytes again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sorter.engine.labels import DEFAULT_FORMATS, read_label
from sorter.table import RoutingTable, compile_table, read_source, write_example_table
from tests.table.sources import DESTINATIONS, HEAD, compiled, parcels_csv, table_of

RANGES = "kind,first,last,destination\npostcode,BE4000,BE4999,SOUTH\npostcode,BE1000,BE1210,NORTH\n"
CODES = {f"CODE{number}": DESTINATIONS[number % 4] for number in range(500)}


def test_a_table_says_what_it_is(tmp_path: Path) -> None:
    path = compiled(tmp_path, parcels=parcels_csv(CODES), ranges=RANGES)
    with RoutingTable.open(path) as table:
        assert (table.name, table.site, table.revision) == ("test-hub", "test-site", 7)
        assert table.destinations == DESTINATIONS
        assert table.formats == DEFAULT_FORMATS
        assert table.home_country == "BE"
        assert len(table) == len(CODES)
        assert table.prefix_count("postcode") == 5
        assert table.prefix_count("barcode") == 0
        assert len(table.digest) == 64


def test_the_same_source_gives_the_same_bytes_and_another_one_another_digest(
    tmp_path: Path,
) -> None:
    files = {"parcels": parcels_csv(CODES), "ranges": RANGES}
    for folder in ("one", "two", "other"):
        (tmp_path / folder).mkdir()
    one, two = (compiled(tmp_path / folder, **files) for folder in ("one", "two"))
    other = compiled(tmp_path / "other", HEAD.replace("= 7", "= 8"), **files)
    assert one.read_bytes() == two.read_bytes()
    assert RoutingTable.open(one).digest != RoutingTable.open(other).digest


def test_the_digest_told_by_the_compiler_is_the_one_in_the_file(tmp_path: Path) -> None:
    source = read_source(tmp_path / write_example_table(tmp_path / "example")[0].parent)
    digest = compile_table(source, tmp_path / "table")
    with RoutingTable.open(tmp_path / "table", check_digest=True) as table:
        assert table.digest == digest


def test_what_stands_in_place_of_a_table_is_replaced_only_by_a_sound_one(tmp_path: Path) -> None:
    path = compiled(tmp_path, parcels=parcels_csv(CODES))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="WEST"):
        compiled(tmp_path, parcels=parcels_csv({"A": "WEST"}))
    assert path.read_bytes() == before


def test_ranges_answer_as_prefixes(tmp_path: Path) -> None:
    with table_of(tmp_path, ranges=RANGES) as table:
        assert table.prefix("postcode", "BE4000") == (1, 3)
        assert table.prefix("postcode", "BE1205") == (0, 5)
        assert table.prefix("postcode", "BE1210") == (0, 6)
        assert table.prefix("postcode", "BE1211") == (-1, 0)
        assert table.prefix("barcode", "BE4000") == (-1, 0)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> RoutingTable:
    prefixes = "kind,prefix,destination\n" + "".join(
        f"barcode,CODE{number},{DESTINATIONS[number % 3]}\n" for number in range(0, 200, 3)
    )
    folder = tmp_path_factory.mktemp("batch")
    return table_of(folder, parcels=parcels_csv(CODES), prefixes=prefixes)


@given(st.lists(st.integers(0, 999).map("CODE{}".format) | st.text(max_size=5), max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_of_any_kind_give_what_single_calls_give(
    table: RoutingTable, codes: list[str]
) -> None:
    exact = [table.lookup(code) for code in codes]
    prefixes = [table.prefix("barcode", code).destination for code in codes]
    known = [DESTINATIONS.index(CODES[code]) if code in CODES else -1 for code in codes]
    assert exact == known
    as_bytes = [code.encode() for code in codes]
    for batch in (codes, tuple(codes), as_bytes, np.array(as_bytes, dtype="S12")):
        assert table.lookup_batch(batch).tolist() == exact
    assert table.prefix_batch("barcode", codes).tolist() == prefixes


def test_answers_go_into_the_callers_array(table: RoutingTable) -> None:
    out = np.full(2, 99, np.int32)
    assert table.lookup_batch(["CODE1", "none"], out) is out
    assert out.tolist() == [1, -1]
    assert table.lookup_batch([]).shape == (0,)


def test_a_strided_array_is_taken_too(table: RoutingTable) -> None:
    codes = np.array(["CODE1", "x", "CODE3", "x"], dtype="S9")
    assert table.lookup_batch(codes[::2]).tolist() == [1, 3]


@pytest.mark.parametrize(
    "out",
    [
        np.empty(3, np.int32),
        np.empty(2, np.int64),
        np.empty(4, np.int32)[::2],
        np.empty((2, 1), np.int32),
        np.frombuffer(bytes(8), np.int32),
    ],
    ids=["size", "type", "stride", "shape", "read-only"],
)
def test_an_array_that_cannot_take_the_answers_is_refused(
    table: RoutingTable, out: np.ndarray[tuple[int], np.dtype[np.int32]]
) -> None:
    with pytest.raises(ValueError, match="writable, contiguous int32"):
        table.lookup_batch(["CODE1", "CODE2"], out)


@pytest.mark.parametrize(
    "codes",
    ["CODE1", b"CODE1", np.array(["CODE1"]), np.array([[b"A"]]), np.array([1]), [None], [1]],
    ids=["str", "bytes", "unicode array", "two dimensions", "numbers", "none", "int"],
)
def test_what_is_no_batch_of_codes_is_refused(table: RoutingTable, codes: object) -> None:
    with pytest.raises(TypeError):
        table.lookup_batch(codes)  # type: ignore[arg-type] # the wrong type is the point


def test_a_closed_table_refuses_to_answer(tmp_path: Path) -> None:
    with table_of(tmp_path, parcels=parcels_csv(CODES)) as opened:
        lookup = opened.lookup
    for ask in (lookup, opened.lookup):
        with pytest.raises(ValueError, match="closed"):
            ask("CODE1")
    with pytest.raises(ValueError, match="closed"):
        opened.lookup_batch(["CODE1"])
    with pytest.raises(ValueError, match="closed"):
        opened.decide(["CODE1"])


def test_every_code_of_the_example_is_sound_and_found(tmp_path: Path) -> None:
    write_example_table(tmp_path / "example")
    source = read_source(tmp_path / "example")
    assert source.problems.kept == ()
    compile_table(source, tmp_path / "table")
    with RoutingTable.open(tmp_path / "table") as opened:
        rows = (tmp_path / "example" / "parcels.csv").read_text().splitlines()[1:]
        assert len(rows) == len(source.parcels) > 0
        for code in (row.split(",")[0] for row in rows):
            assert opened.decide([code]).rule == "exact"
            assert read_label(code, opened.formats).valid
    with pytest.raises(FileExistsError, match=r"table\.toml"):
        write_example_table(tmp_path / "example")
