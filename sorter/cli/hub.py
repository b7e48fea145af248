"""`sorter hub`: the central side, which collects the reports of all boxes."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sorter.cli.options import start_log

app = typer.Typer(help="The hub: collect and look at the boxes' reports.", no_args_is_help=True)

Database = Annotated[Path, typer.Option("--db", metavar="FILE", help="The store, in SQLite.")]


class MqttVersion(StrEnum):
    """What the broker speaks."""

    FIVE = "5"
    THREE = "3.1.1"


@app.command()
def serve(
    broker: Annotated[str, typer.Option(metavar="HOST:PORT", help="The MQTT broker.")],
    db: Database,
    site: Annotated[str | None, typer.Option(help="Only this site; else all of them.")] = None,
    mqtt_version: Annotated[MqttVersion, typer.Option(help="MQTT version.")] = MqttVersion.FIVE,
) -> None:
    """Collect the boxes' reports until SIGTERM; each is stored once and then acknowledged."""
    import sqlite3

    from sorter.app.hub import HubStoreError, serve_hub
    from sorter.protocol.broker_link import BrokerAddress
    from sorter.protocol.topics import TopicError

    start_log("hub")
    host, _, port = broker.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        typer.echo(f"sorter hub: --broker is {broker!r}, expected HOST:PORT", err=True)
        raise typer.Exit(2)
    try:
        serve_hub(BrokerAddress(host, int(port), mqtt_version.value), db, site)
    except (TopicError, HubStoreError) as error:
        typer.echo(f"sorter hub: {error}", err=True)
        raise typer.Exit(2) from error
    except sqlite3.Error as error:
        typer.echo(f"sorter hub: {db}: {error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def status(
    db: Database,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """What the store holds: boxes, and of each line and epoch the stored and complete reports."""
    from sorter.app.hub import HubStoreError, read_status

    try:
        found = read_status(db)
    except HubStoreError as error:
        typer.echo(f"sorter hub: {error}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(found))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    for box in found["boxes"]:
        typer.echo(f"box {box['box']} of {box['site']}: {box['state']}")
    for stream in found["streams"]:
        typer.echo(
            f"{stream['box']}/{stream['line']} epoch {stream['epoch']}: {stream['stored']} stored,"
            f" complete up to {stream['contiguous']}, {stream['received_again']} received again,"
            f" {stream['conflicting']} conflicting"
        )
    for reason, messages in found["refused"].items():
        typer.echo(f"refused as {reason}: {messages}")
