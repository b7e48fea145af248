"""What a journal folder holds and where its records stand, found without decoding.

Reports are counted from the segment heads, so only frame headers and checksums are looked at.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sorter.disk.journal_reader import JournalPosition
from sorter.disk.segments import FrameWalk, read_head, segment_numbers, segment_path
from sorter.protocol.journal_frames import HEAD_BYTES, FrameKind, SegmentHead


class Extent(msgspec.Struct, frozen=True):
    """The reports of one epoch in the folder: `first_held` to `last`; none when last is lower."""

    epoch: int
    first_held: int
    last: int


def extents(folder: Path) -> list[Extent]:
    """One extent for each epoch in the folder, oldest first; only newest segments are walked."""
    found: list[Extent] = []
    heads = list(_heads(folder))
    for place, (number, head) in enumerate(heads):
        newest_of_epoch = place + 1 == len(heads) or heads[place + 1][1].epoch != head.epoch
        if not found or found[-1].epoch != head.epoch:
            found.append(Extent(head.epoch, head.first_seq, head.first_seq - 1))
        if newest_of_epoch:
            last = head.first_seq - 1 + sum(1 for _ in _report_ends(folder, number))
            found[-1] = Extent(head.epoch, found[-1].first_held, last)
    return found


def find_report(folder: Path, epoch: int, seq: int) -> JournalPosition | None:
    """A position from which report `seq` of `epoch` is the next report that a reader meets.

    A seq before the first one held gives the place of the first, one behind the last the end of
    the epoch. None when the folder holds nothing of the epoch.
    """
    holder: tuple[int, SegmentHead] | None = None
    for number, head in _heads(folder):
        if head.epoch == epoch and (holder is None or head.first_seq <= seq):
            holder = number, head
    if holder is None:
        return None
    number, head = holder
    offset, next_seq = HEAD_BYTES, head.first_seq
    for end in _report_ends(folder, number):
        if next_seq >= seq:
            break
        offset, next_seq = end, next_seq + 1
    return JournalPosition(number, offset)


def find_last(folder: Path, records: int) -> JournalPosition | None:
    """A position with so many records behind it, or the journal's begin when it holds fewer.

    Only newest segments are walked. None when the folder holds no journal.
    """
    found: JournalPosition | None = None
    for number in reversed(segment_numbers(folder)):
        begins = deque(_frame_begins(folder, number), maxlen=records + 1)
        # The last one is where the next frame will be.
        records -= len(begins) - 1
        found = JournalPosition(number, begins[0])
        if records <= 0:
            break
    return found


def _frame_begins(folder: Path, number: int) -> Iterator[int]:
    """Where each frame of a segment begins, and where the next one will."""
    yield HEAD_BYTES
    with _walk(folder, number) as walk:
        for _ in walk.frames():
            yield walk.offset


def _heads(folder: Path) -> Iterator[tuple[int, SegmentHead]]:
    for number in segment_numbers(folder):
        if head := read_head(segment_path(folder, number)):
            yield number, head


def _report_ends(folder: Path, number: int) -> Iterator[int]:
    """The byte behind each report of a segment."""
    with _walk(folder, number) as walk:
        for frame in walk.frames():
            if frame.kind == FrameKind.REPORT:
                yield walk.offset


@contextmanager
def _walk(folder: Path, number: int) -> Iterator[FrameWalk]:
    path = segment_path(folder, number)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield FrameWalk(descriptor, path, HEAD_BYTES)
    finally:
        os.close(descriptor)
