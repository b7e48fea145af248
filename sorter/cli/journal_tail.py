"""`sorter journal tail`: the last records of a journal, and those that come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from sorter.cli.endings import signals_raise
from sorter.cli.journal_folder import journal_folder
from sorter.cli.options import DEFAULT_CONFIG, ConfigPath
from sorter.cli.verdicts import print_json, refusals

if TYPE_CHECKING:
    from sorter.disk.journal import JournalRecord

_LOOK_AGAIN_S = 0.2


def tail(
    journal: Annotated[
        str, typer.Argument(metavar="JOURNAL", help="A journal's folder, or a line of the config.")
    ],
    records: Annotated[
        int, typer.Option("--records", "-n", metavar="N", min=0, help="How many of the last.")
    ] = 20,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a record.")] = False,
) -> None:
    """Show the last records of a journal: events, orders and reports. Control may go on writing."""
    folder = journal_folder(journal, config)
    with refusals(), signals_raise():
        for record in _last(folder, records, follow=follow):
            if as_json:
                print_json(_object(record))
            else:
                typer.echo(_line(record))


def _last(folder: Path, records: int, *, follow: bool) -> Iterator[JournalRecord]:
    from sorter.disk.journal import JournalReader, find_last

    with JournalReader(folder, find_last(folder, records)) as reader:
        while True:
            while new := reader.read_new():
                yield from new
            if not follow:
                return
            sleep(_LOOK_AGAIN_S)


def _line(record: JournalRecord) -> str:
    from sorter.control.words import told, utc_text

    utc = utc_text(record.utc_ns) or ""
    return f"{record.index:>10}  {record.kind.name.lower():7}  {utc:24}  {told(record.body)}"


def _object(record: JournalRecord) -> dict[str, object]:
    from sorter.control.words import utc_text

    return {
        "record": record.index,
        "epoch": record.epoch,
        "kind": record.kind.name.lower(),
        "seq": record.seq,
        "utc": utc_text(record.utc_ns),
        "utc_quality": record.utc_quality,
        "body": record.body,
    }
