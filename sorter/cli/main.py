"""The `sorter` command: one group of verbs a file. What a verb needs is imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from sorter.cli import activate, hub, journal, line, plan, table
from sorter.cli import control as control_commands
from sorter.cli import demo as demo_commands
from sorter.cli import gateway as gateway_commands
from sorter.cli import run as run_commands

app = typer.Typer(
    name="sorter",
    help="The open controller for parcel sorting lines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(table.app, name="table")
table.app.command("activate")(activate.activate)
app.add_typer(plan.app, name="plan")
app.add_typer(line.app, name="line")
app.add_typer(journal.app, name="journal")
app.add_typer(hub.app, name="hub")
app.command("demo")(demo_commands.demo)
app.command("run")(run_commands.run)
app.command("control")(control_commands.control)
app.command("gateway")(gateway_commands.gateway)


def _show_version(asked: bool) -> None:
    if asked:
        from sorter import __version__

        typer.echo(f"sorter {__version__}")
        raise typer.Exit


@app.callback()
def _sorter(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    """The open controller for parcel sorting lines."""


def main() -> None:
    """The entry point of the command."""
    app()
