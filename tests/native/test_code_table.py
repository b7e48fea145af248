"""A table of exact codes answers what Python's own dict answers, whatever the codes are."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter._native import MAX_CODE_LENGTH, CodeTable, RowSorter, code_fault
from tests.support.exact_rows import rows_of, sections_of, table_of

PRINTABLE = [chr(number) for number in range(0x20, 0x7F)]

# Few letters make codes that are alike, and lengths around the eight bytes of a word.
near_codes = st.text("A0 ", min_size=1, max_size=20)
packed_codes = st.text("0123456789ABXYZ-", min_size=1, max_size=22)
any_codes = st.text(PRINTABLE, min_size=1, max_size=MAX_CODE_LENGTH)
codes = (near_codes | packed_codes | any_codes).map(str.encode)
books = st.dictionaries(codes, st.integers(0, 2**16 - 1), max_size=80)
questions = st.lists(codes | st.binary(max_size=60), max_size=30)


class Scanned(str):
    """Text as a subclass keeps it: apart from its object."""

    __slots__ = ()


class Telegram(bytes):
    """Bytes of a class of one's own."""

    __slots__ = ()


def sorted_book(book: dict[bytes, int], group: int = 0) -> RowSorter:
    rows = RowSorter()
    for source, (code, destination) in enumerate(book.items()):
        rows.add(code, destination, group, 0, source)
    rows.sort()
    assert rows.duplicate_count == 0
    return rows


def book_table(book: dict[bytes, int]) -> CodeTable:
    return table_of(sorted_book(book))


@given(books, questions)
def test_a_table_answers_like_a_dict(book: dict[bytes, int], asked: list[bytes]) -> None:
    table = book_table(book)
    assert len(table) == len(book)
    alike = [
        other for code in book for other in (code[:-1], code + b"0", b" " + code, code + b"\0")
    ]
    for code in [*book, *asked, *alike, *(code.swapcase() for code in book)]:
        assert table.find(code) == table.find(Telegram(code)) == book.get(code, -1)


@given(books)
def test_text_of_any_class_is_the_same_code_as_its_bytes(book: dict[bytes, int]) -> None:
    table = book_table(book)
    asked = [code.decode() for code in book]
    expected = list(book.values())
    assert [table.find(code) for code in asked] == expected
    assert [table.find(Scanned(code)) for code in asked] == expected
    assert table.find_batch(asked).tolist() == expected
    assert table.find_batch([Scanned(code) for code in asked]).tolist() == expected


@given(books, st.integers(0, 2**32 - 1))
def test_what_was_put_in_comes_out_and_makes_the_same_bytes_again(
    book: dict[bytes, int], group: int
) -> None:
    rows = sorted_book(book, group)
    table = table_of(rows)
    found = rows_of(table)
    assert found == {code: (destination, group, 0) for code, destination in book.items()}
    again = RowSorter()
    for source, (code, (destination, its_group, op)) in enumerate(found.items()):
        again.add(code, destination, its_group, op, source)
    again.sort()
    assert sections_of(again) == sections_of(rows)


@given(books)
def test_an_export_goes_on_from_any_slot(book: dict[bytes, int]) -> None:
    table = book_table(book)
    whole = rows_of(table)
    assert list(rows_of(table, at_once=3)) == list(whole)
    for start in range(0, 200, 7):
        rest = rows_of(table, start)
        assert list(rest) == list(whole)[len(whole) - len(rest) :]
    assert rows_of(table, 2**64 - 1) == {}


def test_an_export_without_room_stays_where_it_is() -> None:
    columns = (
        np.empty(0, "S48"),
        *(np.empty(0, kind) for kind in (np.uint16, np.uint32, np.uint8)),
    )
    cells, destinations, groups, ops = columns
    assert book_table({b"A": 1}).export(3, cells, destinations, groups, ops) == (0, 3)


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        (0, np.empty(4, "S47")),
        (0, np.empty((4, 1), "S48")),
        (1, np.empty(4, np.int32)),
        (1, np.empty(3, np.uint16)),
        (2, np.empty(8, np.uint32)[::2]),
        (3, np.frombuffer(bytes(4), np.uint8)),
        (3, None),
    ],
)
def test_columns_an_export_cannot_fill_are_refused(at: int, wrong: object) -> None:
    columns: list[object] = [
        np.empty(4, "S48"),
        np.empty(4, np.uint16),
        np.empty(4, np.uint32),
        np.empty(4, np.uint8),
    ]
    columns[at] = wrong
    with pytest.raises(ValueError, match="expected a writable, contiguous array of"):
        book_table({b"A": 1}).export(0, *columns)  # type: ignore[arg-type] # the wrong column is the point


def test_text_outside_ascii_is_no_code() -> None:
    table = book_table({b"RB123456785GB": 4})
    for foreign in ("RB123456785GB\u00df", "\udcff", "\U0001f4e6", "", "\uff21", Scanned("\u00df")):
        assert table.find(foreign) == -1
        assert table.find_batch([foreign]).tolist() == [-1]
    assert table.find(Scanned("A" * 500)) == table.find("A" * 500) == -1


def test_case_blanks_and_length_count() -> None:
    table = book_table({b"AB": 1, b"AB ": 2, b"ab": 3, b" AB": 4})
    assert [table.find(code) for code in ("AB", "AB ", "ab", " AB", "aB", "AB  ")] == [
        *(1, 2, 3, 4, -1, -1)
    ]


