"""Ranges of codes as the fewest prefixes that cover them, and the ranges that overlap.

A range goes from `first` to `last`, both included and equally long; from the first character in
which they differ, both have digits only. So the codes of one range differ in digits alone, and
whole decades fold into one shorter prefix: 4000 to 4999 is the prefix 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sorter.table.problems import shown

_DIGITS = frozenset(b"0123456789")


class CodeRange(NamedTuple):
    """A sound range and where it comes from; None is a destination that the table has not."""

    kind: str
    first: bytes
    last: bytes
    destination: int | None
    row: int


def range_fault(first: bytes, last: bytes) -> tuple[str, str] | None:
    """What is wrong with a range, as (found, expected), or None."""
    if len(first) != len(last):
        return f"{len(first)} and {len(last)} characters", "first and last equally long"
    varying_first, varying_last = _varying_part(first, last)
    if not _DIGITS.issuperset(varying_first + varying_last):
        found = f"{shown(varying_first)} to {shown(varying_last)} at the end"
        return found, "digits only, from the first difference on"
    if first > last:
        return "first above last", "first at or below last"
    return None


def prefixes_of(first: bytes, last: bytes) -> Iterator[bytes]:
    """The fewest prefixes that cover all codes of a sound range, in order.

    A range of everything (00 to 99) is the ten digits: a prefix has at least one character.
    """
    varying_first, varying_last = _varying_part(first, last)
    fixed = first[: len(first) - len(varying_first)]
    for prefix in _decimal_prefixes(varying_first, varying_last):
        if fixed or prefix:
            yield fixed + prefix
        else:
            yield from (b"%d" % digit for digit in range(10))


def overlapping(ranges: Iterable[CodeRange]) -> Iterator[tuple[CodeRange, CodeRange]]:
    """Pairs of ranges that share codes; each range is paired with one that begins before it.

    Only ranges of the same kind and shape (the same characters but for the digits) can share a
    code, and within a shape the order of bytes is the order of numbers.
    """
    reaching: CodeRange | None = None
    shape_before = None
    for found in sorted(ranges, key=lambda each: (each.kind, _shape(each.first), each.first)):
        shape = (found.kind, _shape(found.first))
        if shape != shape_before or reaching is None:
            shape_before, reaching = shape, found
            continue
        if found.first <= reaching.last:
            yield reaching, found
        if found.last > reaching.last:
            reaching = found


def _varying_part(first: bytes, last: bytes) -> tuple[bytes, bytes]:
    fixed = 0
    while fixed < len(first) and first[fixed] == last[fixed]:
        fixed += 1
    return first[fixed:], last[fixed:]


def _decimal_prefixes(first: bytes, last: bytes) -> Iterator[bytes]:
    """The fewest prefixes of the digit strings from `first` to `last`; b"" is all of them."""
    if first == b"0" * len(first) and last == b"9" * len(last):
        yield b""
        return
    low, high = first[:1], last[:1]
    if low == high:
        yield from (low + rest for rest in _decimal_prefixes(first[1:], last[1:]))
        return
    yield from (low + rest for rest in _decimal_prefixes(first[1:], b"9" * (len(first) - 1)))
    yield from (b"%d" % digit for digit in range(int(low) + 1, int(high)))
    yield from (high + rest for rest in _decimal_prefixes(b"0" * (len(last) - 1), last[1:]))


def _shape(code: bytes) -> bytes:
    return code.translate(_DIGITS_TO_ZERO)


_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
