"""`sorter gateway`: the gateway process of a box, as a service starts it."""

from __future__ import annotations

import typer

from sorter.cli.options import DEFAULT_CONFIG, ConfigPath, read_config, start_log


def gateway(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Deliver the box's reports to the hub until SIGTERM, then drain."""
    from sorter.app.gateway import NoStartError, run_gateway

    start_log("gateway")
    box = read_config(config)
    try:
        run_gateway(box)
    except NoStartError as error:
        typer.echo(f"sorter gateway: {error}", err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(f"sorter gateway: {error}; start it again", err=True)
        raise typer.Exit(1) from error
