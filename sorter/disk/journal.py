"""The journal of a line, the source of truth: one door to its writer, its reader and its errors.

Control appends with a JournalWriter and never waits for the disk; the gateway follows with a
JournalReader and makes durable what it publishes. The bytes are `protocol/journal_frames`.
"""

from sorter.disk.journal_extent import Extent, extents, find_last, find_report
from sorter.disk.journal_reader import (
    EVERY_KIND,
    JournalPosition,
    JournalReader,
    JournalRecord,
)
from sorter.disk.journal_writer import SEGMENT_BYTES, JournalWriter
from sorter.disk.segments import (
    JournalDamagedError,
    JournalError,
    JournalFullError,
    JournalInUseError,
)
from sorter.protocol.journal_frames import UTC_QUALITIES, FrameKind

__all__ = [
    "EVERY_KIND",
    "SEGMENT_BYTES",
    "UTC_QUALITIES",
    "Extent",
    "FrameKind",
    "JournalDamagedError",
    "JournalError",
    "JournalFullError",
    "JournalInUseError",
    "JournalPosition",
    "JournalReader",
    "JournalRecord",
    "JournalWriter",
    "extents",
    "find_last",
    "find_report",
]
