"""Ranges of codes as the fewest prefixes that cover them, and the ranges that overlap.

A range goes from `first` to `last`, both included and equally long; from the first character in
which they differ, both have digits only. So the codes of one range differ in digits alone, and
whole decades fold into one shorter prefix: 4000 to 4999 is the prefix 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from sorter.table.problems import shown

_DIGITS = b"0123456789"
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")


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
    head = first.rstrip(_DIGITS)
    if first != last and not (last.startswith(head) and last[len(head) :].isdigit()):
        fixed = next(at for at in range(len(first)) if first[at] != last[at])
        found = f"{shown(first[fixed:])} to {shown(last[fixed:])} at the end"
        return found, "digits only, from the first difference on"
    if first > last:
        return "first above last", "first at or below last"
    return None


def prefixes_of(first: bytes, last: bytes) -> list[bytes]:
    """The fewest prefixes that cover all codes of a sound range, in order.

    A range of everything (00 to 99) is the ten digits: a prefix has at least one character.
    """
    if first == last:
        return [first]
    head = first.rstrip(_DIGITS)
    low, end = int(first[len(head) :]), int(last[len(head) :]) + 1
    shortest = 0 if head else 1
    prefixes = []
    while low < end:
        digits, size, decade = len(first) - len(head), 1, 10
        while digits > shortest and low % decade == 0 and low + decade <= end:
            digits, size, decade = digits - 1, decade, decade * 10
        prefixes.append(b"%b%0*d" % (head, digits, low // size) if digits else head)
        low += size
    return prefixes


def overlapping(ranges: Iterable[CodeRange]) -> Iterator[tuple[CodeRange, CodeRange]]:
    """Pairs of ranges that share codes; each range is paired with one that begins before it.

    Only ranges of the same kind and shape (the same characters but for the digits) can share a
    code, and within a shape the order of bytes is the order of numbers.
    """
    reaching: CodeRange | None = None
    shape_before = b""
    # The length in front keeps a shape's ranges together: none is another one's beginning.
    keyed = [
        (
            b"%b%c%b" % (found.kind.encode(), len(found.first), _shape(found.first)),
            found.first,
            found,
        )
        for found in ranges
    ]
    keyed.sort(key=itemgetter(0, 1))
    for shape, first, found in keyed:
        if shape != shape_before or reaching is None:
            shape_before, reaching = shape, found
            continue
        if first <= reaching.last:
            yield reaching, found
        if found.last > reaching.last:
            reaching = found


def _shape(code: bytes) -> bytes:
    return code.translate(_DIGITS_TO_ZERO)
