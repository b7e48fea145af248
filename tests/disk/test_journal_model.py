"""The journal against a plain list: written, flushed, cut by crashes at any byte, read again."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sorter.disk.journal import FrameKind, JournalReader, JournalRecord, JournalWriter
from sorter.disk.segments import segment_numbers, segment_path
from sorter.engine.commands import AnyCommand
from sorter.engine.events import AnyEvent
from sorter.engine.reports import AnyReport
from tests.support.reports import UTC_NS, commands, events, reports


class JournalStory(RuleBasedStateMachine):
    """`written` is what must be readable; `buffered` what a crash may take."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="journal-"))
        self.writer = JournalWriter.open(self.folder, segment_bytes=600)
        self.follower = JournalReader(self.folder)
        self.epoch = self.writer.epoch
        self.written: list[tuple[FrameKind, object]] = []
        self.buffered: list[tuple[FrameKind, object]] = []
        self.followed: list[JournalRecord] = []

    def teardown(self) -> None:
        self.follower.close()
        self.writer.close()
        shutil.rmtree(self.folder)

    @rule(event=events)
    def append_event(self, event: AnyEvent) -> None:
        self.writer.append_event(event)
        self.buffered.append((FrameKind.EVENT, event))

    @rule(command=commands)
    def append_command(self, command: AnyCommand) -> None:
        self.writer.append_command(command)
        self.buffered.append((FrameKind.COMMAND, command))

    @rule(report=reports)
    def append_report(self, report: AnyReport) -> None:
        reported = sum(kind is FrameKind.REPORT for kind, _ in self.written + self.buffered)
        assert self.writer.append_report(report, UTC_NS, "synced") == reported + 1
        self.buffered.append((FrameKind.REPORT, report))

    @rule()
    def flush(self) -> None:
        self.writer.flush()
        self.written += self.buffered
        self.buffered.clear()

    @rule(share=st.floats(0, 1, exclude_max=True))
    def crash_within_the_flush(self, share: float) -> None:
        """A kill leaves a part of the last write: whole frames and then half a one."""
        newest = segment_path(self.folder, segment_numbers(self.folder)[-1])
        before = newest.stat().st_size
        buffered = len(self.buffered)
        self.flush()
        written_to = segment_path(self.folder, segment_numbers(self.folder)[-1])
        start = before if written_to == newest else 0
        cut = start + int(share * (written_to.stat().st_size - start))
        self.reopen(written_to, cut, buffered)

    def reopen(self, torn: Path, cut: int, buffered: int) -> None:
        self.writer.close()
        with torn.open("r+b") as segment:
            segment.truncate(cut)
        self.writer = JournalWriter.open(self.folder, segment_bytes=600)
        with JournalReader(self.folder) as reader:
            left = len(reader.read_new(10**6))
        assert len(self.written) - buffered <= left <= len(self.written)
        del self.written[left:]
        assert self.writer.epoch == self.epoch

    @rule(share=st.floats(0, 1, exclude_max=True), at_most=st.integers(1, 5))
    def follow(self, share: float, at_most: int) -> None:
        """A gateway reads on, now and then anew from the place it had."""
        if share < 0.3:
            position = self.follower.position
            self.follower.close()
            self.follower = JournalReader(self.folder, position)
        self.followed += self.follower.read_new(at_most)

    @invariant()
    def what_was_followed_is_what_was_written(self) -> None:
        seen = [(record.kind, record.body) for record in self.followed]
        assert seen == self.written[: len(seen)]
        reported = [record.seq for record in self.followed if record.kind is FrameKind.REPORT]
        assert reported == list(range(1, len(reported) + 1))
        assert [record.index for record in self.followed] == list(range(1, len(seen) + 1))


TestJournalStory = JournalStory.TestCase
TestJournalStory.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
