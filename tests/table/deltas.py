"""Delta sources for tests, written the way a person would."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sorter.table import (
    Problem,
    RoutingTable,
    SourceError,
    compile_delta,
    read_delta_source,
)
from tests.table.sources import DESTINATIONS

HEADER = ("op", "kind", "key", "destination", "parcel")


def changes_csv(changes: Iterable[Sequence[str]]) -> str:
    """`changes.csv` of rows (op, kind, key, destination, parcel); what is left out is empty."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEADER)
    rows.writerows((*change, "", "", "")[: len(HEADER)] for change in changes)
    return text.getvalue()


def write_delta(
    folder: Path,
    over: RoutingTable,
    changes: str | Iterable[Sequence[str]],
    destinations: Sequence[str] = DESTINATIONS,
    head: Mapping[str, object] | None = None,
) -> Path:
    """Write the source of a delta over a table, with other values in its head when given."""
    folder.mkdir(exist_ok=True)
    values = {
        "name": over.name,
        "site": over.site,
        "revision": over.revision + 1,
        "base": over.base,
        "parent": over.digest,
        "destinations": list(destinations),
    } | dict(head or {})
    # JSON's strings, numbers and lists of them are TOML's too.
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    (folder / "delta.toml").write_text("\n".join(lines) + "\n")
    text = changes if isinstance(changes, str) else changes_csv(changes)
    (folder / "changes.csv").write_text(text)
    return folder


def compiled_delta(
    folder: Path,
    over: RoutingTable,
    changes: Iterable[Sequence[str]],
    destinations: Sequence[str] = DESTINATIONS,
    head: Mapping[str, object] | None = None,
) -> Path:
    """Write a delta's source, compile it, and return the compiled file."""
    source = write_delta(folder, over, changes, destinations, head)
    path = folder / "compiled.delta"
    compile_delta(read_delta_source(source), path)
    return path


def delta_problems(folder: Path) -> list[Problem]:
    """Everything that is said about a delta's source, sound or not."""
    try:
        return list(read_delta_source(folder).problems.kept)
    except SourceError as error:
        return list(error.problems.kept)
