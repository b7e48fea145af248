"""Compiles routing tables for the benches out of arrays of codes."""

from __future__ import annotations

from pathlib import Path

from benches.codes import DESTINATIONS, Codes
from benches.peers.peer import Destinations
from sorter.table import compile_table, read_source

HEAD = 'name = "bench"\nsite = "bench"\nrevision = {revision}\ndestinations = [{names}]\n'


def write_source(
    folder: Path,
    codes: Codes,
    destinations: Destinations,
    *,
    prefixes: tuple[Codes, Destinations] | None = None,
    revision: int = 1,
) -> Path:
    """A source as people keep it: the head and CSV files. Returns its folder."""
    folder.mkdir(exist_ok=True)
    names = [f"D{number}" for number in range(DESTINATIONS)]
    quoted = ", ".join(f'"{name}"' for name in names)
    (folder / "table.toml").write_text(HEAD.format(revision=revision, names=quoted))
    if len(codes):
        _write_csv(folder / "parcels.csv", b"barcode,destination", b"%b,D%d\n", codes, destinations)
    if prefixes is not None:
        _write_csv(
            folder / "prefixes.csv", b"kind,prefix,destination", b"barcode,%b,D%d\n", *prefixes
        )
    return folder


def build_table(
    folder: Path,
    codes: Codes,
    destinations: Destinations,
    *,
    prefixes: tuple[Codes, Destinations] | None = None,
    revision: int = 1,
) -> Path:
    """A compiled table with these exact rows and barcode prefixes. Returns its path."""
    source = write_source(folder, codes, destinations, prefixes=prefixes, revision=revision)
    path = folder / "bench.table"
    compile_table(read_source(source), path)
    return path


def _write_csv(path: Path, head: bytes, row: bytes, codes: Codes, numbers: Destinations) -> None:
    with path.open("wb") as file:
        file.write(head + b"\n")
        file.writelines(row % pair for pair in zip(codes.tolist(), numbers.tolist(), strict=True))
