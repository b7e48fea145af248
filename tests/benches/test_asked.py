"""Rounds ask for codes of the table, or for near misses by turns, and never for the same again."""

import numpy as np
import pytest

from benches.asked import Rows, draw_rows
from benches.peers.plain_dict import DictPeer
from benches.prefixes import draw_prefixed, draw_prefixes

ASKED = 500


@pytest.fixture(scope="module")
def rows() -> Rows:
    return draw_rows(4000, 1, ASKED)


@pytest.fixture(scope="module")
def book(rows: Rows) -> dict[bytes, int]:
    return dict(zip(rows.codes.tolist(), rows.destinations.tolist(), strict=True))


def test_hits_are_in_the_table(rows: Rows, book: dict[bytes, int]) -> None:
    codes, answers = rows.round("all hits", 1)
    assert [book[code] for code in codes.tolist()] == answers.tolist()


def test_every_second_code_of_half_misses_is_in_no_table(
    rows: Rows, book: dict[bytes, int]
) -> None:
    for turn in range(10):
        codes, answers = rows.round("half misses", turn)
        assert [book.get(code, -1) for code in codes.tolist()] == answers.tolist()
        assert (answers[1::2] == -1).all()
        assert (answers[::2] >= 0).all()


def test_rounds_ask_for_other_codes_until_all_were_asked_for(rows: Rows) -> None:
    rounds = [set(rows.round("all hits", turn)[0].tolist()) for turn in range(4000 // ASKED)]
    assert len(set().union(*rounds)) == 4000


def test_what_the_benches_count_as_the_bytes_of_a_dict_is_more_than_its_text() -> None:
    codes = np.array([b"LP%014d" % number for number in range(1000)])
    peer = DictPeer(dict.fromkeys(codes.tolist(), 1))
    assert peer.stored_bytes > 1000 * (16 + 33)


def test_prefixes_are_different_and_of_mixed_length() -> None:
    prefixes = draw_prefixes(5000, 1)
    assert len(set(prefixes.tolist())) == 5000
    assert set(map(len, prefixes.tolist())) == {5, 6, 7, 8, 9}


def test_most_codes_begin_with_a_prefix_and_some_do_not() -> None:
    prefixes = draw_prefixes(5000, 1)
    starts = tuple(prefixes.tolist())
    codes = draw_prefixed(prefixes, 2000, 2).tolist()
    assert {len(code) for code in codes} == {18}
    found = sum(code.startswith(starts) for code in codes)
    assert 0.85 * 2000 < found < 0.95 * 2000
