"""What the table commands tell of tables, deltas and answers: as an object, and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sorter.table import Answer, Delta, Difference, Differences, HeadDifferences, RoutingTable


_MOST_NAMES = 50


def table_content(table: RoutingTable, path: Path, deltas: Sequence[Path] = ()) -> dict[str, Any]:
    """What is in a table; with the deltas over it, when there are any."""
    content: dict[str, Any] = {
        "file": str(path),
        "kind": "table",
        "name": table.name,
        "site": table.site,
        "revision": table.revision,
        "digest": table.digest,
        "entries": len(table),
        "prefixes": {kind: table.prefix_count(kind) for kind in ("barcode", "postcode")},
        "bytes": path.stat().st_size,
        "home_country": table.home_country,
        "formats": table.formats,
        "destinations": table.destinations,
    }
    if deltas:
        content |= {"base": table.base, "deltas": [str(delta) for delta in deltas]}
    return content


def delta_content(delta: Delta, path: Path) -> dict[str, Any]:
    """What is in a delta."""
    return {
        "file": str(path),
        "kind": "delta",
        "name": delta.head.name,
        "site": delta.head.site,
        "revision": delta.head.revision,
        "digest": delta.digest,
        "base": delta.head.base,
        "parent": delta.head.parent,
        "changes": delta.counts(),
        "bytes": path.stat().st_size,
        "destinations": delta.head.destinations,
    }


def tell(content: Mapping[str, Any]) -> None:
    """The content of a table or delta as lines of text."""
    told = dict(content)
    told["destinations"] = _names_told(content["destinations"])
    for key in ("formats", "deltas"):
        if key in content:
            told[key] = ", ".join(content[key])
    if "prefixes" in content:
        counts = content["prefixes"].items()
        told["prefixes"] = ", ".join(f"{count} {kind}" for kind, count in counts)
    if "changes" in content:
        told["changes"] = "; ".join(
            f"{kind}: {', '.join(f'{count} {op}' for op, count in counts.items())}"
            for kind, counts in content["changes"].items()
        )
    for key, value in told.items():
        typer.echo(f"{key:<13}{value}")


def _names_told(names: Sequence[str]) -> str:
    """How many names there are, and the first ones; `--json` has them all."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{len(names)}: {', '.join(names[:_MOST_NAMES])}{more}"


def answer_told(answer: Answer) -> str:
    """An answer as one line of text, with nothing in it that a terminal could obey."""
    from sorter.table import shown

    goal = answer.destination or "no destination"
    basis = answer.rule if answer.key is None else f"{answer.rule} {answer.key}"
    parts = [f"{shown(answer.code)} -> {goal} ({basis}, revision {answer.revision})"]
    if isinstance(answer.chutes, tuple):
        parts.append(f"chutes {' '.join(answer.chutes) or 'none: straight on'}")
    marks = (f"{one.name} {'valid' if one.valid else 'INVALID'}" for one in answer.formats)
    parts.append(", ".join(marks) or f"no known format: {answer.reason}")
    if isinstance(answer.blanks_removed, int):
        parts.append(f"blanks removed: {answer.blanks_removed}")
    if answer.in_capitals is True:
        parts.append("read in capitals")
    return "; ".join(parts)


def tell_head_differences(found: HeadDifferences) -> None:
    """What differs between two heads, as lines of text; nothing when nothing does."""
    for key, pair in found.changed.items():
        before, after = (value if isinstance(value, str) else _listed(value) for value in pair)
        typer.echo(f"{key + ':':<19}{before} -> {after}")
    if found.destinations_added or found.destinations_removed:
        counts = f"{found.destinations_added} added, {found.destinations_removed} removed"
        typer.echo(f"{'destinations:':<19}{counts}")
        for sort, names in found.samples.items():
            for name in names:
                typer.echo(f"  {sort:<12}{name}")


def _listed(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else "nothing"


def tell_differences(name: str, found: Differences) -> None:
    """What differs among the keys of one kind, as lines of text."""
    from sorter.table import SORTS_OF_DIFFERENCE

    counts = (f"{getattr(found, sort)} {sort}" for sort in SORTS_OF_DIFFERENCE)
    typer.echo(f"{name + ':':<19}{', '.join(counts)}, {found.same} the same")
    for sort, samples in found.samples.items():
        for sample in samples:
            typer.echo(f"  {sort:<12}{_difference_told(sample)}")
        if samples and (more := getattr(found, sort) - len(samples)):
            typer.echo(f"  {sort:<12}and {more} more")


def _difference_told(sample: Difference) -> str:
    from sorter.table import shown

    return f"{shown(sample.key)}: {sample.before or 'nothing'} -> {sample.after or 'nothing'}"
