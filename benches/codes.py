"""Barcodes for the benches: drawn in numpy from a seed, the same codes for the same arguments.

Serials are uniform over each format's whole space and never repeat. A quarter of the carrier codes
each is S10, SSCC, a number of 14 digits, and LP with 14 digits, in random order. A near miss is
another code of the same format that was not drawn, or a code that was drawn with its check digit
changed: S10 and SSCC alone have one, so that no code of the table can be met by it.

Codes are arrays of dtype `S`, a code in each cell, padded with NULs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sorter.engine.labels.countries import S10_COUNTRIES

Codes = NDArray[np.bytes_]
Text = NDArray[np.uint8]
Serials = NDArray[np.int64]

DESTINATIONS = 1 << 16
WIDTH = 18
CHUNK = 1 << 20

_COUNTRIES = np.array([list(name.encode()) for name in sorted(S10_COUNTRIES)], np.uint8)
_SERVICES = np.frombuffer(b"CELRUV", np.uint8)
_S10_WEIGHTS = np.array((8, 6, 4, 2, 3, 5, 9, 7), np.uint16)
_SSCC_WEIGHTS = np.array([3, 1] * 8 + [3], np.uint16)
_ZERO = ord("0")
_FOUR_DIGITS = np.array([list(b"%04d" % number) for number in range(10**4)], np.uint8)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Codes for a table (`present`), and others of the same formats that are not in it."""

    present: Codes
    absent: Codes


def s10_text(serials: Serials) -> Text:
    """S10 items as text, shape (n, 13): service of two letters, 8 digits, check digit, country."""
    text = np.empty((len(serials), 13), np.uint8)
    rest, number = np.divmod(serials, 10**8)
    rest, country = np.divmod(rest, len(_COUNTRIES))
    service, letter = np.divmod(rest, 26)
    text[:, 0] = _SERVICES[service]
    text[:, 1] = ord("A") + letter
    _write_digits(number, text[:, 2:10])
    text[:, 10] = _ZERO + s10_check_digits(text[:, 2:10])
    text[:, 11:] = _COUNTRIES[country]
    return text


def sscc_text(serials: Serials) -> Text:
    """SSCCs as text, shape (n, 18): 17 digits and their check digit."""
    text = np.empty((len(serials), 18), np.uint8)
    _write_digits(serials, text[:, :17])
    text[:, 17] = _ZERO + sscc_check_digits(text[:, :17])
    return text


def number_text(serials: Serials) -> Text:
    """Numbers of 14 digits as text, shape (n, 14)."""
    text = np.empty((len(serials), 14), np.uint8)
    _write_digits(serials, text)
    return text


def lp_text(serials: Serials) -> Text:
    """LP numbers as text, shape (n, 16)."""
    text = np.empty((len(serials), 16), np.uint8)
    text[:, :2] = np.frombuffer(b"LP", np.uint8)
    _write_digits(serials, text[:, 2:])
    return text


def s10_check_digits(digits: Text) -> Text:
    """The check digit of each row of eight digits, by the rule of UPU S10."""
    differences = 11 - ((digits - _ZERO) @ _S10_WEIGHTS) % 11
    return np.choose(differences - 1, (1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 5)).astype(np.uint8)


def sscc_check_digits(digits: Text) -> Text:
    """The check digit of each row of 17 digits, by GS1 mod 10."""
    return ((-((digits - _ZERO) @ _SSCC_WEIGHTS).astype(np.int64)) % 10).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Shape:
    """A format of the mix: how many serials it has, how they are written, where its check is."""

    space: int
    text: Callable[[Serials], Text]
    check_column: int | None = None


MIX = (
    Shape(len(_SERVICES) * 26 * len(_COUNTRIES) * 10**8, s10_text, 10),
    Shape(10**17, sscc_text, 17),
    Shape(10**14, number_text),
    Shape(10**14, lp_text),
)


