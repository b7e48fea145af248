"""What `parcels.csv` means, spelled out row by row without a thought of speed.

The reader of real files must come to the same rows and must say the same of them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sorter.table.problems import Severity

LONGEST_LINE = 1024
LONGEST_CODE = 48
COLUMNS = ("barcode", "destination", "parcel")


class Said(NamedTuple):
    """What is said of one row, without the words."""

    row: int
    column: str | None
    severity: Severity


class Row(NamedTuple):
    """A sound row."""

    code: bytes
    destination: bytes
    parcel: bytes


class Judged(NamedTuple):
    """The table's rows by code, and all that is said, in the order of the rows."""

    rows: dict[bytes, Row]
    said: list[Said]


def judge(content: bytes, destinations: Sequence[bytes]) -> Judged:
    """Read a file of sound header: its rows, and what is wrong with them."""
    said: list[Said] = []
    lines = _lines(content, said)
    _, header = next(_split(lines, said))
    places = [header.index(name.encode()) if name.encode() in header else -1 for name in COLUMNS]
    sound: dict[bytes, tuple[int, Row]] = {}
    first_of_parcel: dict[bytes, bytes] = {}
    for number, fields in _split(lines, said):
        if len(fields) != len(header):
            said.append(Said(number, None, "error"))
            continue
        row = Row(*(fields[place] if place >= 0 else b"" for place in places))
        faults = list(_faults(number, row, destinations))
        said += faults
        if faults:
            continue
        if b" " in row.code:
            said.append(Said(number, "barcode", "warning"))
        if row.parcel and first_of_parcel.setdefault(row.parcel, row.destination) != (
            row.destination
        ):
            said.append(Said(number, "destination", "warning"))
        _, first = sound.setdefault(row.code, (number, row))
        if first is not row:
            said.append(Said(number, "barcode", "warning" if first == row else "error"))
    said.sort(key=lambda one: one.row)
    return Judged({code: row for code, (_, row) in sound.items()}, said)


def _lines(content: bytes, said: list[Said]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(content.removesuffix(b"\n").split(b"\n"), 1):
        if len(line) > LONGEST_LINE:
            said.append(Said(number, None, "error"))
        else:
            yield number, line.removesuffix(b"\r")


def _split(
    lines: Iterator[tuple[int, bytes]], said: list[Said]
) -> Iterator[tuple[int, list[bytes]]]:
    for number, line in lines:
        if not line:
            continue
        try:
            if b'"' in line:
                (fields,) = csv.reader([line.decode("latin-1")], strict=True)
                yield number, [field.encode("latin-1") for field in fields]
            else:
                yield number, line.split(b",")
        except (csv.Error, ValueError):
            said.append(Said(number, None, "error"))


def _faults(number: int, row: Row, destinations: Sequence[bytes]) -> Iterator[Said]:
    if row.destination not in destinations:
        yield Said(number, "destination", "error")
    if not _can_be_code(row.code):
        yield Said(number, "barcode", "error")
    if row.parcel and not _can_be_code(row.parcel):
        yield Said(number, "parcel", "error")


def _can_be_code(text: bytes) -> bool:
    return 1 <= len(text) <= LONGEST_CODE and all(0x20 <= byte <= 0x7E for byte in text)
