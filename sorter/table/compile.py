"""Compiles a source into the one file that a box maps: the same bytes for the same source."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from sorter._native import CrowdedError, RowSorter
from sorter.disk.atomic import replace_atomically
from sorter.table.delta_head import DeltaHead
from sorter.table.file_format import FileKind, write_sections
from sorter.table.head import TableHead
from sorter.table.prefix_list import KINDS, prefix_list
from sorter.table.source import TableSource

if TYPE_CHECKING:
    from typing_extensions import Buffer

MOST_ATTEMPTS = 64
"""One seed that does not spread the codes is next to impossible; so many are not bad luck."""


def compile_table(source: TableSource, path: Path) -> str:
    """Write the compiled table to `path`, whole or not at all; returns its digest in hexadecimal.

    A link is followed. Raises OSError, also when something else than a file is there; MemoryError.
    """
    lists = [prefix_list(source.prefixes[kind]) for kind in KINDS]
    return write_compiled(path, "table", source.head, source.parcels, lists)


def write_compiled(
    path: Path,
    kind: FileKind,
    head: TableHead | DeltaHead,
    rows: RowSorter,
    prefix_lists: Sequence[Buffer],
) -> str:
    """As `compile_table`, of sorted rows and the lists of prefixes in the order of `KINDS`."""
    digest = b""

    def write(file: BinaryIO) -> None:
        nonlocal digest
        digest = _write_rows(file, kind, head, rows, prefix_lists)

    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        # Renaming over a device would put the table in its place, for every other program too.
        raise OSError(
            errno.EEXIST, "there is something else than a file; choose another", str(path)
        )
    try:
        replace_atomically(target, write)
    except OSError as error:
        # The draft beside it is nothing the user knows of.
        raise OSError(error.errno, error.strerror, str(path)) from error
    return digest.hex()


def _write_rows(
    file: BinaryIO,
    kind: FileKind,
    head: TableHead | DeltaHead,
    rows: RowSorter,
    prefix_lists: Sequence[Buffer],
) -> bytes:
    for attempt in range(MOST_ATTEMPTS):
        try:
            return write_sections(file, kind, _sections(head, rows, prefix_lists))
        except CrowdedError:
            # Rows that crowd a few lines are spread by another seed; the file begins anew.
            file.seek(0)
            file.truncate()
            rows.sort(attempt + 1)
    raise ValueError(f"no seed of {MOST_ATTEMPTS} spreads these {len(rows)} codes")


def _sections(
    head: TableHead | DeltaHead, rows: RowSorter, prefix_lists: Sequence[Buffer]
) -> Iterator[tuple[str, Iterable[Buffer]]]:
    yield "head", (msgspec.json.encode(head),)
    yield from rows.sections()
    for kind, entries in zip(KINDS, prefix_lists, strict=True):
        yield f"{kind}_prefixes", (entries,)
