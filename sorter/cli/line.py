"""`sorter line`: what a person tells a running line, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sorter.cli.options import DEFAULT_CONFIG, ConfigPath, read_config
from sorter.cli.verdicts import BAD, USAGE, print_json, refuse

if TYPE_CHECKING:
    from sorter.protocol.local import AnyRequest

app = typer.Typer(help="A running line: shut and open, reset, modes, shifts.", no_args_is_help=True)

LineName = Annotated[str | None, typer.Option("--line", help="The line, if there are several.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Chute = Annotated[str, typer.Argument(metavar="CHUTE", help="A chute of the line.")]


@app.command()
def status(
    line: LineName = None, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """Tell how the line stands."""
    from sorter.cli.line_told import status_told
    from sorter.protocol.local import ShowStatus

    done = _ask(config, line, ShowStatus())
    if as_json:
        print_json(done)
    else:
        for told in status_told(done):
            typer.echo(told)


@app.command()
def block(
    chute: Chute,
    line: LineName = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Send no parcel into a chute until it is unblocked."""
    _instruct(config, line, "block", chute, as_json=as_json)


@app.command()
def unblock(
    chute: Chute,
    line: LineName = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let a chute that was blocked have parcels again."""
    _instruct(config, line, "unblock", chute, as_json=as_json)


@app.command()
def reset(
    diverter: Annotated[str, typer.Argument(metavar="DIVERTER", help="A diverter of the line.")],
    line: LineName = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Use a diverter again that missed too often, after somebody has seen to it."""
    _instruct(config, line, "reset", diverter, as_json=as_json)


@app.command()
def removed(
    parcel: Annotated[str, typer.Argument(metavar="PARCEL", help="Its number on this line.")],
    line: LineName = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say that a parcel was taken off the belt."""
    _instruct(config, line, "removed", parcel, as_json=as_json)


@app.command()
def ack(
    cause: Annotated[str, typer.Argument(metavar="CAUSE", help="The alarm, such as chute_full.")],
    place: Annotated[
        str | None, typer.Argument(metavar="PLACE", help="Where it is; the line itself if none.")
    ] = None,
    line: LineName = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Take an alarm in hand."""
    _instruct(config, line, "ack", cause, place, as_json=as_json)


@app.command()
def mode(
    name: Annotated[str, typer.Argument(metavar="MODE", help="production, shadow or maintenance.")],
    line: LineName = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Choose the mode, while the machine is stopped or idle."""
    _instruct(config, line, "mode", name, as_json=as_json)


@app.command()
def machine(
    command: Annotated[
        str,
        typer.Argument(
            metavar="COMMAND",
            help="reset, start, hold, unhold, suspend, unsuspend, complete, stop, abort or clear.",
        ),
    ],
    line: LineName = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Give the machine a command."""
    _instruct(config, line, "machine", command, as_json=as_json)


@app.command()
def shift(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The shift that begins.")],
    line: LineName = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Begin a shift; the one before is told in numbers."""
    _instruct(config, line, "shift", name, as_json=as_json)


def _instruct(
    config: ConfigPath,
    line: str | None,
    instruction: str,
    what: str,
    place: str | None = None,
    *,
    as_json: bool,
) -> None:
    import msgspec

    from sorter.control.words import told
    from sorter.engine.reports import AnyReport
    from sorter.protocol.local import Instruct

    asked = {"instruction": instruction, "what": what, "place": place}
    try:
        request = msgspec.convert(asked, Instruct)
    except msgspec.ValidationError as error:
        refuse(f"no instruction: {error}", USAGE)
    done = _ask(config, line, request)
    if as_json:
        print_json(done)
        return
    for report in msgspec.convert(done["said"], list[AnyReport]):
        typer.echo(told(report))
    if not done["said"]:
        typer.echo("done" if done["changed"] else "nothing changed")


def _ask(path: ConfigPath, line: str | None, request: AnyRequest) -> dict[str, object]:
    from sorter.app.activate import RefusedError
    from sorter.app.instruct import ask_line

    box = read_config(path)
    if line is None:
        if len(box.lines) != 1:
            names = ", ".join(known.name for known in box.lines)
            refuse(f"which line? --line one of {names}", USAGE)
        line = box.lines[0].name
    try:
        return ask_line(box, line, request)
    except (RefusedError, OSError) as error:
        refuse(str(error), BAD)
