"""Reads `parcels.csv`, the pre-advice: which destination a code has, which codes are one parcel.

Codes come by the million: the native scanner takes the rows in, and hands back only those that
something is to be said of. Each rule speaks for itself, so that a row may be named more than once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from sorter._native import (
    MAX_CODE_LENGTH,
    ROW_APART,
    ROW_FAULTY,
    ROW_HAS_BLANK,
    ROW_MISCOUNTED,
    ROW_QUOTED,
    ROW_TOO_LONG,
    ParcelScanner,
    RowSorter,
    code_fault,
)
from sorter.table.aside import run_aside
from sorter.table.csv_rows import CsvLines, LineJudge
from sorter.table.destinations import report_destination
from sorter.table.problems import KEPT_PROBLEMS, Problems, Severity, shown
from sorter.table.row_file import Progress, RowFile
from sorter.table.unpack import PackedFileError

CODE_EXPECTED = f"1 to {MAX_CODE_LENGTH} printable ASCII characters"
MOST_LINES = (1 << 32) - 1
"""A row's line is kept in 32 bits while a table is built."""
MOST_PARCELS = 50_000_000
"""How many parcels are held against each other: 1 GiB of memory while the file is read."""


def read_parcels(
    path: Path,
    destinations: Sequence[str] | None,
    problems: Problems,
    on_progress: Progress | None = None,
    on_step: Callable[[str], object] | None = None,
) -> RowSorter:
    """The rows of `parcels.csv`, sorted; what is wrong with them goes to `problems`.

    `destinations` are the names by number; None: no name is judged. Raises OSError, MemoryError;
    PackedFileError when nothing here unpacks such files.
    """
    rows = RowSorter()
    in_lines, in_rows = Problems(), Problems()
    with RowFile(path, on_progress) as file:
        reader = _ParcelReader(path.name, rows, destinations, in_lines)
        try:
            reader.read(file)
        except PackedFileError as error:
            LineJudge(path.name, problems).packed(reader.row, error)
    if on_step is not None:
        on_step("sorting")
    run_aside(rows.sort)
    _report_duplicates(path.name, rows, in_rows)
    problems.take_over(in_lines, in_rows)
    return rows


class _ParcelReader:
    """Reads one file into the sorter, and finds the words for what the scanner stops at."""

    def __init__(
        self,
        file: str,
        rows: RowSorter,
        destinations: Sequence[str] | None,
        problems: Problems,
    ) -> None:
        self._file = file
        self._rows = rows
        self._names = None if destinations is None else [name.encode() for name in destinations]
        self._problems = problems
        self._judge = LineJudge(file, problems)
        self.row = 0

    def read(self, file: RowFile) -> None:
        """Read the header here, and leave the rows to the scanner."""
        lines = CsvLines(file, self._judge)
        places = lines.header(("barcode", "destination"), ("parcel",))
        self.row = lines.row
        if places is not None:
            self._scan(file, places)

    def _scan(self, file: RowFile, places: list[int]) -> None:
        barcode, destination, parcel = places
        scanner = ParcelScanner(
            self._rows,
            self._names,
            (barcode, destination, parcel),
            row=self.row,
            tell=KEPT_PROBLEMS,
            most_parcels=MOST_PARCELS,
            seed=secrets.randbits(64),
        )
        try:
            with closing(file.chunks()) as chunks:
                for content, position in chunks:
                    if scanner.row + len(content) > MOST_LINES:
                        self._add(None, None, "too many lines", f"at most {MOST_LINES}")
                        break
                    self._take(content, scanner, 2 + (parcel >= 0))
                    file.tell_progress(position)
        finally:
            self.row = scanner.row
            self._problems.count_more("error", scanner.errors_untold)
            self._problems.count_more("warning", scanner.warnings_untold)
        if scanner.parcels_unheld:
            found = f"{scanner.parcels_unheld} rows of parcels after the first {MOST_PARCELS}"
            expected = "fewer; theirs were not held against each other's destinations"
            self._add(None, "parcel", found, expected, "note")

    def _take(self, content: bytes, scanner: ParcelScanner, width: int) -> None:
        scanner.feed(content, is_last=not content)
        while (stop := scanner.scan()) is not None:
            marks, fields, number = stop
            if marks == ROW_QUOTED:
                unquoted = self._judge.fields_of(scanner.row, fields[0])
                taken = None if unquoted is None else scanner.take(unquoted)
                if taken is None:
                    continue
                marks, fields, number = taken
            if marks == ROW_TOO_LONG:
                self._judge.too_long(scanner.row, number)
            elif marks == ROW_MISCOUNTED:
                self._judge.miscounted(scanner.row, number, width)
            else:
                self._report_fields(scanner.row, marks, fields, number)

    def _report_fields(
        self, row: int, marks: int, fields: tuple[bytes, ...], first_row: int
    ) -> None:
        code, destination, parcel = fields
        if marks & ROW_FAULTY:
            self._report_faults(row, code, destination, parcel)
        if marks & ROW_HAS_BLANK:
            found, expected = f"{shown(code)}: a blank", "none, unless the scanner sends it so"
            self._add(row, "barcode", found, expected, "warning")
        if marks & ROW_APART:
            found = f"{shown(destination)} for parcel {shown(parcel)}, not that of row {first_row}"
            expected = "one destination a parcel; read together, its codes are a conflict"
            self._add(row, "destination", found, expected, "warning")

    def _report_faults(self, row: int, code: bytes, destination: bytes, parcel: bytes) -> None:
        if self._names is not None and destination not in self._names:
            report_destination(self._file, row, destination, self._problems)
        if fault := code_fault(code):
            self._add(row, "barcode", f"{shown(code)}: {fault}", CODE_EXPECTED)
        if parcel and (fault := code_fault(parcel)):
            found, expected = f"{shown(parcel)}: {fault}", f"{CODE_EXPECTED}, or nothing"
            self._add(row, "parcel", found, expected)

    def _add(
        self,
        row: int | None,
        column: str | None,
        found: str,
        expected: str,
        severity: Severity = "error",
    ) -> None:
        self._problems.add(self._file, row, column, found, expected, severity=severity)


def _report_duplicates(file: str, rows: RowSorter, problems: Problems) -> None:
    different = rows.duplicates(KEPT_PROBLEMS, alike=False)
    for code, row, earlier_row, same_destination, _ in different:
        found = f"{shown(code)}, which row {earlier_row} has already"
        if same_destination:
            found, expected = f"{found} for another parcel", "one parcel a code"
        else:
            found, expected = f"{found} with another destination", "one destination a code"
        problems.add(file, row, "barcode", found, expected)
    alike = rows.duplicates(KEPT_PROBLEMS, alike=True)
    for code, row, earlier_row, _, _ in alike:
        found = f"{shown(code)}, which row {earlier_row} has already"
        problems.add(file, row, "barcode", found, "each code once", severity="warning")
    untold = rows.duplicate_count - rows.alike_count - len(different)
    problems.count_more("error", untold)
    problems.count_more("warning", rows.alike_count - len(alike))
