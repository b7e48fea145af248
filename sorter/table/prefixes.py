"""Reads `prefixes.csv` and `ranges.csv` into one set of prefixes for each kind of key."""

from __future__ import annotations

import re
from pathlib import Path

from sorter._native import CodePool, code_fault
from sorter.table.csv_rows import CsvRows
from sorter.table.destinations import NumberOf, report_destination
from sorter.table.parcels import CODE_EXPECTED
from sorter.table.problems import Problems, shown
from sorter.table.ranges import CodeRange, overlapping, prefixes_of, range_fault
from sorter.table.row_file import Progress

KINDS = ("barcode", "postcode")

_POSTCODE_KEY = re.compile(rb"[A-Z]{2}[A-Z0-9]{0,46}")
_POSTCODE_EXPECTED = "country and postcode in capitals without blanks, like BE4000 or BE"


class PrefixReader:
    """Collects the prefixes of both kinds, and where each came from.

    What is wrong goes to `problems`. Raises OSError.
    """

    def __init__(self, number_of: NumberOf, problems: Problems) -> None:
        self.prefixes = {kind: CodePool() for kind in KINDS}
        self._number_of = number_of
        self._problems = problems
        self._origins: list[tuple[str, int]] = []

    def read_prefixes(self, path: Path, on_progress: Progress | None = None) -> None:
        """Take in `prefixes.csv`."""
        rows = CsvRows(
            path, ("kind", "prefix", "destination"), self._problems, on_progress=on_progress
        )
        for row, (kind_name, prefix, destination) in rows:
            kind = self._kind(path.name, row, kind_name)
            number = self._number(path.name, row, destination)
            fault = kind is not None and self._report_key(path.name, row, "prefix", kind, prefix)
            if kind is not None and number is not None and not fault:
                self._origins.append((path.name, row))
                self._add(kind, prefix, number)

    def read_ranges(self, path: Path, on_progress: Progress | None = None) -> None:
        """Take in `ranges.csv`, each range as its prefixes."""
        ranges = []
        rows = CsvRows(
            path, ("kind", "first", "last", "destination"), self._problems, on_progress=on_progress
        )
        for row, (kind_name, first, last, destination) in rows:
            kind = self._kind(path.name, row, kind_name)
            number = self._number(path.name, row, destination)
            if kind is None or self._report_range(path.name, row, kind, first, last):
                continue
            ranges.append(CodeRange(kind, first, last, number, row))
        apart = self._report_overlaps(path.name, ranges)
        for found in ranges if apart else ():
            if found.destination is not None:
                self._origins.append((path.name, found.row))
                for prefix in prefixes_of(found.first, found.last):
                    self._add(found.kind, prefix, found.destination)

    def _add(self, kind: str, prefix: bytes, number: int) -> None:
        pool = self.prefixes[kind]
        earlier = pool.add(prefix, number, 0, len(self._origins) - 1)
        if earlier < 0:
            return
        file, row = self._origins[-1]
        earlier_file, earlier_row = self._origins[pool.source_row(earlier)]
        found = f"{shown(prefix)}, which {earlier_file} row {earlier_row} has already"
        column = "prefix" if file.startswith("prefixes.") else "first"
        if number == pool.destination(earlier):
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

    def _number(self, file: str, row: int, destination: bytes) -> int | None:
        number = self._number_of(destination)
        if number is None:
            report_destination(file, row, destination, self._problems)
        return number

    def _report_key(self, file: str, row: int, column: str, kind: str, key: bytes) -> bool:
        if fault := code_fault(key):
            self._problems.add(file, row, column, f"{shown(key)}: {fault}", CODE_EXPECTED)
        elif kind == "postcode" and not _POSTCODE_KEY.fullmatch(key):
            self._problems.add(file, row, column, shown(key), _POSTCODE_EXPECTED)
        else:
            return False
        return True

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
