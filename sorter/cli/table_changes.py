"""`sorter table delta|compact|diff`: what changes from one table to the next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sorter.cli.endings import signals_raise
from sorter.cli.progress import shown_work
from sorter.cli.table_told import (
    delta_content,
    table_content,
    tell,
    tell_differences,
    tell_head_differences,
)
from sorter.cli.verdicts import BAD, print_json, refusals, refuse

if TYPE_CHECKING:
    from sorter.table import RoutingTable

Out = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="What to write.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, or one a line.")]
Deltas = Annotated[
    list[Path] | None,
    typer.Option("--delta", metavar="DELTA", help="A delta over it; once more for the next."),
]
OldDeltas = Annotated[
    list[Path] | None,
    typer.Option("--old-delta", metavar="DELTA", help="A delta over OLD; once more for the next."),
]
NewDeltas = Annotated[
    list[Path] | None,
    typer.Option("--delta", metavar="DELTA", help="A delta over NEW; once more for the next."),
]
OldTable = Annotated[Path, typer.Argument(metavar="OLD", help="A compiled table.")]


def delta(
    old: OldTable,
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A compiled table.")],
    out: Out,
    old_deltas: OldDeltas = None,
    as_json: AsJson = False,
) -> None:
    """Write the delta that turns one table into another."""
    from sorter.table import Delta, RoutingTable, UnlikeTablesError, compile_delta, delta_between

    with refusals(new if as_json else None), signals_raise():
        with shown_work() as work:
            work.begin("comparing")
            with RoutingTable.open(old, old_deltas or ()) as one, RoutingTable.open(new) as other:
                try:
                    found = delta_between(one.content, other.content)
                except UnlikeTablesError as error:
                    refuse(f"{new}: {error}", BAD, new if as_json else None)
            work.begin("writing")
            compile_delta(found, out)
        written = delta_content(Delta.open(out), out)
        if as_json:
            print_json(written)
        else:
            tell(written)


def compact(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="A compiled table.")],
    deltas: Annotated[
        list[Path], typer.Argument(metavar="DELTA...", help="Its deltas in their order.")
    ],
    out: Out,
    as_json: AsJson = False,
) -> None:
    """Write a table and its deltas anew, as one table that gives the same answers."""
    from sorter.table import RoutingTable, compact_table

    with refusals(out if as_json else None), signals_raise():
        with shown_work() as work, RoutingTable.open(base, deltas, memory="mapped") as table:
            work.begin("compacting")
            compact_table(table.content, out)
        with RoutingTable.open(out, memory="mapped") as table:
            written = table_content(table, out)
        if as_json:
            print_json(written)
        else:
            tell(written)


def diff(
    old: OldTable,
    new: Annotated[
        Path | None, typer.Argument(metavar="[NEW]", help="A compiled table; OLD when left out.")
    ] = None,
    deltas: NewDeltas = None,
    old_deltas: OldDeltas = None,
    samples: Annotated[
        int, typer.Option("--samples", metavar="N", min=0, help="How many of each sort to name.")
    ] = 3,
    as_json: AsJson = False,
) -> None:
    """Tell what differs: codes and prefixes that came, went, or lead elsewhere, and heads.

    Without NEW it tells what the deltas do to OLD.
    """
    from sorter.table import RoutingTable

    with refusals(old if as_json else None), signals_raise():
        after = old if new is None else new
        with (
            RoutingTable.open(old, old_deltas or ()) as one,
            RoutingTable.open(after, deltas or ()) as other,
            shown_work() as work,
        ):
            work.begin("comparing")
            found = _differences(one, other, samples)
            heads = {
                "old": _named(one, old, old_deltas or ()),
                "new": _named(other, after, deltas or ()),
            }
        if as_json:
            print_json(heads | found)
            return
        for side, head in heads.items():
            typer.echo(f"{side + ':':<19}{head['name']}@{head['revision']} {head['digest']}")
        tell_head_differences(found["head"])
        tell_differences("codes", found["codes"])
        for kind, differences in found["prefixes"].items():
            tell_differences(f"{kind} prefixes", differences)


def _differences(old: RoutingTable, new: RoutingTable, samples: int) -> dict[str, Any]:
    from sorter.table import diff_codes, diff_heads, diff_prefixes

    one, other = old.content, new.content
    head = diff_heads(one, other, samples)
    codes = diff_codes(one, other, samples)
    prefixes = {kind: diff_prefixes(one, other, kind, samples) for kind in one.prefixes}
    same = not (head.any or any(found.any for found in (codes, *prefixes.values())))
    return {"same": same, "head": head, "codes": codes, "prefixes": prefixes}


def _named(table: RoutingTable, path: Path, deltas: Sequence[Path]) -> dict[str, object]:
    return {
        "file": str(path),
        "deltas": [str(delta) for delta in deltas],
        "name": table.name,
        "revision": table.revision,
        "digest": table.digest,
    }
