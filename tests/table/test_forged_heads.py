"""Sizes and counts of an exact part that do not go together: refused by section and reason."""

from __future__ import annotations

import numpy as np
import pytest

from tests.table.forged_lines import KINDS, Parts, refused, words_of


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
