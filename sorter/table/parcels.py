"""Reads `parcels.csv`, the pre-advice: which destination a code has, which codes are one parcel.

Codes come by the million, so a row becomes no Python object that outlives it.
"""

from __future__ import annotations

from pathlib import Path

from sorter._native import MAX_CODE_LENGTH, CodePool, code_fault
from sorter.table.csv_rows import CsvRows, Progress
from sorter.table.destinations import NumberOf, report_destination
from sorter.table.problems import Problems, Severity, shown

CODE_EXPECTED = f"1 to {MAX_CODE_LENGTH} printable ASCII characters"


def read_parcels(
    path: Path,
    number_of: NumberOf,
    problems: Problems,
    on_progress: Progress | None = None,
) -> CodePool:
    """The rows of `parcels.csv`; what is wrong with them goes to `problems`.

    A parcel's own name becomes a group number, counted from 1. Raises OSError.
    """
    codes = CodePool()
    groups = CodePool()
    columns = ("barcode", "destination")
    rows = CsvRows(path, columns, problems, optional=("parcel",), on_progress=on_progress)
    for row, (code, destination, parcel) in rows:
        number = number_of(destination)
        if number is None:
            report_destination(path.name, row, destination, problems)
            _report_fault(path.name, row, code, parcel, problems)
            continue
        try:
            group = _group(groups, parcel, number, row) if parcel else 0
            earlier = codes.add(code, number, group, row)
        except ValueError:
            _report_fault(path.name, row, code, parcel, problems)
            continue
        if earlier >= 0:
            found, expected, severity = _duplicate(codes, earlier, number, group)
            problems.add(path.name, row, "barcode", found, expected, severity=severity)
        elif b" " in code:
            found, expected = f"{shown(code)}: a blank", "none, unless the scanner sends it so"
            problems.add(path.name, row, "barcode", found, expected, severity="warning")
        elif group and groups.destination(group - 1) != number:
            first = groups.source_row(group - 1)
            found = f"{shown(destination)} for parcel {shown(parcel)}, not that of row {first}"
            expected = "one destination a parcel; read together, its codes are a conflict"
            problems.add(path.name, row, "destination", found, expected, severity="warning")
    return codes


def _group(groups: CodePool, parcel: bytes, number: int, row: int) -> int:
    earlier = groups.add(parcel, number, 0, row)
    return earlier + 1 if earlier >= 0 else len(groups)


def _report_fault(file: str, row: int, code: bytes, parcel: bytes, problems: Problems) -> None:
    if fault := code_fault(code):
        problems.add(file, row, "barcode", f"{shown(code)}: {fault}", CODE_EXPECTED)
    if parcel and (fault := code_fault(parcel)):
        expected = f"{CODE_EXPECTED}, or nothing"
        problems.add(file, row, "parcel", f"{shown(parcel)}: {fault}", expected)


def _duplicate(codes: CodePool, earlier: int, number: int, group: int) -> tuple[str, str, Severity]:
    """What to say of a row whose code the `earlier` one has already: found, expected, severity."""
    found = f"{shown(codes.code(earlier))}, which row {codes.source_row(earlier)} has already"
    if number != codes.destination(earlier):
        return f"{found} with another destination", "one destination a code", "error"
    if group != codes.parcel(earlier):
        return f"{found} for another parcel", "one parcel a code", "error"
    return found, "each code once", "warning"
