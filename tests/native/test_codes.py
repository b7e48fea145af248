"""The native tables of codes against what Python's own dict and startswith say."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter._native import MAX_CODE_LENGTH, ArrowCodes, CodeTable, RowSorter, code_fault

PRINTABLE = [chr(number) for number in range(0x20, 0x7F)]

# Few letters make codes that begin alike, and lengths around the eight bytes of a word.
near_codes = st.text("A0 ", min_size=1, max_size=20)
any_codes = st.text(PRINTABLE, min_size=1, max_size=MAX_CODE_LENGTH)
codes = (near_codes | any_codes).map(str.encode)
destinations = st.integers(0, 2**16 - 1)
books = st.dictionaries(codes, destinations, max_size=200)
questions = st.lists(codes | st.binary(max_size=60), max_size=50)


def table_of(book: dict[bytes, int], parcel: int = 0) -> CodeTable:
    rows = RowSorter()
    for row, (code, destination) in enumerate(book.items()):
        rows.add(code, destination, parcel, 0, row)
    rows.sort()
    assert rows.duplicate_count == 0
    sections = {name: memoryview(b"".join(chunks)) for name, chunks in rows.sections()}
    return CodeTable(sections, 1 << 16)


@given(books, questions)
def test_a_table_answers_like_a_dict(book: dict[bytes, int], asked: list[bytes]) -> None:
    table = table_of(book)
    assert len(table) == len(book)
    for code in [*book, *asked, *(code[:-1] for code in book), *(code + b"0" for code in book)]:
        assert table.find(code) == book.get(code, -1)


@given(books, questions)
def test_a_batch_gives_what_one_call_a_code_gives(
    book: dict[bytes, int], asked: list[bytes]
) -> None:
    table = table_of(book)
    # An array pads with NULs, so it cannot tell a code from one with NULs behind it.
    everything = [code.rstrip(b"\0") for code in (*book, *asked)]
    expected = [table.find(code) for code in everything]
    offsets = np.cumsum([0, *map(len, everything)])
    content = b"".join(everything)
    for asked_for in (
        everything,
        tuple(everything),
        np.array(everything, dtype="S64"),
        ArrowCodes(offsets.astype(np.int32), content),
        ArrowCodes(offsets.astype(np.int64), bytearray(content)),
    ):
        out = np.empty(len(everything), np.int32)
        assert table.find_batch(asked_for, out) is out
        assert out.tolist() == table.find_batch(asked_for).tolist() == expected


def test_text_and_bytes_are_the_same_code_and_text_outside_ascii_is_none() -> None:
    table = table_of({b"RB123456785GB": 4})
    assert table.find("RB123456785GB") == table.find(b"RB123456785GB") == 4
    for foreign in ("RB123456785GB\u00df", "\udcff", "\U0001f4e6", ""):
        assert table.find(foreign) == -1


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
        RowSorter().add(code, 0)
    assert table_of({b"A": 0}).find(code) == -1


def test_every_printable_character_can_be_in_a_code() -> None:
    assert all(code_fault(character.encode()) is None for character in PRINTABLE)


def test_a_code_that_comes_twice_is_named_with_both_its_rows_and_stays_as_it_was_first() -> None:
    rows = RowSorter()
    for source, (code, destination, group) in enumerate(
        [(b"A", 1, 11), (b"B", 2, 12), (b"A", 3, 11), (b"B", 2, 13), (b"a !", 4, 0), (b"a !", 4, 0)]
    ):
        rows.add(code, destination, group, 0, 100 + source)
    rows.sort()
    assert len(rows) == 3
    different = [(b"A", 102, 100, False, True), (b"B", 103, 101, True, False)]
    alike = [(b"a !", 105, 104, True, True)]
    assert rows.duplicates(10) == different + alike
    assert rows.duplicates(10, alike=False) == different
    assert rows.duplicates(10, alike=True) == alike
    assert rows.duplicates(1) == different[:1]
    assert (rows.duplicate_count, rows.alike_count) == (3, 1)


def test_destination_and_parcel_group_come_back_whole() -> None:
    table = table_of({b"A": 0xFFFF}, parcel=0xFFFFFFFF)
    assert table.find_row(b"A") == (0xFFFFFFFF << 16) | 0xFFFF
    assert table.find_row(b"B") == -1


def test_the_order_of_rows_does_not_change_the_compiled_bytes() -> None:
    rows = [(b"CODE%d" % number, number) for number in range(1000)]
    written = []
    for order in (rows, rows[::-1]):
        sorter = RowSorter()
        for source, (code, number) in enumerate(order):
            sorter.add(code, number, 0, 0, source)
        sorter.sort()
        written.append([(name, b"".join(chunks)) for name, chunks in sorter.sections()])
    assert written[0] == written[1]


def test_an_empty_table_holds_nothing() -> None:
    table = table_of({})
    assert len(table) == 0
    assert table.find(b"A") == -1


def test_what_is_no_code_at_all_is_a_type_error() -> None:
    table = table_of({b"A": 1})
    out = np.empty(2, np.int32)
    for wrong in (None, 7, bytearray(b"A")):
        with pytest.raises(TypeError):
            table.find(wrong)  # type: ignore[arg-type] # the wrong type is the point
        with pytest.raises(TypeError):
            table.find_batch((b"A", wrong), out)  # type: ignore[arg-type] # as above


def test_answers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="2 codes need a writable, contiguous int32 array"):
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
    for ask in (table.find, table.find_row):
        with pytest.raises(ValueError, match="closed"):
            ask(b"A")
