"""The journal's promises one by one: one writer, whole flushes, torn tails, damage by name."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sorter.disk.journal import (
    Extent,
    FrameKind,
    JournalDamagedError,
    JournalFullError,
    JournalInUseError,
    JournalReader,
    JournalWriter,
    extents,
    find_last,
    find_report,
)
from sorter.disk.segments import segment_numbers, segment_path
from sorter.engine.commands import HoldInfeed
from sorter.engine.events import BeltMoved
from sorter.engine.reports import PlanInUse, TableInUse
from tests.support.reports import UTC_NS, closed


def write_reports(folder: Path, count: int, *, segment_bytes: int = 64 << 20) -> None:
    with JournalWriter.open(folder, segment_bytes=segment_bytes) as writer:
        for _ in range(count):
            writer.append_report(closed(writer.next_seq), UTC_NS, "synced")
            writer.append_event(BeltMoved(time_ns=1, count=2))
            writer.flush()


def seqs(folder: Path) -> list[int | None]:
    with JournalReader(folder, kinds=[FrameKind.REPORT]) as reader:
        return [record.seq for record in reader.read_new(10**6)]


def test_a_second_writer_is_refused_by_the_folder_s_name(tmp_path: Path) -> None:
    with JournalWriter.open(tmp_path), pytest.raises(JournalInUseError, match=str(tmp_path)):
        JournalWriter.open(tmp_path)
    JournalWriter.open(tmp_path).close()


def test_nothing_is_seen_before_the_flush_and_a_flush_is_one_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = JournalWriter.open(tmp_path), JournalReader(tmp_path)
    writes: list[int] = []
    write = os.write

    def counted(descriptor: int, content: bytes) -> int:
        writes.append(len(content))
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", counted)
    writer.append_event(BeltMoved(time_ns=1, count=2))
    writer.append_command(HoldInfeed())
    writer.append_report(closed(1), UTC_NS, "unsynced")
    assert reader.read_new() == []
    writer.flush()
    writer.flush()
    assert len(writes) == 1
    assert [record.kind.name for record in reader.read_new()] == ["EVENT", "COMMAND", "REPORT"]
    reader.close()
    writer.close()


def test_a_report_carries_its_time_and_the_revisions_in_force(tmp_path: Path) -> None:
    with JournalWriter.open(tmp_path) as writer:
        writer.append_report(closed(1), UTC_NS, "unknown")
        table = TableInUse(name="liege", revision=7, digest="d", entries=3, by="ann")
        writer.append_report(table, UTC_NS + 1, "synced")
        writer.append_report(PlanInUse(revision=4, digest="d", by="ann"), UTC_NS + 2, "synced")
    with JournalReader(tmp_path) as reader:
        first, second, third = reader.read_new()
    assert (first.seq, first.utc_ns, first.utc_quality) == (1, UTC_NS, "unknown")
    assert (first.table_revision, first.plan_revision) == (None, None)
    assert (second.table_revision, second.plan_revision) == (7, None)
    assert (third.table_revision, third.plan_revision) == (7, 4)
    assert third.epoch == writer.epoch


def test_segments_roll_and_a_reader_follows_across_them(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path)
    write_reports(tmp_path, 40, segment_bytes=1000)
    assert len(segment_numbers(tmp_path)) > 5
    assert [record.index for record in reader.read_new(10**6)] == list(range(1, 81))
    reader.sync()
    write_reports(tmp_path, 3, segment_bytes=1000)
    assert [record.index for record in reader.read_new()] == list(range(81, 87))
    reader.close()


def test_extents_and_places_of_reports_are_found_across_segments(tmp_path: Path) -> None:
    assert extents(tmp_path / "none") == []
    write_reports(tmp_path, 40, segment_bytes=1000)
    epoch = extents(tmp_path)[0].epoch
    assert extents(tmp_path) == [Extent(epoch, first_held=1, last=40)]
    for wanted in (1, 2, 13, 39, 40):
        place = find_report(tmp_path, epoch, wanted)
        with JournalReader(tmp_path, place, kinds=[FrameKind.REPORT]) as reader:
            assert reader.read_new(1)[0].seq == wanted
    with JournalReader(tmp_path, find_report(tmp_path, epoch, 41), kinds=[FrameKind.REPORT]) as end:
        assert end.read_new() == []
        write_reports(tmp_path, 1, segment_bytes=1000)
        assert [record.seq for record in end.read_new()] == [41]
    assert find_report(tmp_path, epoch + 1, 1) is None


def test_a_folder_whose_oldest_segments_were_deleted_tells_what_it_still_holds(
    tmp_path: Path,
) -> None:
    write_reports(tmp_path, 40, segment_bytes=1000)
    segment_path(tmp_path, 1).unlink()
    held = seqs(tmp_path)
    assert extents(tmp_path)[0].first_held == held[0] != 1
    assert held[-1] == 40


def test_a_crash_while_rolling_leaves_a_headless_segment_that_is_dropped(tmp_path: Path) -> None:
    write_reports(tmp_path, 10, segment_bytes=1000)
    newest = segment_numbers(tmp_path)[-1]
    segment_path(tmp_path, newest + 1).write_bytes(b"SORT")
    reader = JournalReader(tmp_path, kinds=[FrameKind.REPORT])
    assert len(reader.read_new()) == 10
    write_reports(tmp_path, 10, segment_bytes=1000)
    assert [record.seq for record in reader.read_new()] == list(range(11, 21))
    reader.close()


def test_zeros_that_a_power_cut_leaves_at_the_end_are_cut(tmp_path: Path) -> None:
    write_reports(tmp_path, 3)
    with segment_path(tmp_path, 1).open("ab") as segment:
        segment.write(bytes(300_000))
    assert seqs(tmp_path) == [1, 2, 3]
    write_reports(tmp_path, 1)
    assert seqs(tmp_path) == [1, 2, 3, 4]


def test_a_bad_last_frame_is_not_yet_there(tmp_path: Path) -> None:
    write_reports(tmp_path, 3)
    spoil(segment_path(tmp_path, 1), -1)
    with JournalReader(tmp_path) as reader:
        assert len(reader.read_new()) == 5
        write_reports(tmp_path, 1)
        assert [record.seq for record in reader.read_new()] == [4, None]


def spoil(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x55
    path.write_bytes(content)


def test_damage_before_the_end_is_named_by_file_and_byte(tmp_path: Path) -> None:
    write_reports(tmp_path, 20)
    spoil(segment_path(tmp_path, 1), 700)
    with JournalReader(tmp_path) as reader, pytest.raises(JournalDamagedError, match="byte 5"):
        reader.read_new()
    with pytest.raises(JournalDamagedError, match=r"00000001\.journal, byte 5.*checksum"):
        JournalWriter.open(tmp_path)


def test_half_a_frame_in_an_older_segment_is_damage(tmp_path: Path) -> None:
    write_reports(tmp_path, 20, segment_bytes=1000)
    with segment_path(tmp_path, 2).open("r+b") as segment:
        segment.truncate(segment_path(tmp_path, 2).stat().st_size - 3)
    with JournalReader(tmp_path) as reader, pytest.raises(JournalDamagedError, match="goes on in"):
        reader.read_new()


def test_a_missing_segment_is_named(tmp_path: Path) -> None:
    write_reports(tmp_path, 20, segment_bytes=1000)
    segment_path(tmp_path, 2).write_bytes(segment_path(tmp_path, 3).read_bytes())
    with JournalReader(tmp_path) as reader, pytest.raises(JournalDamagedError, match="missing"):
        reader.read_new()


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    segment_path(tmp_path, 1).write_bytes(b"#!/bin/sh\n" * 10)
    with pytest.raises(JournalDamagedError, match="no journal segment"):
        JournalWriter.open(tmp_path)
    with JournalReader(tmp_path) as reader, pytest.raises(JournalDamagedError, match="no journal"):
        reader.read_new()


def test_a_full_disk_keeps_what_was_not_written_and_goes_on_later(tmp_path: Path) -> None:
    """The file size limit makes the kernel take half of a write and then refuse, like a full disk.

    RLIMIT_FSIZE gives EFBIG in place of ENOSPC; both are a disk that takes no more.
    """
    writer = JournalWriter.open(tmp_path)
    for parcel in range(1, 30):
        writer.append_report(closed(parcel), UTC_NS, "synced")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, before[1]))
    try:
        with pytest.raises(JournalFullError, match="free some space") as full:
            writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert isinstance(full.value.__cause__, OSError)
    assert full.value.__cause__.errno == errno.EFBIG
    some = seqs(tmp_path)
    assert 0 < len(some) < 29
    writer.append_report(closed(30), UTC_NS, "synced")
    writer.close()
    assert seqs(tmp_path) == list(range(1, 31))


WRITE_WITHOUT_END = """
import sys
from pathlib import Path
from sorter.disk.journal import JournalWriter
from tests.support.reports import UTC_NS, closed
with JournalWriter.open(Path(sys.argv[1]), segment_bytes=20_000) as writer:
    while True:
        for _ in range(50):
            writer.append_report(closed(writer.next_seq), UTC_NS, "synced")
        writer.flush()
        print(writer.next_seq - 1, flush=True)
"""


def test_a_writer_killed_in_mid_write_loses_no_flushed_report(tmp_path: Path) -> None:
    told = 0
    for run in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITE_WITHOUT_END, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            for _ in range(10 + run * 7):
                told = int(writer.stdout.readline())
            writer.kill()
        found = seqs(tmp_path)
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= told
    assert len(extents(tmp_path)) == 1


def test_the_last_records_are_found_whatever_segment_they_are_in(tmp_path: Path) -> None:
    assert find_last(tmp_path, 3) is None
    write_reports(tmp_path, 40, segment_bytes=1000)
    with JournalReader(tmp_path) as reader:
        whole = reader.read_new(1000)
    assert len(segment_numbers(tmp_path)) > 3
    for records in (0, 1, 2, 7, 30, 79, 80, 81, 1000):
        with JournalReader(tmp_path, find_last(tmp_path, records)) as reader:
            assert reader.read_new(1000) == (whole[-records:] if records else [])
