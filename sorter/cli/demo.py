"""`sorter demo`: the whole chain on a simulated line, and whether its accounts agree."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sorter.demo.mix import Mix
    from sorter.demo.reconcile import Reconciliation

DEFAULT_PARCELS = 300
DEFAULT_RATE_PER_HOUR = 18_000.0
INTERRUPTED = 130
# Parcels have whole tenths of a millimetre, so a rate is not met to the last digit.
NEARLY = 0.99


def demo(
    *,
    parcels: Annotated[int, typer.Option(help="Parcels to sort.", min=20)] = DEFAULT_PARCELS,
    rate: Annotated[
        float, typer.Option(metavar="PER_HOUR", help="Parcels an hour.", min=1)
    ] = DEFAULT_RATE_PER_HOUR,
    seed: Annotated[int, typer.Option(help="Draws the parcels and the plant's chance.")] = 1,
    headless: Annotated[bool, typer.Option("--headless", help="No live view.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The result as one JSON object, the last line.")
    ] = False,
    pids: Annotated[
        Path | None, typer.Option(help="Write the process ids by name into this file.")
    ] = None,
) -> None:
    """Sort parcels on a simulated line: scanner, PLC, broker and hub, each a process of its own.

    Exit code 0 only when no parcel is in a wrong chute, every parcel is accounted for, and the hub
    has every event once.
    """
    from sorter.demo.mix import make_mix

    mix = make_mix(parcels, rate, seed)
    if mix.per_hour < NEARLY * mix.asked_per_hour:
        fits = f"{mix.per_hour:,.0f} an hour fit on the belt, {mix.asked_per_hour:,.0f} were asked"
        typer.echo(f"sorter demo: {fits} for", err=True)
    folder = _own_folder()
    result = _run(mix, folder, pids, shown=not headless and not as_json)
    _tell(result, folder, as_json=as_json)
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)
    if result.failures:
        raise typer.Exit(1)


def _own_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="sorter-demo-"))
    except OSError as error:
        typer.echo(f"sorter demo: no folder for its files: {error}; set TMPDIR", err=True)
        raise typer.Exit(1) from error


def _run(mix: Mix, folder: Path, pids: Path | None, *, shown: bool) -> Reconciliation:
    """Run it; whatever keeps it from its end is told, and leaves no folder without messages."""
    from sorter.app.children import ChildError
    from sorter.demo.live import view
    from sorter.demo.run import Demo, DemoError, DemoOptions

    async def run() -> Reconciliation:
        with view(shown=shown) as show:
            return await Demo(mix, DemoOptions(folder, pids)).run(show)

    try:
        return asyncio.run(run())
    except (DemoError, ChildError, OSError) as error:
        typer.echo(f"sorter demo: {error}", err=True)
        if any(folder.glob("*.log")):
            typer.echo(f"sorter demo: the processes' messages are in {folder}", err=True)
        else:
            shutil.rmtree(folder)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:  # before the demo took the signals over
        shutil.rmtree(folder)
        raise typer.Exit(INTERRUPTED) from error


def _tell(result: Reconciliation, folder: Path, *, as_json: bool) -> None:
    from sorter.demo.telling import told

    if result.failures:
        for failure in result.failures:
            typer.echo(f"sorter demo: {failure}", err=True)
        typer.echo(f"sorter demo: journals and messages are kept in {folder}", err=True)
    else:
        shutil.rmtree(folder)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(result).decode())
    else:
        typer.echo(told(result))
