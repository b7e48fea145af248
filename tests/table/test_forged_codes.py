"""The exact part of a file, forged behind right checksums: refused by section and reason.

Nothing in it can lead a search out of the file, not even when somebody writes into the file after
it was checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sorter._native import CodeTable, RowSorter
from sorter.table import RoutingTable, TableFileError
from sorter.table.file_format import EXACT_SECTIONS
from tests.support.exact_rows import rows_of
from tests.table.forging import forged, sections_of
from tests.table.sources import compiled

NAMES = ("NORTH", "SOUTH", "EAST", "CUSTOMS")
NUMBERS, OTHERS = 150_000, 400

OVERFLOW, CHOICE = np.uint64(1 << 63), np.uint64(1 << 62)
MARK = np.uint64((1 << 62) - (1 << 16))

CODES = [
    *(b"%014d" % (number * 7919) for number in range(NUMBERS)),
    *(b"P-%d" % number for number in range(OTHERS)),
    *(b"text %d" % number for number in range(OTHERS)),
]

Words = NDArray[np.uint64]
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with rows of every kind, some of each in their alternate line, and parcel groups."""
    path = compiled(
        tmp_path_factory.mktemp("sound"),
        parcels="barcode,destination\n" + "".join(f"{name},{name}\n" for name in NAMES),
        prefixes="kind,prefix,destination\npostcode,BE4,NORTH\n",
    )
    rows = RowSorter()
    numbers = np.arange(len(CODES))
    rows.add_batch(CODES, (numbers % 4).astype(np.uint16), numbers.astype(np.uint32))
    rows.sort()
    return forged(path.read_bytes(), **{name: b"".join(part) for name, part in rows.sections()})


@pytest.fixture(scope="module")
def parts(sound: bytes) -> Parts:
    return sections_of(sound)


def words_of(part: bytes) -> Words:
    return np.frombuffer(bytearray(part), np.uint64)


def rows_in(words: Words, kind: str) -> Iterator[int]:
    """Where the first words of rows are."""
    for at in np.flatnonzero(words & MARK).tolist():
        if kind != "packed" or at % 8 < 4:
            yield at


def empty_in(words: Words, kind: str) -> int:
    free = np.flatnonzero((words & MARK) == 0).tolist()
    return int(next(at for at in free if kind != "packed" or at % 8 < 4))


def refused(sound: bytes, **changed: bytes | Words) -> tuple[str, str]:
    """The section and the reason a forged file is refused for."""
    content = forged(sound, **{name: bytes(part) for name, part in changed.items()})
    with pytest.raises(TableFileError) as error:
        RoutingTable(memoryview(content))
    return error.value.section, error.value.reason


def test_the_sound_file_answers_for_every_kind(sound: bytes) -> None:
    with RoutingTable(memoryview(sound)) as table:
        assert table.lookup_batch(CODES).tolist() == [row % 4 for row in range(len(CODES))]
        assert table.find_row(CODES[-1]) == (len(CODES) - 1) << 16 | (len(CODES) - 1) % 4


KINDS = pytest.mark.parametrize("kind", ["number", "packed", "text"])


@KINDS
@pytest.mark.parametrize("written", [1, 1 << 62])
def test_an_empty_slot_that_holds_something(
    sound: bytes, parts: Parts, kind: str, written: int
) -> None:
    words = words_of(parts[f"{kind}_lines"])
    words[empty_in(words, kind)] |= np.uint64(written)
    section, reason = refused(sound, **{f"{kind}_lines": words})
    assert (section, reason) == (f"{kind}_lines", "a slot without a row holds something")


def test_an_empty_packed_slot_whose_second_word_holds_something(sound: bytes, parts: Parts) -> None:
    words = words_of(parts["packed_lines"])
    words[empty_in(words, "packed") + 4] = np.uint64(1)
    section, reason = refused(sound, packed_lines=words)
    assert section == "packed_lines"
    assert "a slot without a row holds something" in reason


