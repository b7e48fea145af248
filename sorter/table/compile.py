"""Compiles a source into the one file that a box maps: the same bytes for the same source."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

import msgspec

from sorter.disk.atomic import replace_atomically
from sorter.table.file_format import SECTION_NAMES, write_sections
from sorter.table.source import TableSource


def compile_table(source: TableSource, path: Path) -> str:
    """Write the compiled table to `path`, whole or not at all; returns its digest in hexadecimal.

    A link is followed. Raises OSError, also when something else than a file is there; MemoryError.
    """
    parts = [msgspec.json.encode(source.head)]
    for pool in (source.parcels, source.prefixes["barcode"], source.prefixes["postcode"]):
        parts += pool.compiled()
    sections = [(name, (part,)) for name, part in zip(SECTION_NAMES, parts, strict=True)]
    digest = b""

    def write(file: BinaryIO) -> None:
        nonlocal digest
        digest = write_sections(file, "table", sections)

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
