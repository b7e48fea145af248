"""What ranges compile to answers as their rows say, and no smaller set of prefixes does."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter.table.fewest import fewest_prefixes
from sorter.table.ranges import prefixes_of

WIDTH = 3
DIGITS = [b"%d" % digit for digit in range(10)]
CODES = [b"X%03d" % number for number in range(10**WIDTH)]
PLACES = [b"X" + b"".join(some) for length in range(4) for some in product(DIGITS, repeat=length)]

Book = Mapping[bytes, int]

cuts = st.lists(st.integers(0, 10**WIDTH), min_size=2, max_size=12, unique=True).map(sorted)
decades = st.lists(st.integers(0, 100).map(lambda number: 10 * number), min_size=2, max_size=30)
destinations = st.integers(-1, 2)


@st.composite
def ranges(draw: st.DrawFn) -> dict[bytes, int]:
    """Ranges side by side as the prefixes that each of them folds into; -1 leaves a hole."""
    bounds = sorted(set(draw(cuts | decades)))
    ranged = {}
    for low, end in pairwise(bounds):
        number = draw(destinations)
        if number >= 0:
            for prefix in prefixes_of(b"X%03d" % low, b"X%03d" % (end - 1)):
                ranged[prefix] = number
    return ranged


@st.composite
def sources(draw: st.DrawFn) -> tuple[dict[bytes, int], dict[bytes, int]]:
    """Listed rows and ranges that contradict each other nowhere, as a sound source has them."""
    ranged = draw(ranges())
    listed = draw(st.dictionaries(st.sampled_from(PLACES), st.integers(0, 2), max_size=12))
    listed = {prefix: ranged.get(prefix, number) for prefix, number in listed.items()}
    return listed, ranged


def answer(book: Book, code: bytes) -> int:
    lengths = [length for length in range(1, len(code) + 1) if code[:length] in book]
    return book[code[: lengths[-1]]] if lengths else -1


def fewest_by_trying(listed: Book, ranged: Book) -> int:
    """The size of the smallest set, by trying for each beginning to have it or not."""

    @cache
    def sure(place: bytes) -> int:
        """The one destination that ranges have for every code that begins so; -1 for none."""
        if any(place[:length] in ranged for length in range(1, len(place))):
            return -1
        if place in ranged:
            return ranged[place]
        if len(place) > WIDTH:
            return -1
        found = {sure(place + digit) for digit in DIGITS}
        return found.pop() if len(found) == 1 else -1

    @cache
    def cost(place: bytes, around: int) -> int:
        """For the codes that begin with `place`, when `around` answers for what has no prefix."""
        if place in listed:
            return below(place, listed[place], place in ranged)
        if place in ranged:
            return below(place, ranged[place], True) + (around != ranged[place])
        without = below(place, around, False)
        if sure(place) < 0:
            return without
        return min(without, 1 + below(place, sure(place), False))

    @cache
    def below(place: bytes, around: int, named: bool) -> int:
        # Below a range's own prefix no other range of these lies.
        if named or len(place) > WIDTH:
            return 0
        return sum(cost(place + digit, around) for digit in DIGITS)

    return cost(b"X", -1)


@given(sources())
def test_every_code_has_the_destination_it_had(
    source: tuple[dict[bytes, int], dict[bytes, int]],
) -> None:
    listed, ranged = source
    fewest = fewest_prefixes(listed, ranged)
    assert not fewest.keys() & listed.keys()
    before, after = {**ranged, **listed}, {**fewest, **listed}
    assert [answer(after, code) for code in CODES] == [answer(before, code) for code in CODES]


@given(sources())
def test_no_smaller_set_of_prefixes_does(
    source: tuple[dict[bytes, int], dict[bytes, int]],
) -> None:
    listed, ranged = source
    assert len(fewest_prefixes(listed, ranged)) == fewest_by_trying(listed, ranged)


@given(ranges())
def test_a_code_that_was_cut_short_has_a_destination_only_where_all_that_go_on_have_it(
    ranged: dict[bytes, int],
) -> None:
    fewest = fewest_prefixes({}, ranged)
    for place in PLACES:
        found = answer(fewest, place)
        if found >= 0:
            going_on = [code for code in CODES if code.startswith(place)]
            assert {answer(ranged, code) for code in going_on} == {found}


@pytest.mark.parametrize(
    ("listed", "ranged", "fewest"),
    [
        ({}, {b"X4%d" % digit: 1 for digit in range(10)}, {b"X4": 1}),
        ({}, {b"%d" % digit: 1 for digit in range(10)}, {b"%d" % digit: 1 for digit in range(10)}),
        ({}, {b"X4": 1, b"X40": 1, b"X41": 2}, {b"X4": 1, b"X41": 2}),
        ({b"X": 1}, {b"X4": 1, b"X5": 2}, {b"X5": 2}),
        ({b"X4": 2}, {b"X4%d" % digit: 1 for digit in range(10)}, 10),
        ({b"X45": 1}, {b"X4%d" % digit: 1 for digit in range(10)}, {b"X4": 1}),
        ({b"X45": 2}, {b"X4": 1}, {b"X4": 1}),
    ],
    ids=[
        "ten make one",
        "no prefix is empty",
        "ranges of other lengths",
        "a listed row says it",
        "a listed row has the place",
        "a listed row is one of the ten",
        "a longer listed row goes first",
    ],
)
def test_what_becomes_of_the_prefixes_of_ranges(
    listed: dict[bytes, int], ranged: dict[bytes, int], fewest: dict[bytes, int] | int
) -> None:
    expected = ranged if fewest == 10 else fewest
    assert fewest_prefixes(listed, ranged) == expected
