"""Journals on the disk, written by the real writer: what a simulated line recorded, or made up."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sorter.disk.journal import JournalWriter
from sorter.engine.commands import Command
from sorter.engine.line import Output
from sorter.engine.moment import Event
from tests.simulation.host import Entry
from tests.support.reports import UTC_NS

Body = Event | Output


def write_journal(folder: Path, bodies: Iterable[Body], *, segment_bytes: int = 64 << 20) -> None:
    """Write records as control does: one flush a turn, reports in step with the events' clock."""
    now_ns = 0
    with JournalWriter.open(folder, segment_bytes=segment_bytes) as writer:
        for body in bodies:
            if isinstance(body, Event):
                writer.flush()
                now_ns = body.time_ns
                writer.append_event(body)  # type: ignore[arg-type]  # each Event is in AnyEvent
            elif isinstance(body, Command):
                writer.append_command(body)
            else:
                writer.append_report(body, UTC_NS + now_ns, "synced")


def bodies_of(journal: Iterable[Entry]) -> list[Body]:
    """What the simulated host recorded."""
    return [entry.body for entry in journal]
