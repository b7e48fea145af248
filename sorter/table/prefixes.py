"""Reads `prefixes.csv` and `ranges.csv` into one set of prefixes for each kind of key.

Both may have a million rows: a sound row takes a short path, and is a number in a dict that holds
its line and its destination.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from sorter._native import MAX_CODE_LENGTH, code_fault
from sorter.table.csv_rows import CsvRows
from sorter.table.destinations import NumberOf, report_destination
from sorter.table.fewest import fewest_prefixes
from sorter.table.parcels import CODE_EXPECTED
from sorter.table.prefix_list import KINDS
from sorter.table.problems import Problems, shown
from sorter.table.ranges import CodeRange, overlapping, prefixes_of, range_fault
from sorter.table.row_file import Progress

_KEYS = {
    "barcode": re.compile(rb"[ -~]{1,%d}" % MAX_CODE_LENGTH),
    "postcode": re.compile(rb"[A-Z]{2}[A-Z0-9]{0,%d}" % (MAX_CODE_LENGTH - 2)),
}
_FITS = {kind.encode(): pattern.fullmatch for kind, pattern in _KEYS.items()}
_POSTCODE_EXPECTED = "country and postcode in capitals without blanks, like BE4000 or BE"

_NUMBER_BITS = 16
_NUMBER = (1 << _NUMBER_BITS) - 1

Rows = dict[bytes, int]
"""Prefix -> line in the file * 2**16 + destination number."""


def prefix_fault(kind: str, key: bytes) -> tuple[str, str] | None:
    """Why a key is no prefix of its kind, as (found, expected), or None."""
    if _KEYS[kind].fullmatch(key):
        return None
    if fault := code_fault(key):
        return f"{shown(key)}: {fault}", CODE_EXPECTED
    return shown(key), _POSTCODE_EXPECTED


class _Origin(NamedTuple):
    """Where a prefix comes from; `taken` is what the rows hold of it."""

    file: str
    taken: int

    @property
    def row(self) -> int:
        return self.taken >> _NUMBER_BITS

    @property
    def number(self) -> int:
        return self.taken & _NUMBER


class PrefixReader:
    """Collects the prefixes of both kinds, and where each came from.

    What is wrong goes to `problems`. Raises OSError.
    """

    def __init__(self, number_of: NumberOf, problems: Problems) -> None:
        self._number_of = number_of
        self._problems = problems
        self._listed: dict[str, Rows] = {kind: {} for kind in KINDS}
        self._ranged: dict[str, Rows] = {kind: {} for kind in KINDS}
        self._listed_in = self._ranged_in = ""

    def prefixes(self) -> dict[str, dict[bytes, int]]:
        """By kind, prefix -> destination number; of the ranges the fewest that answer the same."""
        found: dict[str, dict[bytes, int]] = {}
        for kind in KINDS:
            listed, ranged = _numbers(self._listed[kind]), _numbers(self._ranged[kind])
            found[kind] = {**listed, **fewest_prefixes(listed, ranged)} if ranged else listed
        return found

    def read_prefixes(self, path: Path, on_progress: Progress | None = None) -> None:
        """Take in `prefixes.csv`."""
        self._listed_in = path.name
        number_of = self._number_of
        listed_of = {kind.encode(): rows for kind, rows in self._listed.items()}
        rows = CsvRows(
            path, ("kind", "prefix", "destination"), self._problems, on_progress=on_progress
        )
        for row, (kind_name, prefix, destination) in rows:
            number = number_of(destination)
            if number is None or kind_name not in _FITS or not _FITS[kind_name](prefix):
                kind = self._kind(path.name, row, kind_name)
                self._report_destination(path.name, row, destination)
                if kind is not None:
                    self._report_key(path.name, row, "prefix", kind, prefix)
                continue
            taken = row << _NUMBER_BITS | number
            earlier = listed_of[kind_name].setdefault(prefix, taken)
            if earlier != taken:
                self._report_twice(prefix, _Origin(path.name, taken), _Origin(path.name, earlier))

    def read_ranges(self, path: Path, on_progress: Progress | None = None) -> None:
        """Take in `ranges.csv`, each range as its prefixes."""
        self._ranged_in = path.name
        ranges = []
        rows = CsvRows(
            path, ("kind", "first", "last", "destination"), self._problems, on_progress=on_progress
        )
        for row, (kind_name, first, last, destination) in rows:
            kind = self._kind(path.name, row, kind_name)
            number = self._number_of(destination)
            if number is None:
                self._report_destination(path.name, row, destination)
            if kind is None or self._report_range(path.name, row, kind, first, last):
                continue
            ranges.append(CodeRange(kind, first, last, number, row))
        apart = self._report_overlaps(path.name, ranges)
        for found in ranges if apart else ():
            if found.destination is not None:
                self._take_range(found, found.row << _NUMBER_BITS | found.destination)

    def _take_range(self, found: CodeRange, taken: int) -> None:
        listed, ranged = self._listed[found.kind], self._ranged[found.kind]
        for prefix in prefixes_of(found.first, found.last):
            held = ranged.setdefault(prefix, taken)
            if held != taken:
                earlier = _Origin(self._ranged_in, held)
            elif prefix in listed:
                earlier = _Origin(self._listed_in, listed[prefix])
            else:
                continue
            self._report_twice(prefix, _Origin(self._ranged_in, taken), earlier)

    def _report_twice(self, prefix: bytes, later: _Origin, earlier: _Origin) -> None:
        file, row = later.file, later.row
        column = "first" if file == self._ranged_in else "prefix"
        found = f"{shown(prefix)}, which {earlier.file} row {earlier.row} has already"
        if later.number == earlier.number:
            self._problems.add(file, row, column, found, "each prefix once", severity="warning")
        else:
            found = f"{found} with another destination"
            self._problems.add(file, row, column, found, "one destination a prefix")

    def _kind(self, file: str, row: int, name: bytes) -> str | None:
        kind = name.decode("utf-8", "backslashreplace")
        if kind in KINDS:
            return kind
        self._problems.add(file, row, "kind", shown(name), f"one of {', '.join(KINDS)}")
        return None

    def _report_destination(self, file: str, row: int, destination: bytes) -> None:
        if self._number_of(destination) is None:
            report_destination(file, row, destination, self._problems)

    def _report_key(self, file: str, row: int, column: str, kind: str, key: bytes) -> bool:
        fault = prefix_fault(kind, key)
        if fault is not None:
            self._problems.add(file, row, column, *fault)
        return fault is not None

    def _report_range(self, file: str, row: int, kind: str, first: bytes, last: bytes) -> bool:
        faulty = [
            self._report_key(file, row, column, kind, key)
            for column, key in (("first", first), ("last", last))
        ]
        if any(faulty):
            return True
        fault = range_fault(first, last)
        if fault is not None:
            self._problems.add(file, row, "last", *fault)
        return fault is not None

    def _report_overlaps(self, file: str, ranges: list[CodeRange]) -> bool:
        """Whether no two ranges share a code."""
        apart = True
        for earlier, later in overlapping(ranges):
            apart = False
            found = f"{shown(later.first)} to {shown(later.last)}, which overlaps row {earlier.row}"
            self._problems.add(file, later.row, "first", found, "ranges that share no code")
        return apart


def _numbers(rows: Rows) -> dict[bytes, int]:
    return {prefix: taken & _NUMBER for prefix, taken in rows.items()}
