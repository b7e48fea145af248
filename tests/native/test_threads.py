"""Tables that many threads search at once, and that change or are closed meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from sorter._native import ArrowCodes, CodeTable, PrefixTable
from sorter.table.prefix_list import prefix_list
from tests.support.exact_rows import Codes, destinations_for, sorted_rows, table_of
from tests.support.mixed_codes import CODES, arrow, asked


@pytest.fixture(scope="module")
def table() -> CodeTable:
    return table_of(sorted_rows(CODES))


def test_many_threads_search_one_table(table: CodeTable) -> None:
    codes = asked(1000)
    cells = np.array([code.rstrip(b"\0") for code in codes], "S64")
    forms: list[Codes] = [codes, cells, arrow(codes, 32), arrow(codes, 64)]
    answers = [table.find_batch(form).tolist() for form in forms]
    wrong: list[str] = []

    def search(number: int) -> None:
        for _ in range(50):
            if table.find_batch(forms[number % 4]).tolist() != answers[number % 4]:
                wrong.append("an answer was wrong")

    searchers = [threading.Thread(target=search, args=(number,)) for number in range(8)]
    for searcher in searchers:
        searcher.start()
    for searcher in searchers:
        searcher.join()
    assert wrong == []


def test_offsets_that_change_while_they_are_searched_lead_nowhere_else(table: CodeTable) -> None:
    codes = asked(5000)
    column = arrow(codes, 32)
    sound = column.offsets.copy()
    content = np.frombuffer(b"".join(codes), np.uint8).copy()
    ended = threading.Event()

    def change() -> None:
        chance = np.random.default_rng(1)
        while not ended.is_set():
            column.offsets[:] = chance.integers(-(2**31), 2**31 - 1, len(sound))
            content[:] = chance.integers(0, 256, len(content))
            column.offsets[:] = sound

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(200):
            try:
                answers = table.find_batch(ArrowCodes(column.offsets, content.data))
            except ValueError as error:
                if "lie outside" not in str(error):
                    raise
            else:
                assert answers.min() >= -1
    finally:
        ended.set()
        changer.join()


KEYS = [b"%07d" % number for number in range(20_000)]


def searched_while_it_is_closed(
    find_batch: Callable[[Codes], np.ndarray[tuple[int], np.dtype[np.int32]]],
    close: Callable[[], None],
    expected: list[int],
) -> None:
    """Close a table of KEYS under four searches: each ends with right answers, or hears of it."""
    cells = np.array(KEYS)
    wrong: list[str] = []
    started = threading.Barrier(5)

    def search() -> None:
        started.wait()
        for _ in range(200):
            try:
                out = find_batch(cells)
            except ValueError as error:
                if "closed" not in str(error):
                    wrong.append(str(error))
                return
            if out.tolist() != expected:
                wrong.append("an answer was wrong")
                return

    searchers = [threading.Thread(target=search) for _ in range(4)]
    for searcher in searchers:
        searcher.start()
    started.wait()
    close()
    for searcher in searchers:
        searcher.join()
    assert wrong == []


def test_a_table_of_codes_is_closed_while_it_is_searched() -> None:
    table = table_of(sorted_rows(KEYS))
    searched_while_it_is_closed(table.find_batch, table.close, destinations_for(len(KEYS)).tolist())
    for ask in (table.find, table.find_row, lambda code: table.find_batch([code])):
        with pytest.raises(ValueError, match="closed"):
            ask(b"A")


def test_a_table_of_prefixes_is_closed_while_it_is_searched() -> None:
    book = {key: number % 1000 for number, key in enumerate(KEYS)}
    table = PrefixTable(prefix_list(book), 1000)
    searched_while_it_is_closed(table.longest_batch, table.close, list(book.values()))
    for ask in (table.find, table.longest):
        with pytest.raises(ValueError, match="closed"):
            ask(b"A")
    with pytest.raises(ValueError, match="closed"):
        table.entries()
