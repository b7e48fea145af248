"""Compiles a source into the one file that a box maps: the same bytes for the same source."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import msgspec

from sorter.disk.atomic import replace_atomically
from sorter.table.file_format import write_sections
from sorter.table.source import TableSource


def compile_table(source: TableSource, path: Path) -> str:
    """Write the compiled table to `path`, whole or not at all; returns its digest in hexadecimal.

    Raises OSError, MemoryError.
    """
    sections = [msgspec.json.encode(source.head)]
    for pool in (source.parcels, source.prefixes["barcode"], source.prefixes["postcode"]):
        sections += pool.compiled()
    digest = b""

    def write(file: BinaryIO) -> None:
        nonlocal digest
        digest = write_sections(file, sections)

    replace_atomically(path, write)
    return digest.hex()
