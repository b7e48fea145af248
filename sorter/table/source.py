"""A routing table as people keep it: a folder that is read, judged and held ready to compile.

`table.toml` is the head. `parcels.csv`, `prefixes.csv` and `ranges.csv` hold the rows; each may be
missing, not all of them. Reading goes on after an error, so that one run names them all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sorter._native import CodePool
from sorter.table.csv_rows import Progress
from sorter.table.destinations import numbering
from sorter.table.head import TableHead, read_head
from sorter.table.parcels import read_parcels
from sorter.table.prefixes import PrefixReader
from sorter.table.problems import Problems

HEAD_FILE = "table.toml"
PARCELS_FILE = "parcels.csv"
PREFIXES_FILE = "prefixes.csv"
RANGES_FILE = "ranges.csv"
ROW_FILES = (PARCELS_FILE, PREFIXES_FILE, RANGES_FILE)


@dataclass(frozen=True, slots=True)
class TableSource:
    """A sound source, read: `prefixes` by kind, and the warnings and notes there were."""

    head: TableHead
    parcels: CodePool
    prefixes: dict[str, CodePool]
    problems: Problems


def source_bytes(folder: Path) -> int:
    """The size of the row files, for those who show progress."""
    paths = (folder / name for name in ROW_FILES)
    return sum(path.stat().st_size for path in paths if path.is_file())


def read_source(folder: Path, on_progress: Progress | None = None) -> TableSource:
    """Read and judge the source in `folder`.

    `on_progress` is called with the number of bytes read since its last call. Raises SourceError
    with all problems when there is any error, such as a file that can't be read; OSError when there
    is no such folder.
    """
    _refuse_unless_folder(folder)
    problems = Problems()
    head, destinations = read_head(folder / HEAD_FILE, problems)
    number_of = numbering(destinations)
    parcels = CodePool()
    reader = PrefixReader(number_of, problems)
    present = _row_files(folder)
    if PARCELS_FILE in present:
        with _unreadable_reported(PARCELS_FILE, problems):
            parcels = read_parcels(folder / PARCELS_FILE, number_of, problems, on_progress)
    if PREFIXES_FILE in present:
        with _unreadable_reported(PREFIXES_FILE, problems):
            reader.read_prefixes(folder / PREFIXES_FILE, on_progress)
    if RANGES_FILE in present:
        with _unreadable_reported(RANGES_FILE, problems):
            reader.read_ranges(folder / RANGES_FILE, on_progress)
    _report_strangers(folder, problems)
    if not present:
        problems.add(folder.name, None, None, "no rows", f"at least one of {', '.join(ROW_FILES)}")
    elif not parcels and not any(reader.prefixes.values()) and not problems.count("error"):
        problems.add(folder.name, None, None, "no rows", "at least one row in its CSV files")
    problems.raise_errors()
    assert head is not None, "a head that is not there is an error"
    return TableSource(head, parcels, reader.prefixes, problems)


def _refuse_unless_folder(folder: Path) -> None:
    """A folder that is not there is no bad source; it is none. Raises OSError."""
    os.scandir(folder).close()


def _row_files(folder: Path) -> tuple[str, ...]:
    # A link that leads nowhere counts: rows that are meant to be there must not be left out.
    return tuple(name for name in ROW_FILES if os.path.lexists(folder / name))


@contextmanager
def _unreadable_reported(name: str, problems: Problems) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        problems.add(name, None, None, found, "a file that can be read")


def _report_strangers(folder: Path, problems: Problems) -> None:
    """Warn of CSV files that nobody reads: a name with a slip in it would cost all its rows."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() == ".csv" and path.name not in ROW_FILES:
            expected = f"one of {', '.join(ROW_FILES)}; it was not read"
            problems.add(path.name, None, None, "an unknown file", expected, severity="warning")
