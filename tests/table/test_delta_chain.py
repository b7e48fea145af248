"""A delta is laid over what it was made for and nothing else; a forged one is refused."""

from __future__ import annotations

import json
import struct
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sorter.table import Delta, RoutingTable, TableFileError
from sorter.table.file_format import EXACT_SECTIONS, SECTION_NAMES, read_sections, write_sections
from tests.support.examples import examples
from tests.table.deltas import compiled_delta
from tests.table.sources import DESTINATIONS, compiled, parcels_csv

PREFIXES = "kind,prefix,destination\npostcode,BE4,NORTH\nbarcode,00,SOUTH\n"
ROWS = {"A": "NORTH", "JJBE0001": "SOUTH", "lower": "EAST"}
CHANGES = [
    ("add", "code", "B", "EAST", "P1"),
    ("replace", "code", "JJBE0001", "NORTH"),
    ("delete", "code", "lower"),
    ("add", "postcode", "BE5", "EAST"),
    ("delete", "barcode", "00"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return compiled(tmp_path, parcels=parcels_csv(ROWS), prefixes=PREFIXES)


@pytest.fixture
def table(path: Path) -> RoutingTable:
    return RoutingTable.open(path)


def test_look_ups_see_the_table_and_its_delta(
    table: RoutingTable, path: Path, tmp_path: Path
) -> None:
    delta = compiled_delta(tmp_path / "d", table, CHANGES, (*DESTINATIONS, "WEST"))
    with RoutingTable.open(path, [delta], check_digest=True) as changed:
        assert [changed.lookup(code) for code in ("A", "B", "JJBE0001", "lower")] == [0, 2, 0, -1]
        assert changed.lookup_batch(["A", "B", "JJBE0001", "lower"]).tolist() == [0, 2, 0, -1]
        assert changed.prefix("postcode", "BE5000") == (2, 3)
        assert changed.prefix("barcode", "0042") == (-1, 0)
        assert changed.decide(["B"]).revision == table.revision + 1
        assert (len(changed), changed.prefix_count("postcode")) == (3, 2)
        assert changed.destinations[-1] == "WEST"
        assert (changed.base, changed.digest) == (table.digest, Delta.open(delta).digest)
    assert [table.lookup(code) for code in ("A", "B", "JJBE0001", "lower")] == [0, -1, 1, 2]
    assert table.prefix("barcode", "0042") == (1, 2)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ({"name": "other"}, "name: found other, expected test-hub"),
        ({"site": "other"}, "site: found other, expected test-site"),
        ({"base": "0" * 64}, "base: found 000000000000..., expected"),
        ({"parent": "0" * 64}, "parent: found 000000000000..., expected"),
        ({"revision": 7}, "revision: found 7, expected more than 7"),
        ({"destinations": ["SOUTH", "NORTH", "EAST"]}, "destinations: found others"),
        ({"destinations": ["NORTH", "SOUTH", "EAST"]}, "destinations: found others"),
    ],
)
def test_a_delta_for_something_else_is_refused_by_name(
    table: RoutingTable, path: Path, tmp_path: Path, head: dict[str, object], reason: str
) -> None:
    delta = compiled_delta(tmp_path / "d", table, CHANGES, head=head)
    with pytest.raises(TableFileError, match=reason) as refusal:
        RoutingTable.open(path, [delta])
    assert (refusal.value.section, refusal.value.path) == ("head", delta)


def test_deltas_in_another_order_are_refused(
    table: RoutingTable, path: Path, tmp_path: Path
) -> None:
    first = compiled_delta(tmp_path / "1", table, CHANGES)
    between = RoutingTable.open(path, [first])
    second = compiled_delta(tmp_path / "2", between, [("add", "code", "C", "EAST")])
    assert len(RoutingTable.open(path, [first, second])) == len(between) + 1
    for wrong in ([second], [second, first], [first, first], [first, second, second]):
        with pytest.raises(TableFileError, match="it is not made for what it is laid over"):
            RoutingTable.open(path, wrong)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("add", "code", "A", "NORTH"), "add 'A', which is there already"),
        (("replace", "code", "B", "NORTH"), "replace 'B', which is not there"),
        (("delete", "code", "B"), "delete 'B', which is not there"),
        (("add", "postcode", "BE4", "NORTH"), "add 'BE4', which is there already"),
        (("replace", "postcode", "BE5", "NORTH"), "replace 'BE5', which is not there"),
        (("delete", "barcode", "BE4"), "delete 'BE4', which is not there"),
    ],
)
def test_a_change_that_does_not_fit_refuses_its_delta(
    table: RoutingTable, path: Path, tmp_path: Path, change: tuple[str, ...], reason: str
) -> None:
    delta = compiled_delta(tmp_path / "d", table, [change, ("expire", "code", "nowhere")])
    with pytest.raises(TableFileError, match=f"1 of its changes don't fit the table: {reason}"):
        RoutingTable.open(path, [delta])


def test_of_many_misfits_the_first_are_named(
    table: RoutingTable, path: Path, tmp_path: Path
) -> None:
    delta = compiled_delta(
        tmp_path / "d", table, [("delete", "code", f"X{number}") for number in range(9)]
    )
    with pytest.raises(
        TableFileError, match=r"9 of its changes .*'X0', .*'X1', .*'X2', .*; \.\.\."
    ):
        RoutingTable.open(path, [delta])


