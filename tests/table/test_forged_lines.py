"""Lines of a file, forged behind right checksums: refused by section and reason."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sorter.table import RoutingTable
from tests.table.forged_lines import (
    CHOICE,
    CODES,
    KINDS,
    MARK,
    OVERFLOW,
    Parts,
    Words,
    empty_in,
    refused,
    rows_in,
    words_of,
)


def test_the_sound_file_answers_for_every_kind(sound: bytes) -> None:
    with RoutingTable(memoryview(sound)) as table:
        assert table.lookup_batch(CODES).tolist() == [row % 4 for row in range(len(CODES))]
        assert table.find_row(CODES[-1]) == (len(CODES) - 1) << 16 | (len(CODES) - 1) % 4


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
