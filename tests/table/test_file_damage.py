"""A compiled file that was damaged or forged is refused by section and reason, and never crashes.

What checksums and digests find is shown with the container they belong to. A forger can make all
of them right, so the forged files here have them right, and must be refused for what they say.
"""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sorter.table import RoutingTable, TableFileError
from sorter.table.file_format import SECTION_NAMES
from tests.support.examples import examples
from tests.table.forging import forged, sections_of
from tests.table.sources import compiled

CODES = {f"JJBE{number:04}": number % 4 for number in range(300)}
ROW_BYTES = 7 + len("JJBE0000")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    names = ("NORTH", "SOUTH", "EAST", "CUSTOMS")
    rows = "".join(f"{code},{names[number]}\n" for code, number in CODES.items())
    path = compiled(
        tmp_path_factory.mktemp("sound"),
        parcels="barcode,destination\n" + rows,
        prefixes="kind,prefix,destination\npostcode,BE4,NORTH\nbarcode,00,SOUTH\n",
    )
    return path.read_bytes()


def answers(content: bytes) -> list[int] | str:
    """What a file answers, or the section it is refused for."""
    try:
        table = RoutingTable(memoryview(content))
    except TableFileError as error:
        return error.section
    found = [table.lookup(code) for code in (*CODES, "JJBE9999", "")]
    return [*found, *table.prefix("postcode", "BE4000"), *table.prefix("barcode", "0042")]


def test_the_sound_file_answers(sound: bytes) -> None:
    expected = [*CODES.values(), -1, -1, 0, 3, 1, 2]
    assert answers(sound) == expected
    assert answers(forged(sound)) == expected
    assert forged(sound) == sound


def test_swapped_sections_are_refused(sound: bytes) -> None:
    parts = sections_of(sound)
    swapped = forged(sound, packed_lines=parts["text_lines"], text_lines=parts["packed_lines"])
    assert answers(swapped) in {"packed_lines", "text_lines"}


@pytest.mark.parametrize("kind", ["barcode", "postcode"])
@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([(b"A", 0), (b"A", 1)], "entry 1: the key does not come after the one before it"),
        ([(b"A", 0), (b"B", 4)], "entry 1: the destination number is out of range"),
        ([(b"\n", 0)], "entry 0: the key has a character that is not printable ASCII"),
    ],
)
def test_a_forged_list_of_prefixes_is_refused_by_its_kind_and_entry(
    sound: bytes, kind: str, entries: list[tuple[bytes, int]], reason: str
) -> None:
    packed = struct.pack("<II", len(entries), 0) + b"".join(
        bytes((len(key),)) + key + struct.pack("<H", number) for key, number in entries
    )
    with pytest.raises(TableFileError, match=reason) as refusal:
        RoutingTable(memoryview(forged(sound, **{f"{kind}_prefixes": packed})))
    assert refusal.value.section == f"{kind}_prefixes"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../../etc"},
        {"revision": -1},
        {"revision": 1.5},
        {"destinations": []},
        {"destinations": ["A", "A", "B", "C"]},
        {"formats": ["pigeon"]},
        {"formats": []},
        {"home_country": "??"},
        {"unknown": 1},
    ],
)
def test_a_forged_head_is_refused(sound: bytes, change: dict[str, object]) -> None:
    head = json.loads(sections_of(sound)["head"]) | change
    assert answers(forged(sound, head=json.dumps(head).encode())) == "head"


@pytest.mark.parametrize("head", [b"", b"{", b"[]", b"\xff\xfe", b"{}", b'"' * 100])
def test_a_head_that_is_none_is_refused(sound: bytes, head: bytes) -> None:
    assert answers(forged(sound, head=head)) == "head"


def test_a_head_is_written_one_way_only(sound: bytes) -> None:
    spaced = json.dumps(json.loads(sections_of(sound)["head"]), indent=1).encode()
    assert answers(forged(sound, head=spaced)) == "head"


@given(st.data())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(300),
    deadline=None,
)
def test_noise_behind_right_checksums_is_refused_or_answers_within_the_table(
    sound: bytes, data: st.DataObject
) -> None:
    parts = sections_of(sound)
    name = data.draw(st.sampled_from([name for name in SECTION_NAMES[1:] if parts[name]]))
    part = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 4))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    found = answers(forged(sound, **{name: bytes(part)}))
    assert isinstance(found, str) or all(-1 <= number < 4 for number in found)
