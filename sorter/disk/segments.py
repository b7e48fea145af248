"""The journal's folder: segment files, their numbers and heads, and the walk over their frames.

A segment is `00000001.journal`; numbers count up by one. The writer begins segment n+1 only when
segment n ends in a whole frame, so whatever stands behind the last whole frame of an older segment
is damage, and in the newest one it is a write that has not come to its end.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from sorter.protocol.journal_frames import (
    FRAME_OVERHEAD_BYTES,
    HEAD_BYTES,
    MAX_PAYLOAD_BYTES,
    Frame,
    FrameError,
    SegmentHead,
    decode_frame,
    decode_head,
)

_NAME = re.compile(r"(\d{8})\.journal")
_CHUNK_BYTES = 1 << 18
_LONGEST_FRAME_BYTES = FRAME_OVERHEAD_BYTES + MAX_PAYLOAD_BYTES


class JournalError(Exception):
    """The journal can't do what was asked; the message says what, where and what to do."""


class JournalDamagedError(JournalError):
    """Bytes before the end of the journal are not what was written there."""


class JournalInUseError(JournalError):
    """Another writer holds the folder."""


class JournalFullError(JournalError):
    """The disk took no more bytes; what was not written is kept for the next flush."""


def segment_path(folder: Path, number: int) -> Path:
    """Where segment `number` lies."""
    return folder / f"{number:08d}.journal"


def segment_numbers(folder: Path) -> list[int]:
    """Numbers of the segments in the folder, oldest first; empty when there is no folder."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(found[1]) for name in names if (found := _NAME.fullmatch(name)))


def read_head(path: Path) -> SegmentHead | None:
    """The head of a segment, or None while it is not written whole.

    Raises JournalDamagedError when the file starts with anything else.
    """
    with path.open("rb") as segment:
        return checked_head(segment.read(HEAD_BYTES), path)


def checked_head(content: bytes, path: Path) -> SegmentHead | None:
    """Like `read_head`, of bytes already read; a head of nothing but zeros is not written yet."""
    if not any(content):
        return None
    try:
        return decode_head(content)
    except FrameError as error:
        raise JournalDamagedError(f"{path}: {error}") from error


class FrameWalk:
    """Whole frames of one open segment in order, as far as they are written.

    `offset` is the byte behind the last frame given. It never moves over a frame that is short, so
    a walk can be taken up again when more was written.
    """

    def __init__(self, descriptor: int, path: Path, offset: int) -> None:
        self._descriptor = descriptor
        self._path = path
        self.offset = offset

    def frames(self) -> Iterator[Frame]:
        """Frames from `offset` on; a short or bad last frame ends the walk in silence.

        Raises JournalDamagedError when bytes that are no frame have others than zeros behind them.
        """
        base, content = self.offset, b""
        while True:
            try:
                frame = decode_frame(content, self.offset - base)
            except FrameError as error:
                self._end_or_damage(error)
                return
            if frame is not None:
                self.offset = base + frame.end
                yield frame
                continue
            known_bytes = len(content) - (self.offset - base)
            size = _CHUNK_BYTES if known_bytes < _CHUNK_BYTES else _LONGEST_FRAME_BYTES
            base, content = self.offset, os.pread(self._descriptor, size, self.offset)
            if len(content) <= known_bytes:
                return

    def _end_or_damage(self, error: FrameError) -> None:
        """Return when nothing was written behind the bad frame, else raise.

        A crash cuts a write short; a power cut may leave zeros, or a last frame of its full length
        with wrong bytes.
        """
        length = int.from_bytes(os.pread(self._descriptor, 4, self.offset), "little")
        if length > MAX_PAYLOAD_BYTES:
            length = 0
        if self._written_behind(self.offset + (FRAME_OVERHEAD_BYTES + length if length else 0)):
            raise JournalDamagedError(
                f"{self._path}, byte {self.offset}: {error}, and the segment goes on behind it."
                " The disk or another program changed the file: set the folder aside to start anew"
            ) from error

    def _written_behind(self, offset: int) -> bool:
        while content := os.pread(self._descriptor, _CHUNK_BYTES, offset):
            if any(content):
                return True
            offset += len(content)
        return False