@KINDS
def test_a_destination_that_there_is_not(sound: bytes, parts: Parts, kind: str) -> None:
    words = words_of(parts[f"{kind}_lines"])
    at = next(rows_in(words, kind))
    words[at] = words[at] & ~np.uint64(0xFFFF) | np.uint64(4)
    assert refused(sound, **{f"{kind}_lines": words}) == (
        f"{kind}_lines",
        "a destination number is out of range",
    )


@KINDS
def test_a_row_in_its_alternate_line_that_its_home_does_not_announce(
    sound: bytes, parts: Parts, kind: str
) -> None:
    words = words_of(parts[f"{kind}_lines"])
    assert np.count_nonzero(words & CHOICE), "some row lies in its alternate line"
    for at in range(len(words)):
        if kind != "packed" or at % 8 < 4:
            words[at] &= ~OVERFLOW
    section, reason = refused(sound, **{f"{kind}_lines": words})
    assert section == f"{kind}_lines"
    assert reason.endswith("a row in its alternate line is not announced in its home line")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda words, at: (words[at] & ~np.uint64(1 << 16), words[at + 4]), id="even"),
        pytest.param(lambda words, at: (words[at], words[at + 4] | np.uint64(7 << 61)), id="high"),
        pytest.param(
            lambda words, at: (words[at] & ~MARK | np.uint64(1 << 16), np.uint64(0)), id="none"
        ),
        pytest.param(lambda words, at: (words[at], np.uint64(1)), id="a gap"),
    ],
)
def test_a_packed_code_that_there_cannot_be(
    sound: bytes, parts: Parts, change: Callable[[Words, int], tuple[np.uint64, np.uint64]]
) -> None:
    words = words_of(parts["packed_lines"])
    at = next(rows_in(words, "packed"))
    words[at], words[at + 4] = change(words, at)
    section, reason = refused(sound, packed_lines=words)
    assert section == "packed_lines"
    assert reason.endswith("a row is for a code that there can't be")


def packed_words(first: int, second: int) -> tuple[int, int]:
    """Both words of a slot for a packed code of such words, for any destination."""
    mark = (first << 1 | 1) & (1 << 46) - 1
    return mark << 16, (first >> 45) << 53 | second


def in_base_38(code: str) -> int:
    value = 0
    for symbol in code.ljust(10):
        value = value * 38 + " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-".index(symbol)
    return value


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(in_base_38("1234567890"), in_base_38("1"), id="letter by letter"),
        pytest.param(38**10, 5, id="kept as a number"),
        pytest.param(38**10 + (1 << 11), 0, id="of 65 bits"),
        pytest.param(38**10 + (1 << 11) - 1, (1 << 53) - 1, id="of no shape"),
    ],
)
def test_a_packed_number_that_nobody_would_ask_for(
    sound: bytes, parts: Parts, first: int, second: int
) -> None:
    words = words_of(parts["packed_lines"])
    at = next(rows_in(words, "packed"))
    words[at], words[at + 4] = packed_words(first, second)
    section, reason = refused(sound, packed_lines=words)
    assert section == "packed_lines"
    assert reason.endswith("a row is for a code that there can't be")


@pytest.mark.parametrize(
    ("at", "value"), [(0, 0), (0, 49), (0, 255), (1, 0x1F), (1, 0x7F), (2, 0xFF), (2, 0)]
)
def test_a_text_that_there_cannot_be(sound: bytes, parts: Parts, at: int, value: int) -> None:
    texts = bytearray(parts["texts"])
    texts[at] = value
    section, reason = refused(sound, texts=bytes(texts))
    assert section == "text_lines"
    assert reason == "line 0: a row is for a code that there can't be"


def test_the_last_text_reaches_past_the_end(sound: bytes, parts: Parts) -> None:
    section, reason = refused(sound, texts=parts["texts"][:-1])
    assert section == "text_lines"
    assert reason.endswith("a row is for a code that there can't be")


