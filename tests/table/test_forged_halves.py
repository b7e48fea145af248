"""A file that is checked in two halves at once: what is forged in either is found, and where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sorter._native import RowSorter
from sorter.table import RoutingTable, TableFileError
from sorter.table.compile import write_compiled
from sorter.table.head import TableHead
from sorter.table.prefix_list import prefix_list
from tests.table.forging import forged, sections_of

NUMBERS, OTHERS = 150_000, 40_000
CODES = [
    *(b"%014d" % (number * 7919) for number in range(NUMBERS)),
    *(b"P-%d" % number for number in range(OTHERS)),
    *(b"text %d" % number for number in range(OTHERS)),
]
OVERFLOW, CHOICE = np.uint64(1 << 63), np.uint64(1 << 62)
MARK = np.uint64((1 << 62) - (1 << 16))
KINDS = ("number", "packed", "text")

Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Several regions of lines of each kind, too big to be checked by one thread."""
    path = tmp_path_factory.mktemp("sound") / "x.table"
    rows = RowSorter()
    rows.add_batch(CODES, (np.arange(len(CODES)) % 4).astype(np.uint16))
    rows.sort()
    names = ("NORTH", "SOUTH", "EAST", "WEST")
    head = TableHead(name="hub", site="site", revision=1, destinations=names, formats=("s10",))
    write_compiled(path, "table", head, rows, [prefix_list({}), prefix_list({})])
    return path.read_bytes()


@pytest.fixture(scope="module")
def parts(sound: bytes) -> Parts:
    return sections_of(sound)


def refusal(sound: bytes, **changed: bytes) -> tuple[str, str]:
    with pytest.raises(TableFileError) as caught:
        RoutingTable(memoryview(forged(sound, **changed)))
    return caught.value.section, caught.value.reason


def rows_of(part: bytes, kind: str) -> list[int]:
    """Where the first words of the rows of a kind are."""
    words = np.frombuffer(part, np.uint64) & MARK
    if kind == "packed":
        words = words.reshape(-1, 8).copy()
        words[:, 4:] = 0
    return np.flatnonzero(words).tolist()


def test_every_row_of_both_halves_is_found(sound: bytes) -> None:
    with RoutingTable(memoryview(sound)) as table:
        assert table.lookup_batch(CODES).tolist() == [row % 4 for row in range(len(CODES))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [0, 0.49, 0.51, -1])
def test_a_destination_that_there_is_not_is_found_in_each_half(
    sound: bytes, parts: Parts, kind: str, place: float
) -> None:
    name = f"{kind}_lines"
    rows = rows_of(parts[name], kind)
    words = np.frombuffer(bytearray(parts[name]), np.uint16)
    words[4 * rows[int(place * len(rows)) if place >= 0 else -1]] = 4
    found = refusal(sound, **{name: words.tobytes()})
    assert found == (name, "a destination number is out of range")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [0, 0.49, 0.51, -1])
def test_a_row_that_lies_where_nobody_looks_is_found_in_each_half(
    sound: bytes, parts: Parts, kind: str, place: float
) -> None:
    name = f"{kind}_lines"
    words = np.frombuffer(bytearray(parts[name]), np.uint64)
    rows = rows_of(parts[name], kind)
    if kind == "number":
        # Other numbers then, and none of them looked for in its alternate line.
        words &= ~(OVERFLOW | CHOICE)
    else:
        rows = [at for at in rows if not words[at] & CHOICE]
    at = rows[int(place * len(rows)) if place >= 0 else -1]
    words[at] |= CHOICE
    section, reason = refusal(sound, **{name: words.tobytes()})
    assert section == name
    assert reason.startswith(f"line {at // 8}: ")
    assert ("not announced" if kind == "number" else "in neither") in reason


@pytest.mark.parametrize("lost", [0.1, 0.9])
def test_texts_follow_one_another_over_the_middle(sound: bytes, parts: Parts, lost: float) -> None:
    """Each half has its own texts in order, but they are not those of one list."""
    texts = parts["texts"]
    at = 0
    while at < lost * len(texts):
        at += 1 + texts[at]
    length = 1 + texts[at]
    section, reason = refusal(sound, texts=texts[:at] + texts[at + length :])
    assert section == "text_lines"
    assert "another place" in reason or "can't be" in reason


def test_the_second_half_does_not_begin_where_the_first_ends(sound: bytes, parts: Parts) -> None:
    """A text that no row leads to, between those of the two halves."""
    name = "text_lines"
    words = np.frombuffer(bytearray(parts[name]), np.uint64)
    middle = len(words) // 8 // 2 // 1024 * 1024
    rows = [at for at in rows_of(parts[name], "text") if at >= 8 * middle]
    between = (int(words[rows[0]] & MARK) >> 26) - 1
    words[rows] += np.uint64(2 << 26)
    texts = parts["texts"]
    lines = words.tobytes()
    found = refusal(sound, texts=texts[:between] + b"\1!" + texts[between:], text_lines=lines)
    assert found == (
        name,
        f"line {middle}: a row leads to another place than that of the next text",
    )


def test_damage_is_told_before_what_came_of_it(sound: bytes, tmp_path: Path) -> None:
    """The head is read while checksums are still being held against what they are of."""
    damaged = bytearray(sound)
    damaged[sound.index(b'"name"') + 1] ^= 1
    path = tmp_path / "x.table"
    path.write_bytes(damaged)
    with pytest.raises(TableFileError) as caught:
        RoutingTable.open(path)
    assert (caught.value.section, caught.value.path) == ("head", path)
    assert "its checksum does not match" in caught.value.reason
    assert len(sound) > 1 << 20
