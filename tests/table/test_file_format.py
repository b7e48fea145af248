"""The container of a compiled file: every byte of it is held to something."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter._native import crc32c
from sorter.table import TableFileError
from sorter.table.file_format import (
    SECTION_NAMES,
    FileKind,
    copy_sections,
    read_preamble,
    read_sections,
    write_sections,
)
from tests.table.forging import LIST_END, PREAMBLE, RECORD, resealed

CONTENT = {name: name.encode() * number for number, name in enumerate(SECTION_NAMES)}


def written(content: dict[str, bytes] = CONTENT, kind: FileKind = "table") -> bytes:
    file = BytesIO()
    write_sections(file, kind, ((name, (part,)) for name, part in content.items()))
    return file.getvalue()


SOUND = written()


def refusal(content: bytes, *, check_digests: bool = False) -> TableFileError:
    with pytest.raises(TableFileError) as caught:
        read_sections(memoryview(content), "table", check_digests=check_digests)
    return caught.value


def read(content: bytes, kind: FileKind = "table") -> dict[str, bytes]:
    _, sections = read_sections(memoryview(content), kind, check_digests=True)
    return {name: bytes(part) for name, part in sections.items()}


def with_bytes(place: int, value: bytes) -> bytes:
    changed = bytearray(SOUND)
    changed[place : place + len(value)] = value
    return resealed(changed)


def place_of(section: str, field: int = 0) -> int:
    """Where a section's record is: name 0, offset 24, size 32, checksum 40, 0 44, digest 48."""
    return PREAMBLE.size + RECORD.size * SECTION_NAMES.index(section) + field


def test_what_is_written_is_read_and_a_copy_is_the_same() -> None:
    assert read(SOUND) == CONTENT
    assert resealed(SOUND) == SOUND
    copy = BytesIO()
    assert copy_sections(memoryview(SOUND), copy) == read_preamble(memoryview(SOUND)).digest
    assert copy.getvalue() == SOUND


@given(st.data())
def test_the_pieces_a_section_comes_in_leave_no_trace(data: st.DataObject) -> None:
    parts = {name: data.draw(st.lists(st.binary(max_size=80))) for name in SECTION_NAMES}
    file = BytesIO()
    digest = write_sections(file, "delta", iter(parts.items()))
    whole = {name: b"".join(pieces) for name, pieces in parts.items()}
    assert file.getvalue() == written(whole, "delta")
    assert read(file.getvalue(), "delta") == whole
    assert read_preamble(memoryview(file.getvalue())).digest == digest


def test_a_section_can_come_as_numbers() -> None:
    numbers = memoryview(struct.pack("<4Q", 1, 2, 3, 4)).cast("Q", (2, 2))
    file = BytesIO()
    write_sections(file, "table", [(name, [numbers, numbers]) for name in SECTION_NAMES])
    assert set(read(file.getvalue()).values()) == {2 * bytes(numbers)}


@pytest.mark.parametrize(
    "names", [SECTION_NAMES[:-1], (*SECTION_NAMES, "more"), SECTION_NAMES[::-1]]
)
def test_other_sections_than_the_format_has_are_not_written(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer|expected head"):
        write_sections(BytesIO(), "table", ((name, ()) for name in names))


def test_a_file_whose_writing_broke_off_is_no_table() -> None:
    file = BytesIO()
    last = {SECTION_NAMES[-1]: ("no buffer",)}
    parts = {name: (part,) for name, part in CONTENT.items()} | last
    with pytest.raises(TypeError):
        write_sections(file, "table", parts.items())  # type: ignore[arg-type]  # the break
    assert "no compiled routing table" in refusal(file.getvalue()).reason


def test_every_flipped_bit_is_found() -> None:
    content = bytearray(SOUND)
    for place in range(len(content)):
        for bit in range(8):
            content[place] ^= 1 << bit
            refusal(bytes(content))
            content[place] ^= 1 << bit
    assert read(bytes(content)) == CONTENT


def test_a_file_cut_short_anywhere_is_refused() -> None:
    for length in range(len(SOUND)):
        found = refusal(SOUND[:length])
        assert found.section == "preamble"
        assert f"after {length} bytes" in found.reason


def test_a_file_that_goes_on_is_refused_even_if_its_preamble_says_so() -> None:
    for more in range(1, 130):
        assert f"{len(SOUND) + more} bytes, {len(SOUND)}" in refusal(SOUND + bytes(more)).reason
        longer = with_bytes(16, struct.pack("<Q", len(SOUND) + more)) + bytes(more)
        assert refusal(longer).section == SECTION_NAMES[-1]


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (0, b"\x89PNG\r\n\x1a\n", "no compiled routing table"),
        (8, struct.pack(">I", 0x01020304), "big-endian"),
        (8, struct.pack("<I", 7), "byte order"),
        (12, struct.pack("<I", 1), "format version 1; this sorter reads 2"),
        (12, struct.pack("<I", 3), "format version 3; this sorter reads 2"),
        (16, struct.pack("<Q", 1 << 60), "was cut short"),
        (24, struct.pack("<H", 0), "its kind, number 0,"),
        (24, struct.pack("<H", 3), "its kind, number 3,"),
        (26, struct.pack("<H", 3), "number of sections"),
    ],
)
def test_a_foreign_preamble_is_refused_by_name(place: int, value: bytes, reason: str) -> None:
    found = refusal(with_bytes(place, value))
    assert found.section == "preamble"
    assert reason in found.reason