def test_a_later_delta_is_held_against_the_earlier_ones(
    table: RoutingTable, path: Path, tmp_path: Path
) -> None:
    first = compiled_delta(tmp_path / "1", table, CHANGES)
    between = RoutingTable.open(path, [first])
    for number, (change, fits) in enumerate(
        {
            ("add", "code", "B", "NORTH"): False,
            ("replace", "code", "B", "NORTH"): True,
            ("add", "code", "lower", "NORTH"): True,
            ("delete", "code", "lower"): False,
            ("expire", "code", "lower"): True,
            ("add", "barcode", "00", "NORTH"): True,
            ("delete", "barcode", "00"): False,
        }.items()
    ):
        second = compiled_delta(tmp_path / f"2-{number}", between, [change])
        if fits:
            RoutingTable.open(path, [first, second]).close()
            between.updated([Delta.open(second)]).close()
        else:
            with pytest.raises(TableFileError, match="1 of its changes"):
                RoutingTable.open(path, [first, second])
            with pytest.raises(TableFileError, match="1 of its changes"):
                between.updated([Delta.open(second)])


def test_kinds_are_not_mixed_up(table: RoutingTable, path: Path, tmp_path: Path) -> None:
    delta = compiled_delta(tmp_path / "d", table, CHANGES)
    with pytest.raises(TableFileError, match="this is a delta, not a table"):
        RoutingTable.open(delta)
    with pytest.raises(TableFileError, match="this is a table, not a delta"):
        RoutingTable.open(path, [path])


def test_without_a_delta_there_is_nothing_to_update(table: RoutingTable) -> None:
    with pytest.raises(ValueError, match="no delta"):
        table.updated([])


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("sound")
    path = compiled(folder, parcels=parcels_csv(ROWS), prefixes=PREFIXES)
    return compiled_delta(folder / "d", RoutingTable.open(path), CHANGES).read_bytes()


def sections_of(content: bytes) -> dict[str, bytes]:
    _, sections = read_sections(memoryview(content), "delta", check_digests=True)
    return {name: bytes(part) for name, part in sections.items()}


def refusal_of(content: bytes, **changed: bytes) -> TableFileError | None:
    """Why the delta with other sections is refused, every checksum and digest right."""
    kept = BytesIO()
    parts = sections_of(content) | changed
    write_sections(kept, "delta", [(name, [parts[name]]) for name in SECTION_NAMES])
    try:
        Delta(memoryview(kept.getvalue()))
    except TableFileError as error:
        return error
    return None


@pytest.mark.parametrize("kind", ["packed", "text"])
def test_rows_without_a_known_operation_are_refused(sound: bytes, kind: str) -> None:
    ops = sections_of(sound)[f"{kind}_ops"]
    for changed in (b"", ops.translate(bytes(256)), bytes(5 if op else 0 for op in ops)):
        refused = refusal_of(sound, **{f"{kind}_ops": changed})
        assert refused is not None
        assert refused.section.startswith(kind)


def test_what_is_deleted_leads_nowhere(sound: bytes) -> None:
    ops = sections_of(sound)["packed_ops"]
    refused = refusal_of(sound, packed_ops=bytes(3 if op else 0 for op in ops))
    assert refused is not None
    assert "a row that takes a code away has a destination" in refused.reason


@pytest.mark.parametrize(
    ("flags", "op", "number", "reason"),
    [
        (0, b"", 0, "it lists prefixes, not changes"),
        (3, b"\x01", 0, "its flags are none we know"),
        (1, b"", 0, "entry 0: the entry runs over its end"),
        (1, b"\x00", 0, "entry 0: the operation is none we know"),
        (1, b"\x05", 0, "entry 0: the operation is none we know"),
        (1, b"\x03", 1, "entry 0: the operation is none we know, or removes to a destination"),
        (1, b"\x01", 4, "entry 0: the destination number is out of range"),
        (1, b"\x01\x01", 0, "there are bytes after its last entry"),
    ],
)
def test_a_forged_list_of_prefix_changes_is_refused(
    sound: bytes, flags: int, op: bytes, number: int, reason: str
) -> None:
    entries = struct.pack("<II", 1, flags) + b"\x02BE" + struct.pack("<H", number) + op
    refused = refusal_of(sound, postcode_prefixes=entries)
    assert refused is not None
    assert refused.section == "postcode_prefixes"
    assert reason in refused.reason


@pytest.mark.parametrize(
    "change",
    [
        {"base": "x" * 64},
        {"parent": 7},
        {"revision": 0},
        {"destinations": ["A", "A"]},
        {"formats": ["sscc"]},
        {"site": "../.."},
    ],
)
def test_a_forged_delta_head_is_refused(sound: bytes, change: dict[str, object]) -> None:
    head = json.loads(sections_of(sound)["head"]) | change
    text = json.dumps(head, separators=(",", ":")).encode()
    refused = refusal_of(sound, head=text)
    assert refused is not None
    assert refused.section == "head"


def test_a_delta_that_is_passed_off_as_a_table_is_refused(path: Path, sound: bytes) -> None:
    _, sections = read_sections(memoryview(path.read_bytes()), "table")
    of_table = {name: bytes(sections[name]) for name in SECTION_NAMES if name not in EXACT_SECTIONS}
    parts = sections_of(sound) | of_table
    kept = BytesIO()
    write_sections(kept, "table", [(name, [parts[name]]) for name in SECTION_NAMES])
    with pytest.raises(TableFileError, match="a table's rows change nothing"):
        RoutingTable(memoryview(kept.getvalue()))


@given(st.data())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(200),
    deadline=None,
)
def test_noise_behind_right_checksums_is_refused_or_applied_within_the_table(
    sound: bytes, data: st.DataObject
) -> None:
    parts = sections_of(sound)
    name = data.draw(st.sampled_from([name for name in SECTION_NAMES if parts[name]]))
    part = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 4))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    refusal_of(sound, **{name: bytes(part)})
