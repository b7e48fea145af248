"""Codes that are numbers come back as they were written, and nothing like them is found.

A table keeps numbers as such when there are enough of them: near ones (below 2**61) from about
113,000 rows on, far ones from about 900,000. The same questions are asked of all three.
"""

from __future__ import annotations

import random
import string
import struct
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter._native import CodeTable
from tests.support.exact_rows import destinations_for, rows_of, sections_of, sorted_rows, table_of

NEAR, FAR = 61, 64
ROWS = {0: 0, NEAR: 130_000, FAR: 910_000}

SHAPES = tuple(product(range(6), range(1, 23), range(4)))


def written(before: int, digits: int, behind: int, chance: random.Random) -> str:
    letters = "".join(chance.choices(string.ascii_uppercase, k=before + behind))
    number = "".join(chance.choices(string.digits, k=digits))
    return letters[:before] + number + letters[before:]


def edges_of(before: int, digits: int, behind: int) -> set[str]:
    """The first and the last code of a shape, and some between them."""
    chance = random.Random(before * 1000 + digits * 10 + behind)
    return {
        "A" * before + "0" * digits + "A" * behind,
        "Z" * before + "9" * digits + "Z" * behind,
        "A" * before + "0" * (digits - 1) + "1" + "Z" * behind,
        "Z" * before + "00" + "9" * (digits - 2) + "A" * behind if digits > 1 else "0",
        *(written(before, digits, behind, chance) for _ in range(3)),
    }


EDGES = sorted(code for shape in SHAPES for code in edges_of(*shape))


class Known:
    """A table of one regime with all the edges in it, and what is in it as a dict."""

    def __init__(self, key_bits: int) -> None:
        serials = np.random.default_rng(key_bits).choice(10**9, ROWS[key_bits], replace=False)
        many = np.array([b"RB%09dGB" % serial for serial in serials], "S30")
        codes = np.concatenate([np.array(EDGES, "S30"), many])
        codes = np.unique(codes)
        rows = sorted_rows(codes)
        sections = sections_of(rows)
        (self.key_bits,) = struct.unpack_from("<8xQ", sections["codes"])
        self.codes = codes
        self.table: CodeTable = table_of(rows)
        self.book = dict(zip(codes.tolist(), destinations_for(len(codes)).tolist(), strict=True))


@pytest.fixture(scope="module", params=ROWS, ids=["no numbers", "near numbers", "far numbers"])
def known(request: pytest.FixtureRequest) -> Known:
    return Known(request.param)


def test_each_regime_is_the_one_meant(known: Known, request: pytest.FixtureRequest) -> None:
    assert known.key_bits == request.node.callspec.params["known"]


def test_every_shape_is_found_by_itself_and_in_batches(known: Known) -> None:
    answers = destinations_for(len(known.codes)).tolist()
    assert known.table.find_batch(known.codes).tolist() == answers
    for code in EDGES:
        assert known.table.find(code) == known.table.find(code.encode())
        assert known.table.find(code) == known.book[code.encode()]


def test_every_code_comes_back_character_for_character(known: Known) -> None:
    rows = rows_of(known.table, at_once=100_000)
    assert {code: row[0] for code, row in rows.items()} == known.book


def look_alikes(code: str, chance: random.Random) -> list[str]:
    at = chance.randrange(len(code))
    return [
        code + "0",
        "0" + code,
        code + "A",
        "A" + code,
        code[:-1],
        code[1:],
        code.lower(),
        f" {code}",
        f"{code} ",
        f"{code}\0",
        f"{code[:at]}\0{code[at:]}",
        f"{code[:at]}\0{code[at + 1 :]}",
        *(code[:at] + other + code[at + 1 :] for other in "09AZaz:/@[`-\x10\x7f"),
        code[:at] + chr(ord(code[at]) ^ 0x80) + code[at + 1 :],
    ]


def test_nothing_that_only_looks_like_a_code_is_found(known: Known) -> None:
    chance = random.Random(5)
    asked = [alike for code in EDGES for alike in look_alikes(code, chance)]
    expected = [known.book.get(alike.encode("latin-1"), -1) for alike in asked]
    assert expected.count(-1) > len(asked) * 0.8
    assert [known.table.find(alike.encode("latin-1")) for alike in asked] == expected
    in_batch = [alike.encode("latin-1") for alike in asked]
    assert known.table.find_batch(in_batch).tolist() == expected


def test_a_wrong_check_digit_is_another_code(known: Known) -> None:
    for code in random.Random(3).sample(sorted(known.book), 2000):
        for digit in range(10):
            changed = code[:-3] + b"%d" % digit + code[-2:]
            assert known.table.find(changed) == known.book.get(changed, -1)


numbers = st.builds(
    lambda shape, seed: written(shape[0], shape[1], shape[2], random.Random(seed)),
    st.sampled_from(SHAPES),
    st.integers(0, 10**6),
)


@given(st.dictionaries(numbers, st.integers(0, 2**16 - 1), max_size=60), st.lists(numbers))
def test_a_small_table_of_numbers_answers_like_a_dict(
    book: dict[str, int], asked: list[str]
) -> None:
    destinations = np.array([*book.values()], np.uint16)
    table = table_of(sorted_rows([code.encode() for code in book], destinations))
    for code in [*book, *asked]:
        assert table.find(code) == book.get(code, -1)
    assert {code.decode(): row[0] for code, row in rows_of(table).items()} == book


@given(st.data())
def test_whatever_is_asked_is_answered_like_a_dict(known: Known, data: st.DataObject) -> None:
    code = data.draw(numbers | st.text(string.digits + "AZaz ", max_size=30))
    assert known.table.find(code) == known.book.get(code.encode(), -1)


def test_all_numbers_have_room_in_64_bits_and_the_near_ones_in_61() -> None:
    near = [(0, range(1, 19), 0), (2, range(1, 10), 2), (2, range(1, 16), 0)]
    near += [(1, range(1, 15), 0), (3, range(1, 14), 0), (4, range(1, 12), 0)]
    far = [
        (1, range(15, 17), 0),
        (3, range(14, 15), 0),
        (4, range(12, 13), 0),
        (0, range(19, 20), 0),
    ]

    def codes(shapes: list[tuple[int, range, int]]) -> int:
        return sum(
            26 ** (before + behind) * sum(10**count for count in digits)
            for before, digits, behind in shapes
        )

    twenty_digits_from_00 = 10**18
    assert 1 + codes(near) < 2**NEAR
    assert 1 + codes(near) + codes(far) + twenty_digits_from_00 < 2**FAR
