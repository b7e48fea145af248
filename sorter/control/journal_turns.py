"""A journal read as turns: each event with the commands and reports that followed from it.

Read record by record, so that a journal of any length takes the same memory, and as far as it is
written, so that it can be read while control goes on writing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from sorter.disk.journal import JournalReader, JournalRecord
from sorter.disk.segments import segment_numbers, segment_path
from sorter.engine.events import AnyEvent
from sorter.engine.line import Output
from sorter.engine.moment import Event
from sorter.engine.run_events import LineStarted

_RECORDS_A_READ = 10_000


class Turn(msgspec.Struct, frozen=True):
    """An event as recorded, and what was said to it.

    `index` is the number of the event's record in `epoch`; `run` counts the starts of the line from
    1 in what the folder holds. `run_ns` is how long the run had lasted, `utc_ns` the time of day as
    the reports of the run know it, None before the first of them. The last turn of a run may be cut
    short: a crash then took the end of what was being written.
    """

    index: int
    epoch: int
    run: int
    run_ns: int
    utc_ns: int | None
    event: AnyEvent
    said: tuple[Output, ...]
    last_of_run: bool


class JournalTurns:
    """The turns of a journal folder, oldest first; to be iterated once.

    `records` counts what was read so far; `skipped` those of it that belong to a run whose start is
    not in the folder any more, and so to no turn.
    """

    def __init__(self, folder: Path, advance: Callable[[int], object] | None = None) -> None:
        """`advance` is told how many further bytes were read. Nothing is opened yet."""
        self._folder = folder
        self._advance = advance
        self._bytes = 0
        self._run = 0
        self._run_started_ns = 0
        self._utc_less_monotonic_ns: int | None = None
        self.records = 0
        self.skipped = 0

    def __iter__(self) -> Iterator[Turn]:
        """Raises JournalDamagedError, JournalError and OSError as the reader does."""
        told: _Told | None = None
        for record in self._records():
            body = record.body
            starts = isinstance(body, LineStarted)
            if told is not None and (starts or record.epoch != told.epoch):
                yield self._turn(told, last_of_run=True)
                told = None
            if isinstance(body, Event) and (starts or told is not None):
                if told is not None:
                    yield self._turn(told, last_of_run=False)
                if starts:
                    self._begin_run(body)
                told = _Told(record.index, record.epoch, body)
            elif told is None:
                self.skipped += 1
            elif not isinstance(body, Event):
                told.take(body, record.utc_ns)
        if told is not None:
            yield self._turn(told, last_of_run=True)

    def _records(self) -> Iterator[JournalRecord]:
        with JournalReader(self._folder) as reader:
            while records := reader.read_new(_RECORDS_A_READ):
                self.records += len(records)
                yield from records
                if self._advance is not None:
                    self._tell_progress(reader, self._advance)

    def _begin_run(self, event: Event) -> None:
        self._run += 1
        self._run_started_ns = event.time_ns
        self._utc_less_monotonic_ns = None

    def _turn(self, told: _Told, *, last_of_run: bool) -> Turn:
        event, utc_ns = told.event, told.utc_ns
        if utc_ns is not None:
            self._utc_less_monotonic_ns = utc_ns - event.time_ns
        elif self._utc_less_monotonic_ns is not None:
            utc_ns = event.time_ns + self._utc_less_monotonic_ns
        return Turn(
            index=told.index,
            epoch=told.epoch,
            run=self._run,
            run_ns=event.time_ns - self._run_started_ns,
            utc_ns=utc_ns,
            event=event,
            said=tuple(told.said),
            last_of_run=last_of_run,
        )

    def _tell_progress(self, reader: JournalReader, advance: Callable[[int], object]) -> None:
        position = reader.position
        if position is None:
            return
        behind = [number for number in segment_numbers(self._folder) if number < position.segment]
        done = position.offset + _size(self._folder, behind)
        advance(done - self._bytes)
        self._bytes = done


class _Told:
    """An event, while what was said to it is read; `utc_ns` is that of its first report."""

    __slots__ = ("epoch", "event", "index", "said", "utc_ns")

    def __init__(self, index: int, epoch: int, event: AnyEvent) -> None:
        self.index = index
        self.epoch = epoch
        self.event = event
        self.said: list[Output] = []
        self.utc_ns: int | None = None

    def take(self, output: Output, utc_ns: int | None) -> None:
        self.said.append(output)
        if self.utc_ns is None:
            self.utc_ns = utc_ns


def journal_bytes(folder: Path) -> int:
    """What the segments of a journal take; 0 when there are none."""
    return _size(folder, segment_numbers(folder))


def _size(folder: Path, numbers: list[int]) -> int:
    return sum(segment_path(folder, number).stat().st_size for number in numbers)
