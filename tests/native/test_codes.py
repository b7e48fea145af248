"""The native tables of codes against what Python's own dict and startswith say."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter._native import MAX_CODE_LENGTH, CodePool, CodeTable, code_fault

PRINTABLE = [chr(number) for number in range(0x20, 0x7F)]

# Few letters make codes that begin alike, and lengths around the eight bytes of a word.
near_codes = st.text("A0 ", min_size=1, max_size=20)
any_codes = st.text(PRINTABLE, min_size=1, max_size=MAX_CODE_LENGTH)
codes = (near_codes | any_codes).map(str.encode)
destinations = st.integers(0, 2**16 - 1)
books = st.dictionaries(codes, destinations, max_size=200)
questions = st.lists(codes | st.binary(max_size=60), max_size=50)


def table_of(book: dict[bytes, int], parcel: int = 0) -> CodeTable:
    pool = CodePool()
    for row, (code, destination) in enumerate(book.items()):
        assert pool.add(code, destination, parcel, row) == -1
    return CodeTable(*pool.compiled(), 1 << 16)


def longest_prefix(book: dict[bytes, int], code: bytes) -> tuple[int, int]:
    lengths = [len(prefix) for prefix in book if code.startswith(prefix)]
    return (book[code[: max(lengths)]], max(lengths)) if lengths else (-1, 0)


@given(books, questions)
def test_a_table_answers_like_a_dict(book: dict[bytes, int], asked: list[bytes]) -> None:
    table = table_of(book)
    assert len(table) == len(book)
    for code in [*book, *asked, *(code[:-1] for code in book), *(code + b"0" for code in book)]:
        assert table.find(code) == book.get(code, -1)


@given(books, questions)
def test_the_longest_prefix_is_the_one_a_search_of_all_finds(
    book: dict[bytes, int], asked: list[bytes]
) -> None:
    table = table_of(book)
    for code in [*asked, *(code + b"A0" for code in book)]:
        assert table.longest(code) == longest_prefix(book, code)


@given(books, questions)
def test_a_batch_gives_what_one_call_a_code_gives(
    book: dict[bytes, int], asked: list[bytes]
) -> None:
    table = table_of(book)
    # An array pads with NULs, so it cannot tell a code from one with NULs behind it.
    everything = [code.rstrip(b"\0") for code in (*book, *asked)]
    for ask, ask_batch in (
        (table.find, table.find_batch),
        (lambda code: table.longest(code)[0], table.longest_batch),
    ):
        expected = [ask(code) for code in everything]
        out = np.empty(len(everything), np.int32)
        ask_batch(tuple(everything), out)
        assert out.tolist() == expected
        cells = np.array(everything, dtype="S64").view(np.uint8).reshape(-1, 64)
        out = np.empty(len(everything), np.int32)
        ask_batch(cells, out)
        assert out.tolist() == expected


def test_text_and_bytes_are_the_same_code_and_text_outside_ascii_is_none() -> None:
    table = table_of({b"RB123456785GB": 4})
    assert table.find("RB123456785GB") == table.find(b"RB123456785GB") == 4
    for foreign in ("RB123456785GB\u00df", "\udcff", "\U0001f4e6", ""):
        assert table.find(foreign) == -1
        assert table.longest(foreign) == (-1, 0)


def test_case_blanks_and_length_count() -> None:
    table = table_of({b"AB": 1, b"AB ": 2, b"ab": 3, b" AB": 4})
    assert [table.find(code) for code in ("AB", "AB ", "ab", " AB", "aB", "AB  ")] == [
        *(1, 2, 3, 4, -1, -1)
    ]


@pytest.mark.parametrize("length", range(1, MAX_CODE_LENGTH + 1))
def test_every_length_is_held_and_each_of_its_characters_counts(length: int) -> None:
    code = bytes(0x21 + number for number in range(length))
    table = table_of({code: length})
    assert table.find(code) == length
    for place in range(length):
        changed = bytearray(code)
        changed[place] ^= 1
        assert table.find(bytes(changed)) == -1


@pytest.mark.parametrize("code", [b"", b"A" * 49, b"A\0", b"A\n", b"\x7f", b"\xc3\xa9"])
def test_what_can_be_no_code_is_refused_with_its_reason(code: bytes) -> None:
    assert code_fault(code) is not None
    with pytest.raises(ValueError, match=code_fault(code)):
        CodePool().add(code, 0, 0, 0)
    assert table_of({b"A": 0}).find(code) == -1


def test_every_printable_character_can_be_in_a_code() -> None:
    assert all(code_fault(character.encode()) is None for character in PRINTABLE)


def test_a_pool_names_the_earlier_row_of_a_code_and_leaves_it_as_it_was() -> None:
    pool = CodePool()
    assert pool.add(b"A", 1, 11, 101) == -1
    assert pool.add(b"B", 2, 12, 102) == -1
    assert pool.add(b"A", 3, 13, 103) == 0
    assert len(pool) == 2
    kept = (pool.code(0), pool.destination(0), pool.parcel(0), pool.source_row(0))
    assert kept == (b"A", 1, 11, 101)
    with pytest.raises(IndexError):
        pool.code(2)


def test_destination_and_parcel_group_come_back_whole() -> None:
    table = table_of({b"A": 0xFFFF}, parcel=0xFFFFFFFF)
    assert table.find_row(b"A") == (0xFFFFFFFF << 16) | 0xFFFF
    assert table.find_row(b"B") == -1


def test_the_order_of_rows_does_not_change_the_compiled_bytes() -> None:
    rows = [(b"CODE%d" % number, number) for number in range(1000)]
    forwards, backwards = CodePool(), CodePool()
    for code, number in rows:
        forwards.add(code, number, 0, number)
    for code, number in reversed(rows):
        backwards.add(code, number, 0, 0)
    assert forwards.compiled() == backwards.compiled()


def test_an_empty_table_holds_nothing() -> None:
    table = table_of({})
    assert len(table) == 0
    assert table.find(b"A") == -1
    assert table.longest(b"A") == (-1, 0)


def test_what_is_no_code_at_all_is_a_type_error() -> None:
    table = table_of({b"A": 1})
    out = np.empty(2, np.int32)
    for wrong in (None, 7, bytearray(b"A")):
        with pytest.raises(TypeError):
            table.find(wrong)  # type: ignore[arg-type] # the wrong type is the point
        with pytest.raises(TypeError):
            table.find_batch((b"A", wrong), out)  # type: ignore[arg-type] # as above


def test_answers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="out holds 1 answers for 2 codes"):
        table_of({}).find_batch((b"A", b"B"), np.empty(1, np.int32))


def test_a_closed_table_says_so_and_running_searches_finish_on_it() -> None:
    book = {b"%07d" % number: number % 1000 for number in range(20_000)}
    table = table_of(book)
    asked = tuple(book)
    expected = list(book.values())
    wrong: list[str] = []
    started = threading.Barrier(3)

    def search() -> None:
        out = np.empty(len(asked), np.int32)
        started.wait()
        for _ in range(200):
            try:
                table.find_batch(asked, out)
            except ValueError as error:
                if "closed" not in str(error):
                    wrong.append(str(error))
                return
            if out.tolist() != expected:
                wrong.append("an answer was wrong")
                return

    searchers = [threading.Thread(target=search) for _ in range(2)]
    for searcher in searchers:
        searcher.start()
    started.wait()
    table.close()
    for searcher in searchers:
        searcher.join()
    assert wrong == []
    for ask in (table.find, table.find_row, table.longest):
        with pytest.raises(ValueError, match="closed"):
            ask(b"A")


@given(st.data())
def test_a_table_that_is_written_to_after_its_check_may_be_wrong_but_stays_in_its_bounds(
    data: st.DataObject,
) -> None:
    book = {b"%04d" % number: number for number in range(64)}
    pool = CodePool()
    for code, number in book.items():
        pool.add(code, number, 0, 0)
    index, rows = (bytearray(part) for part in pool.compiled())
    table = CodeTable(index, rows, 64)
    bounds = np.frombuffer(index, np.uint64, offset=32)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(bounds) - 1))
        bounds[place] = data.draw(st.integers(0, 2**64 - 1) | st.integers(0, len(rows) + 8))
        rows[data.draw(st.integers(0, len(rows) - 1))] = data.draw(st.integers(0, 255))
    out = np.empty(len(book), np.int32)
    table.find_batch(tuple(book), out)
    assert out.tolist() == [table.find(code) for code in book]
    assert all(-1 <= table.longest(code + b"0")[0] < 2**16 for code in book)
