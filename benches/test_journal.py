"""The journal and the way to the hub, each beside the bare thing it can't be faster than.

A turn is what the control loop writes at once: an event, a command and a report in one flush; its
peer writes the same bytes with os.write. The way to the hub is REPORTS reports from append to the
last acknowledgement, through the real gateway, Mosquitto and the hub's SQLite; its peer is
appending and flushing the same reports alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from sorter.disk.journal import FrameKind, JournalReader, JournalWriter
from sorter.disk.segments import segment_path
from sorter.engine.commands import ArmDivert
from sorter.engine.events import BeltMoved
from sorter.protocol.journal_frames import HEAD_BYTES
from tests.support.box import Box
from tests.support.broker import PrivateBroker
from tests.support.reports import UTC_NS, closed
from tests.support.waiting import until

REPORTS = 10_000
BURST = 50

EVENT = BeltMoved(time_ns=10**15, count=10**7)
COMMAND = ArmDivert(
    sequence=7, parcel=7, diverter="D1", side="left", target_count=10**7, pulse_ms=60
)
REPORT = closed(7)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalWriter]:
    with JournalWriter.open(tmp_path / "journal") as writer:
        yield writer


def test_turn_journal(benchmark: BenchmarkFixture, journal: JournalWriter) -> None:
    benchmark.group = "one turn of control: three frames"

    def turn() -> None:
        journal.append_event(EVENT)
        journal.append_command(COMMAND)
        journal.append_report(REPORT, UTC_NS, "synced")
        journal.flush()

    benchmark(turn)


def test_turn_bare_write(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.group = "one turn of control: three frames"
    with JournalWriter.open(tmp_path / "journal") as writer:
        writer.append_event(EVENT)
        writer.append_command(COMMAND)
        writer.append_report(REPORT, UTC_NS, "synced")
    frames = segment_path(tmp_path / "journal", 1).read_bytes()[HEAD_BYTES:]
    bare = os.open(tmp_path / "bare", os.O_WRONLY | os.O_CREAT)
    benchmark(os.write, bare, frames)
    os.close(bare)


def test_read_reports(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.group = f"reading {REPORTS:,} reports"
    with JournalWriter.open(tmp_path) as writer:
        append(writer)

    def read() -> int:
        with JournalReader(tmp_path, kinds=[FrameKind.REPORT]) as reader:
            return len(reader.read_new(REPORTS + 1))

    assert benchmark(read) == REPORTS


def append(writer: JournalWriter) -> None:
    for _ in range(REPORTS // BURST):
        for _ in range(BURST):
            writer.append_report(REPORT, UTC_NS, "synced")
        writer.flush()


def test_to_the_hub(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.group = f"{REPORTS:,} reports to their last acknowledgement"
    with PrivateBroker(tmp_path) as broker:
        box = Box(tmp_path, broker.port)
        box.start_hub()
        box.start_gateway()

        def deliver() -> None:
            append(box.journal)
            until(lambda: box.acknowledged() == box.journal.next_seq - 1, "all acknowledged")

        benchmark.pedantic(deliver, rounds=5)  # type: ignore[no-untyped-call]  # it has no types
        box.close()


def test_to_the_hub_bare_append(benchmark: BenchmarkFixture, journal: JournalWriter) -> None:
    benchmark.group = f"{REPORTS:,} reports to their last acknowledgement"
    benchmark.pedantic(append, (journal,), rounds=5)  # type: ignore[no-untyped-call]  # it has no types


def test_one_report_to_its_acknowledgement(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.group = "one report to its acknowledgement; sync_interval is 200 ms"
    with PrivateBroker(tmp_path) as broker:
        box = Box(tmp_path, broker.port)
        box.start_hub()
        box.start_gateway()

        def deliver() -> None:
            box.report(1)
            until(lambda: box.acknowledged() == box.journal.next_seq - 1, "acknowledged")

        benchmark.pedantic(deliver, rounds=20)  # type: ignore[no-untyped-call]  # it has no types
        box.close()
