"""Codes that were made up to crowd a table: it is built all the same, and at once.

A table spreads its codes by a seed that follows from all of them. What is shown here is that codes
aimed at a seed miss the next one, and that codes aimed at no seed at all can't crowd every one.
"""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from sorter._native import CrowdedError, RowSorter
from tests.support.exact_rows import destinations_for, rows_of, sections_of, sorted_rows, table_of

WORD = (1 << 64) - 1
ATTEMPTS = 6
NEAR_BITS = 61


def stirred(word: int) -> int:
    """The finaliser of splitmix64."""
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & WORD
    word = (word ^ word >> 27) * 0x94D049BB133111EB & WORD
    return word ^ word >> 31


def unmixed(seed: int, word: int) -> int:
    """The number below 2**61 that a seed mixes into a word."""
    kept = WORD << (64 - NEAR_BITS) & WORD
    word ^= word >> 32 & kept
    word = word * int(pow(stirred(seed + 2) | 1, -1, 1 << 64)) & WORD
    word ^= word >> 32 & kept
    number: int = word * int(pow(stirred(seed + 1) | 1, -1, 1 << 64)) & WORD
    return number >> (64 - NEAR_BITS)


def first_number(digits: int) -> int:
    """The number of the code of so many zeros."""
    return 1 + sum(int(10**fewer) for fewer in range(1, digits))


def word_of_first_row(lines: memoryview) -> int:
    """The mixed number that the first row of the lines stands for."""
    line_count = len(lines) // 64
    words = struct.unpack_from("<8192Q", lines)
    slot = next(at for at, word in enumerate(words) if (word & (1 << 62) - 1) >> 16)
    word: int = words[slot]
    line, mark = slot // 8, (word & (1 << 62) - 1) >> 16
    if word >> 62 & 1:
        line ^= mark & 1023 | 1
    shift = 64 - NEAR_BITS
    product = (line << 64) + (mark << shift + line_count.bit_length() - 1)
    return -(-product // (line_count << shift)) << shift


def digits_in_lines(seed: int, line_count: int, count: int) -> list[bytes]:
    """Codes of 18 digits, all with their home in one of two neighbouring lines under this seed."""
    step, line = 1 << (64 - NEAR_BITS), 1234 << 64
    low, high = line // line_count + step, (line + (2 << 64)) // line_count
    chance = random.Random(7)
    found: list[bytes] = []
    while len(found) < count:
        serial = unmixed(seed, chance.randrange(low, high) & -step) - first_number(18)
        if 0 <= serial < 10**18:
            found.append(b"%018d" % serial)
    return found


def crowded_attempts(rows: RowSorter) -> int:
    crowded = 0
    for attempt in range(ATTEMPTS):
        rows.sort(attempt)
        try:
            sections_of(rows)
        except CrowdedError:
            crowded += 1
    return crowded


def test_codes_aimed_at_the_seed_of_a_table_miss_the_seed_they_make() -> None:
    serials = np.random.default_rng(1).choice(10**14, 120_000, replace=False)
    honest = np.array([b"%014d" % serial for serial in serials])
    sections = sections_of(sorted_rows(honest))
    seed, key_bits = struct.unpack_from("<QQ", sections["codes"])
    assert key_bits == NEAR_BITS
    first = next(iter(rows_of(table_of(sorted_rows(honest)))))
    # The aim is true: what is undone here is what was done there.
    word = word_of_first_row(sections["number_lines"])
    assert unmixed(seed, word) == first_number(14) + int(first)
    aimed = digits_in_lines(seed, len(sections["number_lines"]) // 64, 40)
    everything = np.concatenate([honest, np.array(aimed)])
    table = table_of(sorted_rows(everything))
    assert table.find_batch(everything).tolist() == destinations_for(len(everything)).tolist()


def aimed_at_no_seed(groups: int) -> list[bytes]:
    """Texts that differ where a multiplication by a known factor lets a difference be undone.

    Bit 62 of a word is flipped by itself; bits 62 and 30 of the next word take it back.
    """
    chance, found = random.Random(1), set()
    for _ in range(groups):
        base = bytes(chance.randrange(0x21, 0x3F) for _ in range(48))
        for mask in range(64):
            code = bytearray(base)
            for pair in range(3):
                if mask >> pair & 1:
                    for at in (7, 15, 11):
                        code[16 * pair + at] ^= 0x40
                if mask >> pair & 8:
                    for at in (6, 14, 10):
                        code[16 * pair + at] ^= 0x40
                        code[16 * pair + at + 1] ^= 5
            found.add(bytes(code))
    return sorted(code for code in found if min(code) >= 0x20 and max(code) < 0x7F)


def test_texts_that_collide_under_a_known_factor_crowd_no_table() -> None:
    codes = aimed_at_no_seed(800)
    assert len(codes) > 40_000
    assert crowded_attempts(sorted_rows(codes)) == 0


@pytest.mark.parametrize("zeros", [4, 20, 32, 38, 42])
def test_numbers_that_differ_in_their_upper_bits_alone_crowd_no_table(zeros: int) -> None:
    count = min(130_000, 10**18 >> zeros)
    codes = np.array([b"%018d" % (number << zeros) for number in range(count)])
    assert crowded_attempts(sorted_rows(codes)) == 0


@pytest.mark.parametrize(
    "shape", ["%014d", "RB%09dGB", "LP%012d00", "%017d0", "3%013d4567"], ids=str
)
def test_serials_in_a_row_fill_a_table_as_well_as_any(shape: str) -> None:
    count = 225_000
    codes = np.array([(shape % number).encode() for number in range(count)])
    for given in (codes, codes[::-1]):
        rows = sorted_rows(given)
        sections = sections_of(rows)
        assert sum(map(len, sections.values())) <= 9.5 * count
        table = table_of(rows)
        assert table.find_batch(given).tolist() == destinations_for(count).tolist()


def test_one_code_a_million_times_is_one_row() -> None:
    count = 1_000_000
    rows = sorted_rows(np.full(count, b"RB123456785GB"), np.zeros(count, np.uint16))
    assert (len(rows), rows.duplicate_count) == (1, count - 1)
    assert rows.duplicates(2) == [(b"RB123456785GB", source, 0, True, True) for source in (1, 2)]
    assert sum(map(len, sections_of(rows).values())) < 1000


def test_rows_that_crowd_two_lines_are_spread_by_another_seed() -> None:
    # Thirteen packed codes have four lines of four: nine of one pair of lines don't fit.
    for number in range(10_000):
        codes = [b"P-%d-%d" % (number, row) for row in range(13)]
        rows = sorted_rows(codes)
        try:
            sections_of(rows)
        except CrowdedError:
            break
    with pytest.raises(CrowdedError, match="packed rows don't fit"):
        sections_of(rows)
    assert crowded_attempts(rows) < ATTEMPTS
    rows.sort(1)
    assert rows_of(table_of(rows)).keys() == set(codes)
