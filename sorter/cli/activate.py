"""`sorter table activate`: puts a loaded table in force, between two parcels on a running line."""

from __future__ import annotations

from typing import Annotated

import typer

from sorter.cli.options import DEFAULT_CONFIG, ConfigPath, read_config
from sorter.cli.verdicts import BAD, USAGE, refuse


def activate(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="NAME@REVISION, or a digest's beginning.")
    ],
    line: Annotated[str | None, typer.Option(help="The line, if there are several.")] = None,
    plan: Annotated[
        str | None, typer.Option(help="The chute plan's revision or digest; the newest if none.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Decide by a loaded table from the next parcel on."""
    import json

    from sorter.app.activate import RefusedError, activate_pair
    from sorter.table import SourceError, StoreError, TableFileError

    box = read_config(config)
    if line is None:
        if len(box.lines) != 1:
            names = ", ".join(known.name for known in box.lines)
            refuse(f"which line? --line one of {names}", USAGE)
        line = box.lines[0].name
    try:
        done = activate_pair(box, line, table, plan)
    except KeyError as error:
        refuse(str(error.args[0]), USAGE)
    except (RefusedError, SourceError, StoreError, TableFileError, OSError) as error:
        refuse(str(error), BAD)
    if as_json:
        typer.echo(json.dumps(done))
    else:
        when = "from the next parcel on" if done["running"] else "from its next start on"
        pair = f"{done['table']} revision {done['revision']}, plan revision {done['plan_revision']}"
        typer.echo(f"{line} decides by {pair} {when}")
