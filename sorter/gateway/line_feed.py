"""Feeds one line's outbox from its journal: follow, sync, admit; and keeps the line's cursor.

A report enters the outbox only after the journal was synced behind it, so nothing is published
that a power cut could take back. Reading stops while the outbox is full: what waits, waits on the
disk. An epoch is delivered to its end before the next one begins.
"""

from __future__ import annotations

import logging
from pathlib import Path

from sorter.disk.cursor import AckCursor, CursorDamagedError, load_cursor, save_cursor
from sorter.disk.journal import (
    Extent,
    FrameKind,
    JournalReader,
    JournalRecord,
    extents,
    find_report,
)
from sorter.engine.reports import Report
from sorter.gateway.outbox import Outbox
from sorter.gateway.settings import GatewaySettings, LineFiles
from sorter.protocol.messages import EventBody, HeldReports, encode_report, utc_text

_log = logging.getLogger(__name__)
_READ_AT_ONCE = 500
"""Records read before a sync that does not wait for its interval: a backlog is not held up."""


class LineFeed:
    """One line's way from journal to outbox; `outbox` is None until there is a journal.

    Every method that reads raises JournalError for a journal it can't follow, and OSError when the
    disk refuses to sync, after which nothing read may be published.
    """

    def __init__(self, files: LineFiles, settings: GatewaySettings) -> None:
        self.line = files.name
        self.outbox: Outbox | None = None
        self._files = files
        self._settings = settings
        self._reader: JournalReader | None = None
        self._first_held = 1
        self._at_end = False
        self._read: list[JournalRecord] = []
        self._synced = 0
        self._synced_at_ns = 0
        self._last_durable = 0
        self._saved: AckCursor | None = None
        self._saved_at_ns = 0

    def poll(self, now_ns: int) -> None:
        """Read on, sync when it is time, admit what is durable, and keep the cursor."""
        if self._reader is None and not self._begin():
            return
        self._admit()
        self._read_on()
        if len(self._read) > self._synced and self._sync_is_due(now_ns):
            assert self._reader is not None
            self._reader.sync()
            self._synced = len(self._read)
            self._synced_at_ns = now_ns
            self._admit()
        if now_ns - self._saved_at_ns >= self._settings.cursor_interval_s * 1e9:
            self.save_cursor()
            self._saved_at_ns = now_ns

    @property
    def exhausted(self) -> bool:
        """The journal was read to its end and everything in it is acknowledged."""
        if self.outbox is None:
            return True
        return self._at_end and not self._read and not len(self.outbox)

    def count_unacknowledged(self) -> int:
        """Reports in the journal, read or not, that the hub has not acknowledged."""
        if self.outbox is None:
            return 0
        held = extents(self._files.journal_dir)
        epochs = [extent.epoch for extent in held]
        current = epochs.index(self.outbox.epoch)
        later = sum(extent.last - extent.first_held + 1 for extent in held[current + 1 :])
        return later + held[current].last - self.outbox.acked

    def held(self) -> HeldReports | None:
        """What this box can deliver of the epoch that it is delivering."""
        if self.outbox is None:
            return None
        return HeldReports(
            line=self.line,
            epoch=self.outbox.epoch,
            first_held=self._first_held,
            last=max(self._last_durable, self.outbox.last),
        )

    def could_have_delivered(self, seq: int) -> bool:
        """Whether this box, in this run or one before, can have published report `seq`."""
        return self.outbox is not None and seq <= max(self._last_durable, self.outbox.last)

    def restart_behind(self, seq: int) -> None:
        """The hub lost what it had acknowledged: deliver again from `seq` + 1, as far as held."""
        assert self.outbox is not None
        highest_sent = self.outbox.highest_sent
        self._follow(self.outbox.epoch, max(seq, self._first_held - 1))
        self.outbox.highest_sent = highest_sent

    def save_cursor(self) -> None:
        """Make the acknowledged seq durable when it is new."""
        if self.outbox is None:
            return
        cursor = AckCursor(self.outbox.epoch, self.outbox.acked)
        if cursor != self._saved:
            save_cursor(self._files.cursor_path, cursor)
            self._saved = cursor

    def close(self) -> None:
        """Save the cursor and let go of the journal."""
        self.save_cursor()
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _begin(self) -> bool:
        """Take up delivery where the cursor says; False while there is no journal."""
        held = extents(self._files.journal_dir)
        if not held:
            return False
        extent, acked = _resume_point(held, self._cursor())
        self._first_held = extent.first_held
        self._last_durable = extent.last
        self._follow(extent.epoch, acked)
        _log.info("line %s: delivering epoch %d from %d", self.line, extent.epoch, acked + 1)
        return True

    def _cursor(self) -> AckCursor | None:
        path: Path = self._files.cursor_path
        try:
            self._saved = load_cursor(path)
        except CursorDamagedError as error:
            _log.warning("line %s: %s; the hub will say what it has", self.line, error)
        return self._saved

    def _follow(self, epoch: int, acked: int) -> None:
        if self._reader is not None:
            self._reader.close()
        position = find_report(self._files.journal_dir, epoch, acked + 1)
        self._reader = JournalReader(self._files.journal_dir, position, kinds=[FrameKind.REPORT])
        self._read.clear()
        self._synced = 0
        self.outbox = Outbox(epoch, acked)

    def _read_on(self) -> None:
        assert self._reader is not None
        if len(self._read) < _READ_AT_ONCE:
            fresh = self._reader.read_new(_READ_AT_ONCE)
            self._at_end = len(fresh) < _READ_AT_ONCE
            self._read += fresh

    def _sync_is_due(self, now_ns: int) -> bool:
        many = len(self._read) - self._synced >= _READ_AT_ONCE
        return many or now_ns - self._synced_at_ns >= self._settings.sync_interval_s * 1e9

    def _admit(self) -> None:
        """Move synced records into the outbox, as far as there is room in it."""
        taken = 0
        for record in self._read[: self._synced]:
            assert self.outbox is not None
            if record.epoch != self.outbox.epoch:
                if len(self.outbox):
                    break
                self._begin_epoch(record)
            if not self._has_room():
                break
            assert record.seq is not None
            if record.seq > self.outbox.last:
                self.outbox.admit(_event(record))
            taken += 1
        del self._read[:taken]
        self._synced -= taken

    def _begin_epoch(self, record: JournalRecord) -> None:
        assert record.seq is not None
        self.outbox = Outbox(record.epoch, record.seq - 1)
        self._first_held = record.seq
        self._last_durable = record.seq - 1
        _log.info("line %s: delivering epoch %d from %d", self.line, record.epoch, record.seq)

    def _has_room(self) -> bool:
        assert self.outbox is not None
        return (
            len(self.outbox) < self._settings.window_reports
            and self.outbox.pending_bytes < self._settings.window_bytes
        )


def _resume_point(held: list[Extent], cursor: AckCursor | None) -> tuple[Extent, int]:
    """The epoch to deliver and the last report of it that needs no delivery."""
    for place, extent in enumerate(held):
        if cursor is not None and extent.epoch == cursor.epoch:
            if cursor.seq >= extent.last and place + 1 < len(held):
                return held[place + 1], held[place + 1].first_held - 1
            return extent, max(min(cursor.seq, extent.last), extent.first_held - 1)
    return held[0], held[0].first_held - 1


def _event(record: JournalRecord) -> EventBody:
    assert isinstance(record.body, Report)
    assert record.seq is not None
    assert record.utc_ns is not None
    assert record.utc_quality is not None
    return EventBody(
        seq=record.seq,
        utc=utc_text(record.utc_ns),
        utc_quality=record.utc_quality,
        table_revision=record.table_revision,
        plan_revision=record.plan_revision,
        report=encode_report(record.body),
    )
