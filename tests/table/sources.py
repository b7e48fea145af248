"""Routing table sources for tests, written the way a person would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sorter.table import (
    Problem,
    RoutingTable,
    SourceError,
    compile_table,
    read_source,
)

DESTINATIONS = ("NORTH", "SOUTH", "EAST", "CUSTOMS")
HEAD = """
name = "test-hub"
site = "test-site"
revision = 7
destinations = ["NORTH", "SOUTH", "EAST", "CUSTOMS"]
home_country = "BE"
"""


def write_source(folder: Path, head: str = HEAD, **files: str | bytes) -> Path:
    """Write a source; `parcels`, `prefixes`, `ranges` are the contents of those CSV files."""
    folder.mkdir(exist_ok=True)
    (folder / "table.toml").write_text(head)
    for name, content in files.items():
        text = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.csv").write_bytes(text)
    return folder


def problems_of(folder: Path) -> list[Problem]:
    """Everything that is said about a source, sound or not."""
    try:
        return list(read_source(folder).problems.kept)
    except SourceError as error:
        return list(error.problems.kept)


def compiled(folder: Path, head: str = HEAD, **files: str | bytes) -> Path:
    """Write a source, compile it, and return the compiled file."""
    path = folder / "compiled.table"
    compile_table(read_source(write_source(folder / "source", head, **files)), path)
    return path


def table_of(folder: Path, head: str = HEAD, **files: str | bytes) -> RoutingTable:
    """Write a source, compile it, and open the table."""
    return RoutingTable.open(compiled(folder, head, **files))


def parcels_csv(rows: Mapping[str, str] | Iterable[tuple[str, str, str]]) -> str:
    """`parcels.csv` of code -> destination, or of (code, destination, parcel)."""
    if isinstance(rows, Mapping):
        rows = [(code, destination, "") for code, destination in rows.items()]
    return "barcode,destination,parcel\n" + "".join(f"{','.join(row)}\n" for row in rows)