@pytest.mark.parametrize("kind", ["packed", "text"])
def test_rows_that_lie_in_another_line(sound: bytes, parts: Parts, kind: str) -> None:
    words = words_of(parts[f"{kind}_lines"])
    if kind == "packed":
        lines = words.reshape(-1, 8)
        lines[[0, 1]] = lines[[1, 0]]
    else:
        # A text stays the next one when its row is moved to the line before.
        at = next(
            at for at in rows_in(words, kind) if at and at % 8 == 0 and not words[at - 1] & MARK
        )
        words[at - 1] |= words[at] & ~OVERFLOW
        words[at] &= OVERFLOW
    section, reason = refused(sound, **{f"{kind}_lines": words.tobytes(), f"{kind}_groups": b""})
    assert section == f"{kind}_lines"
    assert "a row lies in neither of its two lines" in reason


@pytest.mark.parametrize("kind", ["packed", "text"])
def test_a_row_said_to_be_in_its_alternate_line_when_it_is_not(
    sound: bytes, parts: Parts, kind: str
) -> None:
    words = words_of(parts[f"{kind}_lines"])
    words[next(rows_in(words, kind))] ^= CHOICE
    section, reason = refused(sound, **{f"{kind}_lines": words})
    assert section == f"{kind}_lines"
    assert "a row lies in neither of its two lines" in reason


@pytest.mark.parametrize("bit", [16, 25, 26, 40, 61])
def test_a_row_that_leads_to_another_text(sound: bytes, parts: Parts, bit: int) -> None:
    words = words_of(parts["text_lines"])
    words[next(rows_in(words, "text"))] ^= np.uint64(1 << bit)
    section, reason = refused(sound, text_lines=words)
    assert section == "text_lines"
    assert "leads to another place" in reason


def test_texts_that_no_row_leads_to(sound: bytes, parts: Parts) -> None:
    for texts in (parts["texts"] + b"\1A", parts["texts"] + b"\0"):
        section, reason = refused(sound, texts=texts)
        assert section == "texts"
        assert reason.endswith("there are texts that no row leads to")
    alone = {"text_lines": b"", "text_groups": b""}
    head = parts["codes"][:32] + bytes(8)
    assert refused(sound, codes=head, **alone)[0] == "texts"


@KINDS
def test_a_parcel_group_without_a_row(sound: bytes, parts: Parts, kind: str) -> None:
    words = words_of(parts[f"{kind}_lines"])
    at = empty_in(words, kind)
    groups = np.frombuffer(bytearray(parts[f"{kind}_groups"]), np.uint32)
    groups[at // 8 * 4 + at % 8 if kind == "packed" else at] = 1
    section, reason = refused(sound, **{f"{kind}_groups": groups.tobytes()})
    assert (section, reason) == (f"{kind}_groups", "a slot without a row has a parcel group")


@KINDS
@pytest.mark.parametrize("op", [0, 1, 5, 255])
def test_operations_that_do_not_fit_their_slots(
    sound: bytes, parts: Parts, kind: str, op: int
) -> None:
    ops = bytes([op]) * (len(parts[f"{kind}_groups"]) // 4)
    section, reason = refused(sound, **{f"{kind}_ops": ops})
    assert (section, reason) == (f"{kind}_ops", "a slot has an operation that does not fit it")


@pytest.mark.parametrize(("kind", "at"), [("number", 2), ("packed", 3), ("text", 4)])
@pytest.mark.parametrize("by", [-1, 1, 1 << 63])
def test_a_count_of_rows_that_is_not_true(
    sound: bytes, parts: Parts, kind: str, at: int, by: int
) -> None:
    head = words_of(parts["codes"])
    head[at] = np.uint64(int(head[at]) + by & (1 << 64) - 1)
    assert refused(sound, codes=head) == (
        f"{kind}_lines",
        "the number of rows is not the one the head names",
    )


@KINDS
@pytest.mark.parametrize("lines", [1, 3, 1000, 1025, 1536])
def test_lines_that_are_no_whole_regions(sound: bytes, parts: Parts, kind: str, lines: int) -> None:
    for size in (lines * 64, lines * 64 + 63):
        part = (parts[f"{kind}_lines"] * 64)[:size]
        section, reason = refused(sound, **{f"{kind}_lines": part})
        assert (section, reason) == (
            f"{kind}_lines",
            f"{size} bytes are no whole number of regions",
        )


@KINDS
@pytest.mark.parametrize("side", ["groups", "ops"])
def test_what_stands_beside_the_slots_is_as_long_as_they_are(
    sound: bytes, parts: Parts, kind: str, side: str
) -> None:
    for part in (b"\0", parts[f"{kind}_groups"][:-4], parts[f"{kind}_groups"] + bytes(4)):
        section, reason = refused(sound, **{f"{kind}_{side}": part})
        assert section == f"{kind}_{side}"
        assert reason.startswith(f"{len(part)} bytes beside ")


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "0 bytes instead of 40"),
        (bytes(39), "39 bytes instead of 40"),
        (bytes(48), "48 bytes instead of 40"),
    ],
)
def test_a_head_of_another_size(sound: bytes, head: bytes, reason: str) -> None:
    assert refused(sound, codes=head)[0] == "codes"
    assert refused(sound, codes=head)[1].startswith(reason)


