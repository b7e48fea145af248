"""The rows of a CSV source, judged as lines: headers, fields, quotes and limits.

UTF-8 or ASCII, comma-separated, a header row with the columns in any order. CRLF, a missing last
newline, quoted fields (within one line) and blank lines are accepted; a byte-order mark is
dropped with a note. No line is read past its limit, so a broken file cannot fill the memory.

`CsvRows` gives rows as Python objects; `parcels.csv` has too many for that, and only its header
and its oddest lines are read here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from sorter._native import MAX_LINE_BYTES
from sorter.table.problems import Problems, shown
from sorter.table.row_file import Progress, RowFile
from sorter.table.unpack import PackedFileError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_READ_BYTES = MAX_LINE_BYTES + len(_BYTE_ORDER_MARK) + 2  # one more than a line may have
_ROWS_PER_PROGRESS = 1 << 15
_SKIP_BYTES = 1 << 16


class LineJudge:
    """Says what is wrong with the lines of one file, whoever has split them."""

    def __init__(self, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems

    def too_long(self, row: int, size: int) -> None:
        """A line has `size` bytes, with its line feed."""
        self._add(row, None, f"a line of {size} bytes", f"at most {MAX_LINE_BYTES} a line")

    def miscounted(self, row: int, found: int, width: int) -> None:
        """A row has other fields than the header."""
        self._add(row, None, f"{found} fields", f"{width}, as in the header")

    def fields_of(self, row: int, line: bytes) -> list[bytes] | None:
        """The fields of a line with quotes, None when these are not as they must be."""
        # Latin-1 gives each byte a character and back, so that the fields stay what they were.
        try:
            (fields,) = csv.reader([line.decode("latin-1")], strict=True)
        except (csv.Error, ValueError):
            self._add(row, None, shown(line), "quotes that open and close around a field")
            return None
        return [field.encode("latin-1") for field in fields]

    def packed(self, row: int, error: PackedFileError) -> None:
        """The file could not be unpacked beyond a row, 0 for none."""
        # What came before may have been noise, and a flood of errors of its own.
        self._problems.add(self._file, row or None, None, error.found, error.expected, always=True)

    def byte_order_mark(self) -> None:
        """The file began with one."""
        found, expected = "a byte-order mark", "none; it was dropped"
        self._problems.add(self._file, 1, None, found, expected, severity="note")

    def places(
        self, row: int, header: list[bytes], columns: Sequence[str], optional: Sequence[str]
    ) -> list[int] | None:
        """Where each column stands in a row, -1 for an optional one that is not there.

        None when the header on line `row` (0: there is none) is no good.
        """
        wanted = ",".join(columns) + "".join(f"[,{name}]" for name in optional)
        if not row:
            self._add(1, None, "no header", f"the header {wanted}")
            return None
        known = (*columns, *optional)
        names = [field.decode("utf-8", "backslashreplace") for field in header]
        faults = [(name, "an unknown column") for name in names if name not in known]
        faults += [(name, "no such column") for name in columns if name not in names]
        faults += [(name, "a column twice") for name in known if names.count(name) > 1]
        for name, found in faults:
            self._add(row, shown(name), found, f"the header {wanted}")
        if faults:
            return None
        return [names.index(name) if name in names else -1 for name in known]

    def _add(self, row: int | None, column: str | None, found: str, expected: str) -> None:
        self._problems.add(self._file, row, column, found, expected)


class CsvLines:
    """The lines of an open file, each without its line end; `row` is the last one's number."""

    def __init__(self, file: RowFile, judge: LineJudge) -> None:
        self.row = 0
        self._file = file
        self._judge = judge

    def __iter__(self) -> Iterator[bytes]:
        while line := self._file.readline(_READ_BYTES):
            self.row += 1
            if self.row == 1 and line.startswith(_BYTE_ORDER_MARK):
                line = line.removeprefix(_BYTE_ORDER_MARK)
                self._judge.byte_order_mark()
            content = line.removesuffix(b"\n")
            if len(content) > MAX_LINE_BYTES:
                self._judge.too_long(self.row, len(line) + _skip_line(self._file, line))
                content = b""
            yield content.removesuffix(b"\r")
            if self.row % _ROWS_PER_PROGRESS == 0:
                self._file.tell_progress()
        self._file.tell_progress()

    def split(self) -> Iterator[list[bytes]]:
        """The fields of the lines that have any."""
        for line in self:
            if b'"' in line:
                fields = self._judge.fields_of(self.row, line)
                if fields is not None:
                    yield fields
            elif line:
                yield line.split(b",")

    def header(self, columns: Sequence[str], optional: Sequence[str]) -> list[int] | None:
        """Read the header; answers as `LineJudge.places`."""
        fields = next(self.split(), None)
        row = 0 if fields is None else self.row
        return self._judge.places(row, fields or [], columns, optional)


class CsvRows:
    """The rows of one file: iterate for (line number, fields in the order of `columns`).

    Columns from `optional` that the file lacks read as empty. What is wrong goes to `problems`,
    and the row is left out. Raises OSError; PackedFileError when nothing here unpacks such files.
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
        self._judge = LineJudge(path.name, problems)
        self._on_progress = on_progress

    def __iter__(self) -> Iterator[tuple[int, list[bytes]]]:
        with RowFile(self._path, self._on_progress) as file:
            lines = CsvLines(file, self._judge)
            try:
                yield from self._rows(lines)
            except PackedFileError as error:
                self._judge.packed(lines.row, error)

    def _rows(self, lines: CsvLines) -> Iterator[tuple[int, list[bytes]]]:
        places = lines.header(self._columns, self._optional)
        if places is None:
            return
        width = sum(place >= 0 for place in places)
        as_they_come = places == list(range(width))
        for fields in lines.split():
            if len(fields) != width:
                self._judge.miscounted(lines.row, len(fields), width)
            elif as_they_come:
                yield lines.row, fields
            else:
                yield lines.row, [fields[place] if place >= 0 else b"" for place in places]


def _skip_line(file: RowFile, line: bytes) -> int:
    """Read on to the end of a line of which `line` is the beginning; how many bytes that were."""
    skipped = 0
    while line and not line.endswith(b"\n"):
        line = file.readline(_SKIP_BYTES)
        skipped += len(line)
    return skipped
