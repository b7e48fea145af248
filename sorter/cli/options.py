"""What the commands have in common: the config option, its errors, and logging to stderr."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sorter.config import Config

ConfigPath = Annotated[
    Path,
    typer.Option("--config", help="The box's configuration.", show_default=True, dir_okay=False),
]
DEFAULT_CONFIG = Path("/etc/sorter/sorter.toml")


def read_config(path: Path) -> Config:
    """The config at `path`; every problem of it goes to stderr, with exit code 2."""
    from sorter.config import ConfigError, load_config

    try:
        return load_config(path)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def start_log(process: str) -> None:
    """Log to stderr, which journald or the parent keeps, under the process's name."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format=f"%(asctime)s {process}[%(process)d] %(levelname)s %(message)s",
    )
    # pymodbus reports each lost request as an error of its own; the session already says it once.
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