@pytest.mark.parametrize("key_bits", [1, 60, 62, 63, 65, 128, 1 << 32, 61 + (1 << 32), 1 << 63])
def test_numbers_of_other_bits(sound: bytes, parts: Parts, key_bits: int) -> None:
    head = words_of(parts["codes"])
    head[1] = np.uint64(key_bits)
    assert refused(sound, codes=head) == ("codes", f"numbers of {key_bits} bits")


def test_numbers_and_their_lines_go_together(sound: bytes, parts: Parts) -> None:
    head = words_of(parts["codes"])
    without = {"number_lines": b"", "number_groups": b""}
    expected = ("codes", "numbers without lines, or lines without numbers")
    assert refused(sound, codes=head, **without) == expected
    head[1] = np.uint64(0)
    assert refused(sound, codes=head) == expected


def test_too_few_lines_for_what_numbers_need(sound: bytes, parts: Parts) -> None:
    head = words_of(parts["codes"])
    fewer = {"number_lines": parts["number_lines"][: 1024 * 64], "number_groups": b""}
    section, reason = refused(sound, codes=head, **fewer)
    assert (section, reason) == ("codes", "too few lines for numbers of 61 bits")
    head[1] = np.uint64(64)
    section, reason = refused(sound, codes=head)
    assert (section, reason) == ("codes", "too few lines for numbers of 64 bits")


def exact_part(parts: Parts) -> dict[str, memoryview]:
    return {name: memoryview(parts[name]) for name in EXACT_SECTIONS}


def use_everything(table: CodeTable, highest: int) -> None:
    """Ask in every way there is: whatever the answer, it is one."""
    asked = [*CODES[:200], *CODES[-2 * OTHERS :], b"P-", b"text", b"0"]
    assert all(-1 <= number <= highest for number in table.find_batch(asked).tolist())
    for code in asked[::9]:
        assert -1 <= table.find(code) <= highest
        assert table.find_row(code) < 1 << 48
    for code in rows_of(table, at_once=50_000):
        assert 1 <= len(code) <= 48


@given(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_noise_is_refused_or_answers_within_the_destinations(
    parts: Parts, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([name for name in EXACT_SECTIONS if parts[name]]))
    part = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 4))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    try:
        table = CodeTable(exact_part(parts) | {name: memoryview(part)}, len(NAMES))
    except ValueError as error:
        found = error.args[0]
    else:
        found = name
        use_everything(table, len(NAMES) - 1)
    assert found in EXACT_SECTIONS


@pytest.mark.parametrize("seed", range(6))
def test_a_file_that_is_written_to_after_its_check_leads_nowhere_else(
    parts: Parts, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    held = {name: bytearray(part) for name, part in parts.items() if name in EXACT_SECTIONS}
    table = CodeTable({name: memoryview(part) for name, part in held.items()}, len(NAMES))
    for part in held.values():
        noise = chance.integers(0, 256, len(part), np.uint8)
        rate = (0.001, 0.1, 1)[seed % 3]
        kept = np.frombuffer(part, np.uint8)
        kept[:] = np.where(chance.random(len(part)) < rate, noise, kept)
    use_everything(table, (1 << 16) - 1)
