"""The search for longest prefixes against what a dict that is asked for every length says."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sorter._native import MAX_CODE_LENGTH, ArrowCodes, PrefixFinder, PrefixMatch, PrefixTable
from sorter.table.prefix_list import prefix_list
from tests.support.examples import examples

Book = Mapping[bytes, int]

PRINTABLE = [chr(number) for number in range(0x20, 0x7F)]

# Two letters nest deep, digits spread over tables, the ends of ASCII stand at the ends of nodes.
alphabets = st.sampled_from(["AB", "0123456789", " ~0A", "".join(PRINTABLE)])


@st.composite
def books_of(draw: st.DrawFn) -> dict[bytes, int]:
    """Prefixes that begin alike: under a few stems, and all lengths up to the longest."""
    letters = st.text(draw(alphabets), min_size=1, max_size=draw(st.sampled_from([3, 9, 20])))
    stems = draw(st.lists(st.text(PRINTABLE, max_size=30), min_size=1, max_size=3))
    keys = st.builds(str.__add__, st.sampled_from(["", *stems]), letters)
    found = draw(st.dictionaries(keys, st.integers(0, 2**16 - 1), max_size=120))
    return {key.encode()[:MAX_CODE_LENGTH]: number for key, number in found.items()}


any_bytes = st.lists(st.binary(max_size=70), max_size=10)


def table_of(book: Book) -> PrefixTable:
    return PrefixTable(prefix_list(book), 1 << 16)


def longest_prefix(book: Book, code: bytes) -> tuple[int, int]:
    for length in range(min(len(code), MAX_CODE_LENGTH), 0, -1):
        if code[:length] in book:
            return book[code[:length]], length
    return -1, 0


def questions(book: Book, others: Iterable[bytes]) -> list[bytes]:
    """Each prefix as it is, cut short, longer, and with other characters at its ends."""
    asked = [b"", *others]
    for prefix in book:
        asked += [prefix, prefix[:-1], prefix + b"0", prefix + b"\0", prefix + b"~" * 60]
        asked += [prefix[:-1] + b"\xff", prefix[:-1] + bytes((prefix[-1] ^ 1,)), b"\0" + prefix]
    return asked


@given(books_of(), any_bytes)
def test_the_longest_prefix_is_the_one_a_search_of_all_finds(
    book: dict[bytes, int], others: list[bytes]
) -> None:
    table = table_of(book)
    assert len(table) == len(book)
    for code in questions(book, others):
        number, length = longest_prefix(book, code)
        assert table.longest(code) == (number, length)
        assert table.find(code) == number


@given(books_of(), any_bytes, st.integers(0, 80))
def test_a_batch_gives_what_one_call_a_code_gives(
    book: dict[bytes, int], others: list[bytes], extra_width: int
) -> None:
    table = table_of(book)
    asked = questions(book, others)
    expected = [longest_prefix(book, code)[0] for code in asked]
    width = max(map(len, asked)) + extra_width
    ends = np.cumsum([0, *map(len, asked)])
    content = b"".join(asked)
    batches = (
        asked,
        np.array(asked, dtype=f"S{width}"),
        ArrowCodes(ends.astype(np.int32), content),
        ArrowCodes(ends.astype(np.int64), content),
    )
    for batch in batches:
        out = np.full(len(asked), -7, np.int32)
        assert table.longest_batch(batch, out) is out
        assert out.tolist() == expected
        assert table.longest_batch(batch).tolist() == expected


@given(books_of())
def test_the_entries_are_the_prefixes_in_order(book: dict[bytes, int]) -> None:
    assert table_of(book).entries() == sorted(book.items())


def test_many_prefixes_of_many_lengths_are_all_found() -> None:
    chance = np.random.default_rng(5)
    letters = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)
    book = {
        bytes(chance.choice(letters, length)): number % 60_000
        for number, length in enumerate(chance.integers(1, 13, 40_000).tolist())
    }
    table = table_of(book)
    asked = [key + bytes(chance.choice(letters, 16)) for key in list(book)[:10_000]]
    assert table.longest_batch(asked).tolist() == [longest_prefix(book, code)[0] for code in asked]
    assert all(table.longest(code) == longest_prefix(book, code) for code in asked[:2000])


@given(st.integers(0, 2**32 - 1), st.sampled_from(["01", "0459", "0123456789", "789:/"]))
@settings(max_examples=examples(60))
def test_prefixes_of_digits_that_lie_close_and_nest_are_told_apart(
    seed: int, alphabet: str
) -> None:
    chance = random.Random(seed)
    stems = ["".join(chance.choices(alphabet, k=chance.randint(0, 6))) for _ in range(3)]
    longest = chance.randint(2, 9)
    book = {
        (chance.choice(stems) + "".join(chance.choices(alphabet, k=length))).encode(): number
        for number, length in enumerate(chance.choices(range(1, longest + 1), k=700))
    }
    table = table_of(book)
    asked = [key + bytes(chance.choices(b"0459:A\0", k=5)) for key in book]
    asked += [key[: chance.randint(0, len(key))] for key in book]
    expected = [longest_prefix(book, code) for code in asked]
    assert [table.longest(code) for code in asked] == expected
    assert table.longest_batch(asked).tolist() == [number for number, _ in expected]


@pytest.mark.parametrize("length", range(1, MAX_CODE_LENGTH + 1))
def test_every_length_is_held_and_each_of_its_characters_counts(length: int) -> None:
    prefix = bytes(0x21 + number for number in range(length))
    for book in ({prefix: length}, {prefix: length, b"~": 0}, {prefix: length, prefix[:1]: 7}):
        table = table_of(book)
        assert table.longest(prefix) == table.longest(prefix + b"!") == longest_prefix(book, prefix)
        for place in range(length):
            changed = bytearray(prefix)
            changed[place] ^= 1
            assert table.longest(bytes(changed)) == longest_prefix(book, bytes(changed))


def test_a_chain_of_ever_longer_prefixes_is_found_at_each_of_them() -> None:
    chain = {b"7" * length: length for length in range(1, MAX_CODE_LENGTH + 1)}
    table = table_of(chain)
    for length in range(60):
        assert table.longest(b"7" * length) == longest_prefix(chain, b"7" * length)
        assert table.find(b"7" * length + b"8") == longest_prefix(chain, b"7" * length)[0]


def test_text_and_bytes_are_the_same_code_and_text_outside_ascii_has_no_prefix() -> None:
    table = table_of({b"BE4": 4})
    assert table.find("BE4000") == table.find(b"BE4000") == 4
    assert table.longest_batch(["BE4000", b"BE4", "BE4ü"]).tolist() == [4, 4, -1]
    for foreign in ("BE4ü", "\udcff", "\U0001f4e6", ""):
        assert table.longest(foreign) == (-1, 0)


def test_an_answer_that_is_kept_stays_as_it_is() -> None:
    table = table_of({b"1": 1000, b"20": 2000})
    kept = [table.longest(code) for code in (b"1", b"20", b"3", b"1")]
    assert kept == [(1000, 1), (2000, 2), (-1, 0), (1000, 1)]
    number, length = table.longest(b"20")
    assert (number, length) == (2000, 2)
    one, other = table.longest(b"1"), table.longest(b"20")
    assert one == PrefixMatch(destination=1000, length=1)
    assert (other.destination, other.length) == (2000, 2)


def test_each_kind_has_its_own_prefixes() -> None:
    finder = PrefixFinder(table_of({b"BE": 1}), table_of({b"BE4": 2}))
    for start in ("BE4", b"BE4"):
        assert finder.longest("barcode", start) == (1, 2)
        assert finder.longest("postcode", start) == (2, 3)
    with pytest.raises(ValueError, match="'parcel' is no kind of prefix"):
        finder.longest("parcel", b"BE4")  # type: ignore[arg-type] # the wrong kind is the point
    with pytest.raises(TypeError):
        finder.longest("barcode", 7)  # type: ignore[arg-type] # as above


def test_an_empty_list_has_no_prefix_for_anything() -> None:
    table = table_of({})
    assert len(table) == 0
    assert table.entries() == []
    assert table.longest(b"A") == (-1, 0)
    assert table.longest_batch([b"", b"A" * 60]).tolist() == [-1, -1]


def test_what_is_no_code_or_does_not_fit_is_refused() -> None:
    table = table_of({b"A": 1})
    for wrong in (None, 7, bytearray(b"A")):
        with pytest.raises(TypeError):
            table.find(wrong)  # type: ignore[arg-type] # the wrong type is the point
        with pytest.raises(TypeError):
            table.longest_batch((b"A", wrong))  # type: ignore[arg-type] # as above
    out = np.empty(2, np.int32)
    with pytest.raises(ValueError, match="1 codes need a writable, contiguous int32 array"):
        table.longest_batch((b"A",), out)


SOUND = prefix_list({b"A": 1, b"BE4": 2, b"BE40": 3})


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        (b"", "too short for its head"),
        (SOUND[:7], "too short for its head"),
        (struct.pack("<II", 0, 1), "lists changes"),
        (struct.pack("<II", 0, 6), "flags"),
        (struct.pack("<II", 2**32 - 1, 0) + SOUND[8:], "number of entries"),
        (struct.pack("<II", 4, 0) + SOUND[8:], "entry 3: the entry runs over its end"),
        (struct.pack("<II", 2, 0) + SOUND[8:], "bytes after its last entry"),
        (SOUND[:-1], "entry 2: the entry runs over its end"),
        (SOUND + b"\0", "bytes after its last entry"),
        (SOUND[:8] + b"\0" + SOUND[9:], "entry 0: the key's length is not 1 to 48"),
        (SOUND[:8] + b"\x31" + SOUND[9:], "entry 0: the key's length is not 1 to 48"),
        (SOUND[:8] + b"\x30" + SOUND[9:], "entry 0: the entry runs over its end"),
        (SOUND[:9] + b"\x7f" + SOUND[10:], "entry 0: the key has a character that is not"),
        (SOUND[:9] + b"C" + SOUND[10:], "entry 1: the key does not come after"),
        (prefix_list({b"A": 1, b"B": 9}), "entry 1: the destination number is out of range"),
    ],
)
def test_a_list_that_is_none_is_refused_with_its_reason(section: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        PrefixTable(section, 4)


@given(st.data())
@settings(max_examples=examples(300))
def test_a_list_with_any_bytes_changed_is_refused_or_answers_as_it_says(
    data: st.DataObject,
) -> None:
    section = bytearray(prefix_list(data.draw(books_of())))
    for _ in range(data.draw(st.integers(1, 4))):
        section[data.draw(st.integers(0, len(section) - 1))] = data.draw(st.integers(0, 255))
    try:
        table = PrefixTable(section, 1 << 16)
    except ValueError:
        return
    book = dict(table.entries())
    assert prefix_list(book) == section
    for code in questions(book, []):
        assert table.longest(code) == longest_prefix(book, code)


def test_a_list_that_is_written_to_after_its_check_changes_no_answer() -> None:
    section = bytearray(SOUND)
    table = PrefixTable(section, 4)
    section[8:] = b"\xff" * (len(section) - 8)
    assert table.longest(b"BE4000") == (3, 4)
    with pytest.raises(ValueError, match="entry 0"):
        table.entries()
