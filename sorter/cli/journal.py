"""`sorter journal`: what a line's journal proves and tells."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from sorter.cli.endings import signals_raise
from sorter.cli.journal_find import find
from sorter.cli.journal_folder import journal_folder
from sorter.cli.journal_tail import tail
from sorter.cli.options import DEFAULT_CONFIG, ConfigPath
from sorter.cli.progress import shown_work
from sorter.cli.table_changes import Deltas
from sorter.cli.verdicts import BAD, USAGE, print_json, refusals, refuse

if TYPE_CHECKING:
    from sorter.control.journal_turns import JournalTurns
    from sorter.control.what_if import WhatIf

app = typer.Typer(help="A line's journal: run it again, find a parcel in it.", no_args_is_help=True)

for verb in (find, tail):
    app.command()(verb)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command()
def replay(
    journal: Annotated[
        str, typer.Argument(metavar="JOURNAL", help="A journal's folder, or a line of the config.")
    ],
    table_file: Annotated[
        Path | None,
        typer.Option("--table", metavar="FILE", help="A compiled table to decide by instead."),
    ] = None,
    deltas: Deltas = None,
    plan_file: Annotated[
        Path | None,
        typer.Option("--plan", metavar="PLAN.toml", help="A chute plan to decide by instead."),
    ] = None,
    samples: Annotated[
        int, typer.Option(min=0, metavar="N", help="Parcels to show of each kind of change.")
    ] = 3,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Run a recorded line again: it must say the same, or tell what would have gone elsewhere.

    With neither --table nor --plan, the first difference from the record ends with exit code 1.
    """
    if deltas and table_file is None:
        refuse("--delta needs the --table that it is over", USAGE)
    folder = journal_folder(journal, config)
    with refusals(folder if as_json else None), signals_raise():
        if table_file is None and plan_file is None:
            _prove(folder, as_json=as_json)
        else:
            _hold_against(folder, table_file, deltas or [], plan_file, samples, as_json=as_json)


def _prove(folder: Path, *, as_json: bool) -> None:
    """Tell whether the record comes out again."""
    from sorter.cli.journal_objects import difference_object, replay_counts
    from sorter.cli.journal_told import replay_told
    from sorter.control.journal_turns import JournalTurns, journal_bytes
    from sorter.control.replay import replay as run_again

    with shown_work() as work:
        work.begin("replaying", journal_bytes(folder))
        turns = JournalTurns(folder, work.advance)
        began = perf_counter()
        run, difference = run_again(turns)
        seconds = perf_counter() - began
    equal = difference is None and run.runs > 0
    if as_json:
        counts = replay_counts(run, turns, seconds)
        found = {} if difference is None else {"difference": difference_object(difference)}
        print_json({"journal": str(folder), "equal": equal} | counts | found)
    else:
        typer.echo(replay_told(folder, run, turns, seconds, difference))
    if not equal:
        raise typer.Exit(BAD)


def _hold_against(
    folder: Path,
    table_file: Path | None,
    deltas: list[Path],
    plan_file: Path | None,
    samples: int,
    *,
    as_json: bool,
) -> None:
    """Tell what a candidate would have decided otherwise."""
    from contextlib import nullcontext

    from sorter.cli.journal_objects import candidate_object, changes_object, replay_counts
    from sorter.cli.journal_told import changes_told, difference_told
    from sorter.control.what_if import WhatIf
    from sorter.table import RoutingTable, read_plan

    opened = nullcontext() if table_file is None else RoutingTable.open(table_file, deltas)
    plan = None if plan_file is None else read_plan(plan_file)[0]
    with opened as table:
        what_if = WhatIf(table, plan, samples=samples)
        turns, seconds = _weigh(folder, what_if)
    if as_json:
        head = {"journal": str(folder), "candidate": candidate_object(table, plan)}
        counts = replay_counts(what_if.replay, turns, seconds)
        print_json(head | changes_object(what_if) | counts)
    else:
        typer.echo(changes_told(what_if, turns, seconds))
    if what_if.first is not None:
        typer.echo(difference_told(folder, what_if.first), err=True)
    if not what_if.replay.runs:
        raise typer.Exit(BAD)


def _weigh(folder: Path, what_if: WhatIf) -> tuple[JournalTurns, float]:
    """Play the journal with the candidate beside it; what was read, and in how many seconds."""
    from sorter.control.journal_turns import JournalTurns, journal_bytes
    from sorter.control.what_if import MisfitError

    with shown_work() as work:
        work.begin("replaying", journal_bytes(folder))
        turns = JournalTurns(folder, work.advance)
        began = perf_counter()
        try:
            for turn in turns:
                what_if.take(turn)
        except MisfitError as error:
            refuse(str(error), USAGE)
        return turns, perf_counter() - began
