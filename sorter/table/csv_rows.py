"""Streams the rows of a CSV source as bytes, each with its line number, and reports bad ones.

UTF-8 or ASCII, comma-separated, a header row with the columns in any order. CRLF, a missing last
newline, quoted fields (within one line) and blank lines are accepted; a byte-order mark is
dropped with a note. No line is read past its limit, so a broken file cannot fill the memory.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from sorter.table.problems import Problems, shown
from sorter.table.regular_file import open_regular

MAX_LINE_BYTES = 1024
"""Four columns of the longest names and codes, quoted, are under 300 bytes."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ROWS_PER_PROGRESS = 1 << 15
_SKIP_BYTES = 1 << 16

Progress = Callable[[int], object]
"""Called now and then with the number of bytes read since the last call."""


class CsvRows:
    """The rows of one file: iterate for (line number, fields in the order of `columns`).

    Columns from `optional` that the file lacks read as empty. What is wrong goes to `problems`,
    and the row is left out. Raises OSError.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        problems: Problems,
        *,
        optional: Sequence[str] = (),
        on_progress: Progress | None = None,
    ) -> None:
        self._path = path
        self._columns = tuple(columns)
        self._optional = tuple(optional)
        self._problems = problems
        self._on_progress = on_progress

    def __iter__(self) -> Iterator[tuple[int, list[bytes]]]:
        with open_regular(self._path) as file:
            lines = self._lines(file)
            places = self._read_header(lines)
            if places is None:
                return
            width = sum(place >= 0 for place in places)
            as_they_come = places == list(range(width))
            for row, fields in self._split(lines):
                if len(fields) != width:
                    self._report(row, None, f"{len(fields)} fields", f"{width}, as in the header")
                elif as_they_come:
                    yield row, fields
                else:
                    yield row, [fields[place] if place >= 0 else b"" for place in places]

    def _lines(self, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
        row = told = 0
        while line := file.readline(MAX_LINE_BYTES + 2):
            row += 1
            if row == 1 and line.startswith(_BYTE_ORDER_MARK):
                line = line.removeprefix(_BYTE_ORDER_MARK)
                self._problems.add(
                    self._path.name,
                    1,
                    None,
                    "a byte-order mark",
                    "none; it was dropped",
                    severity="note",
                )
            content = line.removesuffix(b"\n")
            if len(content) > MAX_LINE_BYTES:
                size = len(line) + _skip_line(file, line)
                self._report(
                    row, None, f"a line of {size} bytes", f"at most {MAX_LINE_BYTES} a line"
                )
                content = b""
            yield row, content.removesuffix(b"\r")
            if self._on_progress is not None and row % _ROWS_PER_PROGRESS == 0:
                self._on_progress(file.tell() - told)
                told = file.tell()
        if self._on_progress is not None:
            self._on_progress(file.tell() - told)

    def _split(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, list[bytes]]]:
        for row, line in lines:
            if b'"' in line:
                fields = self._unquoted(row, line)
                if fields is not None:
                    yield row, fields
            elif line:
                yield row, line.split(b",")

    def _unquoted(self, row: int, line: bytes) -> list[bytes] | None:
        # Latin-1 gives each byte a character and back, so that the fields stay what they were.
        try:
            (fields,) = csv.reader([line.decode("latin-1")], strict=True)
        except (csv.Error, ValueError):
            self._report(row, None, shown(line), "quotes that open and close around a field")
            return None
        return [field.encode("latin-1") for field in fields]

    def _read_header(self, lines: Iterator[tuple[int, bytes]]) -> list[int] | None:
        """Where each wanted column stands in a row, -1 for an optional one that is not there."""
        wanted = ",".join(self._columns) + "".join(f"[,{name}]" for name in self._optional)
        row, fields = next(self._split(lines), (0, []))
        if not row:
            self._report(1, None, "no header", f"the header {wanted}")
            return None
        names = [field.decode("utf-8", "backslashreplace") for field in fields]
        faults = [(name, "an unknown column") for name in names if name not in self._known]
        faults += [(name, "no such column") for name in self._columns if name not in names]
        faults += [(name, "a column twice") for name in self._known if names.count(name) > 1]
        for name, found in faults:
            self._report(row, shown(name), found, f"the header {wanted}")
        if faults:
            return None
        return [names.index(name) if name in names else -1 for name in self._known]

    @property
    def _known(self) -> tuple[str, ...]:
        return (*self._columns, *self._optional)

    def _report(self, row: int, column: str | None, found: str, expected: str) -> None:
        self._problems.add(self._path.name, row, column, found, expected)


def _skip_line(file: BinaryIO, line: bytes) -> int:
    """Read on to the end of a line of which `line` is the beginning; how many bytes that were."""
    skipped = 0
    while line and not line.endswith(b"\n"):
        line = file.readline(_SKIP_BYTES)
        skipped += len(line)
    return skipped
