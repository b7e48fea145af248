"""Appends to a line's journal. One writer a folder, held by an exclusive lock on the folder.

Appending only buffers; `flush` gives everything to the kernel in one write, so that what belongs
together (an intent and its events) is torn only by a crash within that write, and such a tail is
cut when the journal is opened again. The writer never syncs: making the journal durable is the
gateway's work, and the control loop must not wait for a disk.
"""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path
from typing import Self

from sorter.disk.folder_lock import FolderInUseError, lock_folder
from sorter.disk.segments import (
    FrameWalk,
    JournalDamagedError,
    JournalFullError,
    JournalInUseError,
    read_head,
    segment_numbers,
    segment_path,
)
from sorter.engine.commands import AnyCommand
from sorter.engine.events import AnyEvent
from sorter.engine.reports import AnyReport, PlanInUse, TableInUse
from sorter.protocol.journal_frames import (
    HEAD_BYTES,
    SEQ_LIMIT,
    UTC_QUALITIES,
    AnyBody,
    FrameKind,
    ReportRecord,
    SegmentHead,
    encode_frame,
    encode_head,
)

SEGMENT_BYTES = 64 << 20
"""Small enough to delete history in steps and to walk at a start (about half a second)."""


class JournalWriter:
    """The one writer of a journal folder; made by `open`.

    `epoch` names this journal since it was created; `next_seq` is the number of the next report.
    """

    def __init__(
        self, folder: Path, lock: int, number: int, head: SegmentHead, segment_bytes: int
    ) -> None:
        """Take over the open folder descriptor `lock`; the segment `number` has this head."""
        self.epoch = head.epoch
        self.next_seq = head.first_seq
        self._next_index = head.first_index
        self._folder = folder
        self._lock = lock
        self._number = number
        self._segment_bytes = segment_bytes
        self._buffer = bytearray()
        self._half_written = False
        self._table_revision: int | None = None
        self._plan_revision: int | None = None
        self._segment = os.open(segment_path(folder, number), os.O_RDWR)
        self._size = self._continue_segment()
        self._flushed = self._next_index, self.next_seq

    @classmethod
    def open(cls, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> Self:
        """Continue the journal in `folder`, or begin one with a new random epoch.

        A last frame that a crash left torn is cut off. Raises JournalInUseError while another
        writer has the folder, JournalDamagedError when what is there can't be continued, OSError.
        """
        try:
            lock = lock_folder(folder)
        except FolderInUseError as error:
            raise JournalInUseError(
                f"{error}, expected nobody: one control process runs a line; stop the other one"
                " first"
            ) from error
        try:
            number, head = _newest_segment(folder)
            return cls(folder, lock, number, head, segment_bytes)
        except BaseException:
            os.close(lock)
            raise

    def append_event(self, event: AnyEvent) -> None:
        """Buffer an input of the engine."""
        self._append(FrameKind.EVENT, event)

    def append_command(self, command: AnyCommand) -> None:
        """Buffer an order of the engine."""
        self._append(FrameKind.COMMAND, command)

    def append_report(self, report: AnyReport, utc_ns: int, utc_quality: str) -> int:
        """Buffer a report for the hub and return its seq; `utc_ns` is nanoseconds since 1970.

        Raises ValueError unless `utc_quality` is one of UTC_QUALITIES.
        """
        if utc_quality not in UTC_QUALITIES:
            raise ValueError(f"found UTC quality {utc_quality!r}, expected one of {UTC_QUALITIES}")
        if isinstance(report, TableInUse):
            self._table_revision = report.revision
        elif isinstance(report, PlanInUse):
            self._plan_revision = report.revision
        seq = self.next_seq
        record = ReportRecord(
            seq, utc_ns, utc_quality, report, self._table_revision, self._plan_revision
        )
        self._append(FrameKind.REPORT, record)
        self.next_seq = seq + 1
        return seq

    def flush(self) -> None:
        """Hand everything buffered to the kernel, in one write unless the disk takes less.

        Raises JournalFullError (no space, or the file size limit) and OSError (the disk failed);
        what was not written stays buffered, in order, for the next flush.
        """
        if not self._buffer:
            return
        try:
            if self._size >= self._segment_bytes and not self._half_written:
                self._roll()
            self._half_written = True
            while self._buffer:
                written = os.write(self._segment, self._buffer)
                self._size += written
                del self._buffer[:written]
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise JournalFullError(
                f"{segment_path(self._folder, self._number)}: {error.strerror} with"
                f" {len(self._buffer)} bytes to write; free some space, they are kept till then"
            ) from error
        self._half_written = False
        self._flushed = self._next_index, self.next_seq

    def close(self) -> None:
        """Flush, then give the folder free."""
        try:
            self.flush()
        finally:
            os.close(self._segment)
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(self, kind: FrameKind, body: AnyBody) -> None:
        self._buffer += encode_frame(kind, self._next_index, body)
        self._next_index += 1

    def _continue_segment(self) -> int:
        """Count on from the frames of the segment, cut what is torn; returns its size in bytes."""
        path = segment_path(self._folder, self._number)
        walk = FrameWalk(self._segment, path, HEAD_BYTES)
        for frame in walk.frames():
            if frame.index != self._next_index:
                raise JournalDamagedError(
                    f"{path}: frame {frame.index} stands where {self._next_index} belongs"
                )
            self._next_index += 1
            self.next_seq += frame.kind == FrameKind.REPORT
        os.ftruncate(self._segment, walk.offset)
        os.lseek(self._segment, walk.offset, os.SEEK_SET)
        return walk.offset

    def _roll(self) -> None:
        """Begin the next segment, whose first frame is the first one in the buffer."""
        path = segment_path(self._folder, self._number + 1)
        _write_head(path, SegmentHead(self.epoch, *self._flushed))
        segment = os.open(path, os.O_RDWR)
        os.close(self._segment)
        self._segment = segment
        self._number += 1
        self._size = os.lseek(segment, 0, os.SEEK_END)


def _newest_segment(folder: Path) -> tuple[int, SegmentHead]:
    """The segment to continue; makes the first one of a new epoch where there is none.

    A segment that a crash left without its head holds nothing: it is dropped.
    """
    numbers = segment_numbers(folder)
    while numbers:
        path = segment_path(folder, numbers[-1])
        if head := read_head(path):
            return numbers[-1], head
        if any(path.read_bytes()[HEAD_BYTES:]):
            raise JournalDamagedError(f"{path} holds frames but no head; set the folder aside")
        path.unlink()
        numbers.pop()
    head = SegmentHead(epoch=secrets.randbelow(SEQ_LIMIT - 1) + 1, first_index=1, first_seq=1)
    _write_head(segment_path(folder, 1), head)
    return 1, head


def _write_head(path: Path, head: SegmentHead) -> None:
    """Make `path` a segment of nothing but its head, over the rest of an earlier try."""
    segment = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    try:
        if os.write(segment, encode_head(head)) != HEAD_BYTES:
            raise OSError(errno.ENOSPC, "no room for the head of a segment", str(path))
    finally:
        os.close(segment)
