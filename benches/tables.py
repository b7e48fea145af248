"""Compiles routing tables for the benches out of arrays of codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benches.codes import DESTINATIONS, Codes
from benches.peers.peer import Destinations
from sorter._native import RowSorter
from sorter.table import TableSource, compile_table, read_source

HEAD = 'name = "bench"\nsite = "bench"\nrevision = {revision}\ndestinations = [{names}]\n'
NO_CODES = np.empty(0, "S1")
NO_DESTINATIONS = np.empty(0, np.uint16)

Prefixes = tuple[Codes, Destinations]


def write_source(
    folder: Path,
    codes: Codes,
    destinations: Destinations,
    *,
    prefixes: Prefixes | None = None,
    revision: int = 1,
) -> Path:
    """A source as people keep it: the head and CSV files. Returns its folder."""
    folder.mkdir(exist_ok=True)
    names = ", ".join(f'"D{number}"' for number in range(DESTINATIONS))
    (folder / "table.toml").write_text(HEAD.format(revision=revision, names=names))
    _write_csv(folder / "parcels.csv", b"barcode,destination", b"%b,D%d\n", codes, destinations)
    if prefixes is not None:
        head = b"kind,prefix,destination"
        _write_csv(folder / "prefixes.csv", head, b"barcode,%b,D%d\n", *prefixes)
    return folder


def source_without_codes(
    folder: Path, *, prefixes: Prefixes | None = None, revision: int = 1
) -> TableSource:
    """Head and barcode prefixes of a table whose codes are to come. `folder` is written to."""
    # A source without any row is none: the one row here is left behind by whoever brings the codes.
    row = np.array([b"1"]), np.zeros(1, np.uint16)
    return read_source(write_source(folder, *row, prefixes=prefixes, revision=revision))


def compile_codes(
    source: TableSource, codes: Codes, destinations: Destinations, path: Path
) -> None:
    """Build a table of `codes` with the head and prefixes of `source`, and write it to `path`.

    Raises ValueError when a code comes twice.
    """
    rows = RowSorter()
    rows.add_batch(codes, destinations)
    rows.sort()
    if rows.duplicate_count:
        raise ValueError(f"{rows.duplicate_count} codes come twice: {rows.duplicates(3)}")
    compile_table(replace(source, parcels=rows), path)


def build_table(
    folder: Path,
    codes: Codes,
    destinations: Destinations,
    *,
    prefixes: Prefixes | None = None,
    revision: int = 1,
) -> Path:
    """A compiled table with these codes and barcode prefixes. Returns its path."""
    source = source_without_codes(folder, prefixes=prefixes, revision=revision)
    path = folder / "bench.table"
    compile_codes(source, codes, destinations, path)
    return path


def _write_csv(path: Path, head: bytes, row: bytes, codes: Codes, numbers: Destinations) -> None:
    with path.open("wb") as file:
        file.write(head + b"\n")
        file.writelines(row % pair for pair in zip(codes.tolist(), numbers.tolist(), strict=True))
