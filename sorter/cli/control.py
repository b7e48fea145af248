"""`sorter control LINE`: the control process of one line, as a service starts it."""

from __future__ import annotations

from typing import Annotated

import typer

from sorter.cli.options import DEFAULT_CONFIG, ConfigPath, read_config, start_log


def control(
    line: Annotated[str, typer.Argument(help="The line's name in the config.")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Control one line until SIGTERM: scanner, PLC and journal."""
    from sorter.app.control import NoStartError, run_control
    from sorter.disk.journal import JournalError

    start_log("control")
    box = read_config(config)
    try:
        run_control(box, line)
    except (KeyError, NoStartError, JournalError) as error:
        typer.echo(f"sorter control: {error.args[0]}", err=True)
        raise typer.Exit(2) from error