def test_a_table_and_a_delta_are_not_taken_for_one_another() -> None:
    assert refusal(written(kind="delta")).reason == "this is a delta, not a table"
    with pytest.raises(TableFileError, match="this is a table, not a delta"):
        read_sections(memoryview(SOUND), "delta")
    relabelled = with_bytes(24, struct.pack("<H", 2))
    assert read_preamble(memoryview(relabelled)).digest != read_preamble(memoryview(SOUND)).digest


@pytest.mark.parametrize("field", [24, 32])
@pytest.mark.parametrize("value", [0, 1, 2**32, 2**63, 2**64 - 1])
def test_a_section_that_lies_elsewhere_is_refused(field: int, value: int) -> None:
    found = refusal(with_bytes(place_of(SECTION_NAMES[2], field), struct.pack("<Q", value)))
    assert found.section in SECTION_NAMES[2:4]


@pytest.mark.parametrize(
    ("field", "value"), [(0, b"X"), (23, b"X"), (44, b"\1"), (47, b"\x80"), (40, b"\0\0\0\0")]
)
def test_a_record_that_says_something_else_is_refused(field: int, value: bytes) -> None:
    found = refusal(with_bytes(place_of(SECTION_NAMES[3], field), value))
    assert found.section == SECTION_NAMES[3]


@pytest.mark.parametrize("number", range(len(SECTION_NAMES) - 1))
def test_swapped_records_are_refused(number: int) -> None:
    changed = bytearray(SOUND)
    start = PREAMBLE.size + number * RECORD.size
    records = changed[start : start + 2 * RECORD.size]
    changed[start : start + 2 * RECORD.size] = records[RECORD.size :] + records[: RECORD.size]
    assert refusal(resealed(changed)).section == SECTION_NAMES[number]


def test_another_content_is_another_digest() -> None:
    def swapped(content: dict[str, bytes]) -> dict[str, bytes]:
        one, other = SECTION_NAMES[1:3]
        return content | {one: content[other], other: content[one]}

    def moved(content: dict[str, bytes]) -> dict[str, bytes]:
        one, other = SECTION_NAMES[1:3]
        return content | {one: content[one] + content[other][:1], other: content[other][1:]}

    changes: list[Callable[[dict[str, bytes]], dict[str, bytes]]] = [swapped, moved]
    files = [SOUND, written(kind="delta"), *(written(change(CONTENT)) for change in changes)]
    assert len({read_preamble(memoryview(file)).digest for file in files}) == len(files)


def test_a_forged_section_is_found_by_its_digest_when_that_is_asked_for() -> None:
    name = SECTION_NAMES[4]
    offset = struct.unpack_from("<Q", SOUND, place_of(name, 24))[0]
    changed = bytearray(SOUND)
    changed[offset] ^= 1
    forged = crc32c(bytes(changed[offset : offset + len(CONTENT[name])]))
    changed[place_of(name, 40) : place_of(name, 44)] = struct.pack("<I", forged)
    content = resealed(changed)
    read_sections(memoryview(content), "table")
    found = refusal(content, check_digests=True)
    assert (found.section, "digest" in found.reason) == (name, True)


def test_a_digest_that_is_not_that_of_the_list_is_refused() -> None:
    changed = bytearray(SOUND)
    changed[40] ^= 1
    changed[28:32] = bytes(4)
    changed[28:32] = struct.pack("<I", crc32c(changed[:LIST_END]))
    found = refusal(bytes(changed))
    assert (found.section, "digest" in found.reason) == ("preamble", True)
