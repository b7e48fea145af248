"""Follows a line's journal while it is written, across its segments, record by record.

A reader never sees half a frame: what is short or bad at the very end is "not yet". Damage before
the end is raised by name. A reader changes nothing in the folder but what it is asked to: `sync`
makes durable what it has read, since the writer itself never waits for the disk.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Self

import msgspec

from sorter.disk.atomic import sync_folder
from sorter.disk.segments import (
    FrameWalk,
    JournalDamagedError,
    JournalError,
    checked_head,
    segment_numbers,
    segment_path,
)
from sorter.engine.commands import AnyCommand
from sorter.engine.events import AnyEvent
from sorter.engine.reports import AnyReport
from sorter.protocol.journal_frames import (
    FRAME_OVERHEAD_BYTES,
    HEAD_BYTES,
    Frame,
    FrameError,
    FrameKind,
    ReportRecord,
    SegmentHead,
    decode_body,
)

EVERY_KIND = frozenset(FrameKind)


class JournalPosition(msgspec.Struct, frozen=True):
    """A place between two frames: the segment's number and the byte in it (0: before its head)."""

    segment: int
    offset: int


class JournalRecord(msgspec.Struct, frozen=True):
    """One frame with where it stands. Only reports have `seq`, UTC and revisions."""

    kind: FrameKind
    index: int
    epoch: int
    body: AnyEvent | AnyCommand | AnyReport
    seq: int | None = None
    utc_ns: int | None = None
    utc_quality: str | None = None
    table_revision: int | None = None
    plan_revision: int | None = None


class JournalReader:
    """Reads a journal from its oldest segment, or from a `position` that a reader had."""

    def __init__(
        self,
        folder: Path,
        position: JournalPosition | None = None,
        *,
        kinds: Collection[FrameKind] = EVERY_KIND,
    ) -> None:
        """Follow `folder`, which need not exist yet; frames of other `kinds` are passed over."""
        self._folder = folder
        self._kinds = frozenset(kinds)
        self._start = position
        self._number = 0
        self._segment = -1
        self._head: SegmentHead | None = None
        self._walk: FrameWalk | None = None
        self._next_index: int | None = None
        self._unsynced: list[int] = []
        self._folder_unsynced = False

    @property
    def position(self) -> JournalPosition | None:
        """Behind the last frame read; None before the first segment was found."""
        if self._walk is None:
            return self._start
        return JournalPosition(self._number, self._walk.offset)

    def read_new(self, max_records: int = 1000) -> list[JournalRecord]:
        """Up to `max_records` further records; an empty list when there is nothing new.

        Raises JournalDamagedError for bytes that are not what was written, and JournalError for
        frames of a newer version.
        """
        records: list[JournalRecord] = []
        while len(records) < max_records and (self._walk or self._open_first()):
            complete = self._successor_exists()
            self._read_segment(records, max_records)
            if len(records) >= max_records or not complete or not self._open_next():
                break
        return records

    def sync(self) -> None:
        """Make every record read so far survive a power cut.

        Raises OSError when the disk refuses. That is final for this reader: the kernel forgets
        which pages failed, so a second sync that succeeds proves nothing.
        """
        if self._segment >= 0:
            os.fdatasync(self._segment)
        while self._unsynced:
            os.fdatasync(self._unsynced[-1])
            os.close(self._unsynced.pop())
        if self._folder_unsynced:
            # The parent too: the folder itself is as new as its first segment.
            sync_folder(self._folder)
            sync_folder(self._folder.parent)
            self._folder_unsynced = False

    def close(self) -> None:
        """Let go of the files; nothing is synced."""
        for descriptor in (*self._unsynced, self._segment):
            if descriptor >= 0:
                os.close(descriptor)
        self._unsynced.clear()
        self._segment = -1
        self._walk = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_segment(self, records: list[JournalRecord], max_records: int) -> None:
        assert self._walk is not None
        for frame in self._walk.frames():
            if self._next_index is not None and frame.index != self._next_index:
                raise JournalDamagedError(
                    f"{self._path}: frame {frame.index} ends at byte {self._walk.offset}, where"
                    f" {self._next_index} belongs; part of the journal is missing"
                )
            self._next_index = frame.index + 1
            if frame.kind in self._kinds:
                records.append(self._record(frame))
                if len(records) >= max_records:
                    return

    def _record(self, frame: Frame) -> JournalRecord:
        assert self._head is not None
        try:
            body = decode_body(frame)
        except FrameError as error:
            assert self._walk is not None
            begin = self._walk.offset - len(frame.payload) - FRAME_OVERHEAD_BYTES
            raise JournalError(f"{self._path}, byte {begin}: {error}") from error
        kind, epoch = FrameKind(frame.kind), self._head.epoch
        if isinstance(body, ReportRecord):
            return JournalRecord(
                kind,
                frame.index,
                epoch,
                body.report,
                body.seq,
                body.utc_ns,
                body.utc_quality,
                body.table_revision,
                body.plan_revision,
            )
        return JournalRecord(kind, frame.index, epoch, body)

    @property
    def _path(self) -> Path:
        return segment_path(self._folder, self._number)

    def _open_first(self) -> bool:
        if self._start is not None:
            return self._open(self._start.segment, self._start.offset)
        numbers = segment_numbers(self._folder)
        return bool(numbers) and self._open(numbers[0], 0)

    def _successor_exists(self) -> bool:
        return segment_path(self._folder, self._number + 1).exists()

    def _open_next(self) -> bool:
        """Go on in the next segment; this one was complete when it was read last."""
        assert self._walk is not None
        if os.fstat(self._segment).st_size != self._walk.offset:
            raise JournalDamagedError(
                f"{self._path}: what stands from byte {self._walk.offset} on is no frame, and the"
                " journal goes on in the next segment"
            )
        return self._open(self._number + 1, 0)

    def _open(self, number: int, offset: int) -> bool:
        """Take up segment `number`; False while it or its head is not there yet."""
        path = segment_path(self._folder, number)
        try:
            segment = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            head = checked_head(os.pread(segment, HEAD_BYTES, 0), path)
            if head is not None:
                self._enter(path, head, offset, os.fstat(segment).st_size)
        except JournalDamagedError:
            os.close(segment)
            raise
        if head is None:
            os.close(segment)
            return False
        if self._segment >= 0:
            self._unsynced.append(self._segment)
        self._number, self._segment, self._head = number, segment, head
        self._walk = FrameWalk(segment, path, max(offset, HEAD_BYTES))
        self._folder_unsynced = True
        return True

    def _enter(self, path: Path, head: SegmentHead, offset: int, size: int) -> None:
        """Set the index that the first frame from `offset` on must have, when it is known."""
        if offset > size:
            raise JournalDamagedError(
                f"{path} ends at byte {size}, before byte {offset} where reading should go on;"
                " read it from its start"
            )
        continued = self._head is not None and self._head.epoch == head.epoch
        if not continued or self._next_index is None:
            self._next_index = head.first_index if offset <= HEAD_BYTES else None
        elif self._next_index != head.first_index:
            raise JournalDamagedError(
                f"{path} begins with frame {head.first_index}, expected {self._next_index}:"
                " a segment is missing before it"
            )