def draw_carrier_codes(count: int, absent: int, seed: int) -> Drawn:
    """`count` codes of the mix for a table and `absent` others of it, all of them different."""
    chance = np.random.default_rng(seed)
    shape_of = chance.integers(len(MIX), size=count + absent, dtype=np.uint8)
    serials = [
        draw_serials(int((shape_of == number).sum()), shape.space, chance)
        for number, shape in enumerate(MIX)
    ]
    cells = np.zeros((count + absent, WIDTH), np.uint8)
    used = [0] * len(MIX)
    for start in range(0, count + absent, CHUNK):
        chunk = shape_of[start : start + CHUNK]
        for number, shape in enumerate(MIX):
            rows = start + np.flatnonzero(chunk == number)
            text = shape.text(serials[number][used[number] : used[number] + len(rows)])
            cells[rows, : text.shape[1]] = text
            used[number] += len(rows)
    codes = cells.view(f"S{WIDTH}").ravel()
    return Drawn(codes[:count], codes[count:])


def draw_serials(count: int, space: int, chance: np.random.Generator) -> Serials:
    """`count` different serials in random order, uniform over 0 .. space-1."""
    drawn = _each_once(chance.integers(space, size=count))
    while len(drawn) < count:
        more = chance.integers(space, size=count - len(drawn))
        drawn = _each_once(np.concatenate((drawn, more)))
    return chance.permutation(drawn)


def with_wrong_check_digit(codes: Codes, count: int, chance: np.random.Generator) -> Codes:
    """`count` of the S10 and SSCC among the codes (taken in turn), their check digit changed."""
    cells = _cells(codes)
    lengths = np.char.str_len(codes)
    columns = np.full(len(codes), -1)
    columns[lengths == 18] = 17
    columns[lengths == 13] = 10
    checked = np.flatnonzero(columns >= 0)
    if not len(checked):
        raise ValueError("none of these codes has a check digit to be changed")
    rows = np.resize(checked, count)
    changed = cells[rows]
    spots = (np.arange(count), columns[rows])
    turned = (changed[spots] - _ZERO + chance.integers(1, 10, count)) % 10
    changed[spots] = _ZERO + turned.astype(np.uint8)
    return changed.view(codes.dtype).ravel()


def draw_free_codes(
    count: int, seed: int, *, alphabet: bytes, longest: int = 20, shortest: int = 12
) -> Codes:
    """Codes of random characters out of `alphabet`, `shortest` to `longest` long.

    Twelve characters of a large alphabet make a code that is drawn twice all but impossible, and
    the builder of a table refuses one.
    """
    chance = np.random.default_rng(seed)
    cells = np.zeros((count, longest), np.uint8)
    letters = np.frombuffer(alphabet, np.uint8)
    columns = np.arange(longest)
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        text = letters[chance.integers(len(letters), size=(size, longest), dtype=np.uint8)]
        text[columns >= chance.integers(shortest, longest + 1, size)[:, None]] = 0
        cells[start : start + size] = text
    return cells.view(f"S{longest}").ravel()


def draw_destinations(count: int, seed: int) -> NDArray[np.uint16]:
    """A destination number for each code, uniform over 2**16."""
    return np.random.default_rng(seed).integers(DESTINATIONS, size=count, dtype=np.uint16)


def _each_once(numbers: Serials) -> Serials:
    # np.unique hashes, which takes ten times as long on millions of numbers.
    ordered = np.sort(numbers)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]]


def _write_digits(numbers: Serials, text: Text) -> None:
    """Write each number into its row, with leading zeros."""
    rest, end = numbers, text.shape[1]
    while end:
        rest, group = np.divmod(rest, 10**4)
        start = max(end - 4, 0)
        text[:, start:end] = _FOUR_DIGITS[group, start - end :]
        end = start


def _cells(codes: Codes) -> Text:
    return np.ascontiguousarray(codes).view(np.uint8).reshape(len(codes), codes.dtype.itemsize)
