"""A routing table as people keep it: a folder that is read, judged and held ready to compile.

`table.toml` is the head. `parcels.csv`, `prefixes.csv` and `ranges.csv` hold the rows; each may be
missing, not all of them. Reading goes on after an error, so that one run names them all.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sorter._native import CodePool
from sorter.table.csv_rows import Progress
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
    return sum((folder / name).stat().st_size for name in _row_files(folder))


def read_source(folder: Path, on_progress: Progress | None = None) -> TableSource:
    """Read and judge the source in `folder`.

    `on_progress` is called with the number of bytes read since its last call. Raises SourceError
    with all problems when there is any error, OSError when there is no such folder or one of its
    files can't be read.
    """
    _refuse_unless_folder(folder)
    problems = Problems()
    head = read_head(folder / HEAD_FILE, problems)
    numbers = None
    if head is not None:
        numbers = {name.encode(): number for number, name in enumerate(head.destinations)}
    parcels = CodePool()
    reader = PrefixReader(numbers, problems)
    present = _row_files(folder)
    if PARCELS_FILE in present:
        parcels = read_parcels(folder / PARCELS_FILE, numbers, problems, on_progress)
    if PREFIXES_FILE in present:
        reader.read_prefixes(folder / PREFIXES_FILE, on_progress)
    if RANGES_FILE in present:
        reader.read_ranges(folder / RANGES_FILE, on_progress)
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
    return tuple(name for name in ROW_FILES if (folder / name).exists())
