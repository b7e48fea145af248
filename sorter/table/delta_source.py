"""A delta as people keep it: a folder with `delta.toml` and `changes.csv`, read and judged.

Whether the changes fit the table they are made for is not known here; it is judged when they are
laid over it. Reading goes on after an error, so that one run names them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sorter._native import RowSorter, code_fault, crc32c
from sorter.table.csv_rows import CsvRows
from sorter.table.delta_head import DeltaHead, read_delta_head
from sorter.table.parcels import CODE_EXPECTED, MOST_LINES
from sorter.table.prefix_list import KINDS
from sorter.table.prefixes import prefix_fault
from sorter.table.problems import Problems, shown
from sorter.table.row_file import Progress
from sorter.table.rows import DELETE, OPS
from sorter.table.unpack import SUFFIXES, PackedFileError

DELTA_HEAD_FILE = "delta.toml"
CHANGES_FILE = "changes.csv"
CODE_KIND = "code"

Changes = dict[bytes, tuple[int, int]]
"""Prefix -> (destination number, operation)."""


@dataclass(frozen=True, slots=True)
class DeltaSource:
    """A sound delta, read: its rows sorted, its changes to `prefixes` by kind."""

    head: DeltaHead
    rows: RowSorter
    prefixes: dict[str, Changes]
    problems: Problems


def is_delta_source(folder: Path) -> bool:
    """Whether a source folder is one of a delta."""
    return (folder / DELTA_HEAD_FILE).exists()


def read_delta_source(folder: Path, on_progress: Progress | None = None) -> DeltaSource:
    """Read and judge the delta in `folder`.

    `on_progress` is called with the number of bytes read since its last call. Raises SourceError
    with all problems when there is any error, MemoryError.
    """
    problems = Problems()
    head = read_delta_head(folder / DELTA_HEAD_FILE, problems)
    path = _changes_file(folder, problems)
    reader = _ChangeReader(path, None if head is None else head.destinations, problems)
    try:
        reader.read(on_progress)
    except PackedFileError as error:
        problems.add(path.name, None, None, error.found, error.expected)
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        problems.add(path.name, None, None, found, "a file that can be read")
    problems.raise_errors()
    assert head is not None, "a head that is not there is an error"
    return DeltaSource(head, reader.rows, reader.prefixes, problems)


def parcel_group(parcel: bytes) -> int:
    """The fingerprint that stands for a parcel's name, 0 for no name."""
    return (crc32c(parcel) or 1) if parcel else 0


def _changes_file(folder: Path, problems: Problems) -> Path:
    paths = [folder / f"{CHANGES_FILE}{suffix}" for suffix in ("", *SUFFIXES)]
    there = [path for path in paths if path.exists()] or paths[:1]
    for other in there[1:]:
        found = f"{there[0].name} beside it"
        problems.add(other.name, None, None, found, "one file, plain or packed")
    return there[0]


class _ChangeReader:
    """Collects the rows of one file; what is wrong with them goes to `problems`."""

    def __init__(
        self, path: Path, destinations: tuple[str, ...] | None, problems: Problems
    ) -> None:
        self.rows = RowSorter(delta=True)
        self.prefixes: dict[str, Changes] = {kind: {} for kind in KINDS}
        self._first_rows: dict[str, dict[bytes, int]] = {kind: {} for kind in KINDS}
        self._path = path
        self._numbers = (
            None
            if destinations is None
            else {name.encode(): number for number, name in enumerate(destinations)}
        )
        self._problems = problems

    def read(self, on_progress: Progress | None) -> None:
        """Take the file in. Raises OSError, PackedFileError, MemoryError."""
        columns = ("op", "kind", "key", "destination")
        rows = CsvRows(
            self._path, columns, self._problems, optional=("parcel",), on_progress=on_progress
        )
        for row, (op_name, kind, key, destination, parcel) in rows:
            op = self._op(row, op_name)
            number = self._destination(row, op, destination)
            sound = self._is_sound_key(row, kind, key)
            sound = self._is_sound_parcel(row, op, kind, parcel) and sound
            if not sound or op is None or number is None:
                continue
            if kind == CODE_KIND.encode():
                self.rows.add(key, number, parcel_group(parcel), op, row)
            else:
                self._take_prefix(row, kind.decode(), key, (number, op))
        self.rows.sort()
        for code, row, earlier, *_ in self.rows.duplicates(MOST_LINES):
            self._report_twice(row, code, earlier)

    def _take_prefix(self, row: int, kind: str, key: bytes, change: tuple[int, int]) -> None:
        earlier = self._first_rows[kind].setdefault(key, row)
        if earlier == row:
            self.prefixes[kind][key] = change
        else:
            self._report_twice(row, key, earlier)

    def _op(self, row: int, name: bytes) -> int | None:
        text = name.decode("utf-8", "backslashreplace")
        if text in OPS:
            return 1 + OPS.index(text)
        self._add(row, "op", shown(name), f"one of {', '.join(OPS)}")
        return None

    def _destination(self, row: int, op: int | None, name: bytes) -> int | None:
        """The number of a row's destination, 0 for none; None: it is none of the delta's."""
        if op is None:
            return None
        if op >= DELETE:
            if name:
                self._add(row, "destination", shown(name), f"nothing, for {OPS[op - 1]}")
            return 0
        if self._numbers is None:
            return 0
        number = self._numbers.get(name)
        if number is None:
            expected = f"one of the destinations in {DELTA_HEAD_FILE}"
            self._add(row, "destination", shown(name), expected)
        return number

    def _is_sound_key(self, row: int, kind: bytes, key: bytes) -> bool:
        if kind == CODE_KIND.encode():
            fault = code_fault(key)
            if fault:
                self._add(row, "key", f"{shown(key)}: {fault}", CODE_EXPECTED)
            return fault is None
        name = kind.decode("utf-8", "backslashreplace")
        if name not in KINDS:
            self._add(row, "kind", shown(kind), f"one of {', '.join((CODE_KIND, *KINDS))}")
            return False
        found_expected = prefix_fault(name, key)
        if found_expected is not None:
            self._add(row, "key", *found_expected)
        return found_expected is None

    def _is_sound_parcel(self, row: int, op: int | None, kind: bytes, parcel: bytes) -> bool:
        if not parcel:
            return True
        fault = code_fault(parcel)
        if fault:
            self._add(row, "parcel", f"{shown(parcel)}: {fault}", f"{CODE_EXPECTED}, or nothing")
        elif kind != CODE_KIND.encode():
            self._add(row, "parcel", shown(parcel), "nothing, for a prefix")
        elif op is not None and op >= DELETE:
            self._add(row, "parcel", shown(parcel), f"nothing, for {OPS[op - 1]}")
        else:
            return True
        return False

    def _report_twice(self, row: int, key: bytes, earlier: int) -> None:
        found = f"{shown(key)}, which row {earlier} has already"
        self._add(row, "key", found, "each key once; what comes later is for the next delta")

    def _add(self, row: int, column: str, found: str, expected: str) -> None:
        self._problems.add(self._path.name, row, column, found, expected)
