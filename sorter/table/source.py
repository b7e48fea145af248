"""A routing table as people keep it: a folder that is read, judged and held ready to compile.

`table.toml` is the head. `parcels.csv`, `prefixes.csv` and `ranges.csv` hold the rows; each may be
missing, not all of them, and each may be packed (`.gz`, `.zst`). Reading goes on after an error, so
that one run names them all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sorter._native import RowSorter
from sorter.table.destinations import numbering
from sorter.table.head import TableHead, read_head
from sorter.table.parcels import read_parcels
from sorter.table.prefixes import PrefixReader
from sorter.table.problems import Problems
from sorter.table.row_file import Progress
from sorter.table.unpack import SUFFIXES, PackedFileError

HEAD_FILE = "table.toml"
PARCELS_FILE = "parcels.csv"
PREFIXES_FILE = "prefixes.csv"
RANGES_FILE = "ranges.csv"
ROW_FILES = (PARCELS_FILE, PREFIXES_FILE, RANGES_FILE)

_OTHER_PACKINGS = (".zip", ".bz2", ".xz", ".lz4", ".zstd")


@dataclass(frozen=True, slots=True)
class TableSource:
    """A sound source, read: `prefixes` by kind, and the warnings and notes there were."""

    head: TableHead
    parcels: RowSorter
    prefixes: dict[str, dict[bytes, int]]
    problems: Problems


def source_bytes(folder: Path) -> int:
    """The size of the row files as they are, packed or not, for those who show progress."""
    paths = (path for found in _row_files(folder).values() for path in found)
    return sum(path.stat().st_size for path in paths if path.is_file())


def read_source(
    folder: Path,
    on_progress: Progress | None = None,
    on_step: Callable[[str], object] | None = None,
) -> TableSource:
    """Read and judge the source in `folder`.

    `on_progress` is called with the number of bytes read since its last call, `on_step` with the
    name of each step after the first, which is reading `parcels.csv`. Raises SourceError with all
    problems when there is any error, such as a file that can't be read; OSError when there is no
    such folder; MemoryError.
    """
    _refuse_unless_folder(folder)
    problems = Problems()
    head, destinations = read_head(folder / HEAD_FILE, problems)
    number_of = numbering(destinations)
    parcels = RowSorter()
    parcels.sort()
    reader = PrefixReader(number_of, problems)
    present = _one_a_part(_row_files(folder), problems)
    if path := present.get(PARCELS_FILE):
        with _unreadable_reported(path, problems):
            parcels = read_parcels(path, destinations, problems, on_progress, on_step)
    if on_step is not None and present.keys() - {PARCELS_FILE}:
        on_step("reading prefixes")
    if path := present.get(PREFIXES_FILE):
        with _unreadable_reported(path, problems):
            reader.read_prefixes(path, on_progress)
    if path := present.get(RANGES_FILE):
        with _unreadable_reported(path, problems):
            reader.read_ranges(path, on_progress)
    _report_strangers(folder, problems)
    prefixes = reader.prefixes()
    if not present:
        problems.add(folder.name, None, None, "no rows", f"at least one of {', '.join(ROW_FILES)}")
    elif not parcels and not any(prefixes.values()) and not problems.count("error"):
        problems.add(folder.name, None, None, "no rows", "at least one row in its CSV files")
    problems.raise_errors()
    assert head is not None, "a head that is not there is an error"
    return TableSource(head, parcels, prefixes, problems)


def _refuse_unless_folder(folder: Path) -> None:
    """A folder that is not there is no bad source; it is none. Raises OSError."""
    os.scandir(folder).close()


def _row_files(folder: Path) -> dict[str, list[Path]]:
    """The files of each part that is there, the plain one first."""
    found = {}
    for name in ROW_FILES:
        paths = [folder / f"{name}{suffix}" for suffix in ("", *SUFFIXES)]
        # A link that leads nowhere counts: rows that are meant to be there must not be left out.
        if there := [path for path in paths if os.path.lexists(path)]:
            found[name] = there
    return found


def _one_a_part(found: dict[str, list[Path]], problems: Problems) -> dict[str, Path]:
    """The file to read for each part; a second one for the same part is an error."""
    for first, *others in found.values():
        for other in others:
            problems.add(
                other.name, None, None, f"{first.name} beside it", "one file, plain or packed"
            )
    return {name: paths[0] for name, paths in found.items()}


@contextmanager
def _unreadable_reported(path: Path, problems: Problems) -> Iterator[None]:
    try:
        yield
    except PackedFileError as error:
        problems.add(path.name, None, None, error.found, error.expected)
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        problems.add(path.name, None, None, found, "a file that can be read")


def _report_strangers(folder: Path, problems: Problems) -> None:
    """Warn of CSV files that nobody reads: a name with a slip in it would cost all its rows."""
    known = {f"{name}{suffix}" for name in ROW_FILES for suffix in ("", *SUFFIXES)}
    for path in sorted(folder.iterdir()):
        name = path.name.lower()
        for suffix in (*SUFFIXES, *_OTHER_PACKINGS):
            name = name.removesuffix(suffix)
        if name.endswith(".csv") and path.name not in known:
            expected = f"one of {', '.join(ROW_FILES)} (or with {', '.join(SUFFIXES)})"
            problems.add(
                path.name,
                None,
                None,
                "an unknown file",
                f"{expected}; it was not read",
                severity="warning",
            )
