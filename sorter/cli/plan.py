"""`sorter plan`: the chute plan of a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sorter.cli.options import DEFAULT_CONFIG, ConfigPath, read_config
from sorter.cli.verdicts import (
    USAGE,
    end_with_verdict,
    print_json,
    print_problems,
    refusals,
    refuse,
)

if TYPE_CHECKING:
    from sorter.config import Config

app = typer.Typer(help="Chute plans: which chutes serve a destination.", no_args_is_help=True)

PlanFile = Annotated[Path, typer.Argument(metavar="FILE", help="A plan.toml.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command()
def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to write.")] = Path(
        "plan.toml"
    ),
) -> None:
    """Write a small sound plan to start from; it fits the table of `sorter table init`."""
    from sorter.table import write_example_plan

    with refusals():
        write_example_plan(file)
        typer.echo(file)


@app.command()
def check(
    file: PlanFile,
    table_file: Annotated[
        Path | None,
        typer.Option("--table", metavar="FILE", help="A compiled table to hold it against."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A box's config: hold it against the line's chutes.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a plan, naming every error; with --table and --config also whether it fits."""
    from sorter.table import RoutingTable, SourceError, read_plan, report_misfits

    box = None if config is None else read_config(config)
    with refusals():
        destinations = None
        if table_file is not None:
            with RoutingTable.open(table_file) as table:
                destinations = table.destinations
        try:
            plan, problems = read_plan(file)
        except SourceError as error:
            problems = error.problems
        else:
            chutes = None if box is None else _chutes(box, plan.line)
            report_misfits(plan, problems, chutes=chutes, destinations=destinations, file=file.name)
        end_with_verdict(file, problems, as_json=as_json)


@app.command()
def show(file: PlanFile, as_json: AsJson = False) -> None:
    """Tell what a plan says."""
    from sorter.table import read_plan

    with refusals():
        plan, _ = read_plan(file)
    if as_json:
        print_json(
            {
                "file": str(file),
                "line": plan.line,
                "revision": plan.revision,
                "digest": plan.digest,
                "destinations": plan.destinations,
                "fallback": plan.fallback,
            }
        )
        return
    typer.echo(f"line {plan.line}, revision {plan.revision}, digest {plan.digest}")
    for name, entry in plan.destinations.items():
        typer.echo(f"{name}: {' '.join(entry.chutes)} ({entry.policy})")
        if entry.after_cut_off:
            late = " ".join(entry.after_cut_off)
            typer.echo(f"{name} from {entry.cut_off} to {entry.reopens}: {late} ({entry.policy})")
    for rule, chutes in plan.fallback.items():
        typer.echo(f"fallback {rule}: {' '.join(chutes) or 'straight on'}")


@app.command()
def load(file: PlanFile, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Judge a plan, hold it against its line's chutes, and put it into the box's store."""
    from sorter.table import TableStore, read_plan, report_misfits

    box = read_config(config)
    with refusals():
        plan, problems = read_plan(file)
        report_misfits(plan, problems, chutes=_chutes(box, plan.line), file=file.name)
        problems.raise_errors()
        print_problems(problems)
        stored = TableStore(box.store_dir).load_plan(file, plan.line)
    if as_json:
        print_json(stored._asdict() | {"path": str(stored.path)})
    else:
        typer.echo(f"{stored.name}@{stored.revision} {stored.digest}")


def _chutes(box: Config, line: str) -> list[str]:
    """The names of the chutes of a line; without such a line in the config there is no answer."""
    chutes = {each.name: [chute.name for chute in each.chutes] for each in box.lines}
    if line not in chutes:
        known = ", ".join(chutes)
        refuse(f"the plan is for line {line!r}, but the config has {known}", USAGE)
    return chutes[line]