@pytest.mark.parametrize("length", range(1, MAX_CODE_LENGTH + 1))
def test_every_length_is_held_and_each_of_its_characters_counts(length: int) -> None:
    for first in (0x21, 0x41 - length // 3):
        code = bytes(first + number for number in range(length))
        table = book_table({code: length})
        assert table.find(code) == length
        for place in range(length):
            changed = bytearray(code)
            changed[place] ^= 1
            assert table.find(bytes(changed)) == -1


@pytest.mark.parametrize("code", [b"", b"A" * 49, b"A\0", b"A\n", b"\x7f", b"\xc3\xa9", b"1\0"])
def test_what_can_be_no_code_is_refused_with_its_reason(code: bytes) -> None:
    fault = code_fault(code)
    assert fault is not None
    with pytest.raises(ValueError, match=fault):
        RowSorter().add(code, 0)
    with pytest.raises(ValueError, match="code 1: there can be no such code"):
        RowSorter().add_batch([b"A", code], np.zeros(2, np.uint16))
    assert book_table({b"A": 0}).find(code) == -1


def test_every_printable_character_can_be_in_a_code() -> None:
    assert all(code_fault(character.encode()) is None for character in PRINTABLE)
    book = {character.encode(): ord(character) for character in PRINTABLE}
    table = book_table(book)
    for number in range(256):
        assert table.find(bytes([number])) == book.get(bytes([number]), -1)


def test_destination_and_parcel_group_come_back_whole() -> None:
    table = table_of(sorted_book({b"A": 0xFFFF, b"1": 0, b"a b": 7}, group=0xFFFFFFFF))
    assert table.find_row(b"A") == (0xFFFFFFFF << 16) | 0xFFFF
    assert table.find_row("1") == 0xFFFFFFFF << 16
    assert table.find_row("a b") == (0xFFFFFFFF << 16) | 7
    assert table.find_row(b"B") == -1


def test_an_empty_table_holds_nothing() -> None:
    table = book_table({})
    assert len(table) == 0
    assert [table.find(code) for code in (b"A", b"1", b"a !")] == [-1, -1, -1]
    assert table.find_batch([]).tolist() == []
    assert rows_of(table) == {}


def test_what_is_no_code_at_all_is_a_type_error() -> None:
    table = book_table({b"A": 1})
    for wrong in (None, 7, bytearray(b"A"), ["A"]):
        with pytest.raises(TypeError, match="a code is bytes or str, not"):
            table.find(wrong)  # type: ignore[arg-type] # the wrong type is the point


def changes(rows: dict[bytes, tuple[int, int]]) -> CodeTable:
    """A table of changes: destination and operation of each code."""
    delta = RowSorter(delta=True)
    for source, (code, (destination, op)) in enumerate(rows.items()):
        delta.add(code, destination, 0, op, source)
    delta.sort()
    return table_of(delta)


ADD, REPLACE, DELETE, EXPIRE = 1, 2, 3, 4
changed_books = st.dictionaries(
    codes, st.tuples(st.integers(0, 2**16 - 1), st.integers(ADD, EXPIRE)), max_size=60
)


@given(books, changed_books, st.data())
def test_an_overlay_is_asked_first(
    book: dict[bytes, int], changed: dict[bytes, tuple[int, int]], data: st.DataObject
) -> None:
    if book:
        shared = data.draw(st.sets(st.sampled_from(sorted(book)), max_size=10))
        changed |= {code: (9, data.draw(st.integers(REPLACE, EXPIRE))) for code in shared}
    overlay = changes(changed)
    table = CodeTable(sections_of(sorted_book(book)), 1 << 16, overlay)
    expected = dict(book)
    for code, (destination, op) in changed.items():
        expected[code] = destination if op in (ADD, REPLACE) else -1
    assert table.find_batch([*expected]).tolist() == list(expected.values())
    assert [table.find(code) for code in expected] == list(expected.values())
    assert {code: (row[0], row[2]) for code, row in rows_of(overlay).items()} == changed


def test_an_overlay_that_is_closed_by_another_holder_still_answers() -> None:
    overlay = changes({b"%06d" % number: (7, ADD) for number in range(20_000)})
    table = CodeTable(sections_of(sorted_book({b"A": 1})), 1 << 16, overlay)
    overlay.close()
    asked = [b"%06d" % number for number in range(20_000)]
    assert table.find_batch(asked).tolist() == [7] * len(asked)
    with pytest.raises(ValueError, match="closed"):
        CodeTable(sections_of(sorted_book({b"A": 1})), 1 << 16, overlay)


def test_sections_that_do_not_lie_as_machines_read_them_are_refused() -> None:
    rows = sorted_book({b"A": 1, b"a b": 2}, group=5)
    sections = sections_of(rows)
    for name in ("codes", "packed_lines", "text_lines", "packed_groups"):
        shifted = memoryview(bytes(1) + sections[name])[1:]
        with pytest.raises(ValueError, match=r"multiple of|at an even 8") as refused:
            CodeTable(sections | {name: shifted}, 1 << 16)
        assert refused.value.args[0] == name


def test_the_head_counts_the_rows_of_each_kind() -> None:
    rows = sorted_book({b"1": 1, b"A-": 2, b"a": 3, b"A" * 21: 4})
    assert struct.unpack("<QQQQ", sections_of(rows)["codes"][8:]) == (0, 0, 2, 2)
