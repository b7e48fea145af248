"""One parcel's story out of a journal: every record that is about it, across the runs it lived in.

A parcel is found by a code that was read on it or by its number. Its story is gathered while it is
on the belt and given a while after its end, when the PLC has told what became of its last arm; so
memory holds what the belt holds, however long the journal is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator

import msgspec

from sorter.control.journal_turns import Turn
from sorter.engine.commands import ArmDivert
from sorter.engine.events import EyeCleared
from sorter.engine.labels import remove_blanks
from sorter.engine.layout import INDUCT_EYE
from sorter.engine.line import Output
from sorter.engine.moment import Event
from sorter.engine.reports import ParcelClosed, ParcelInducted, TelegramUnbound
from sorter.engine.run_events import LineStarted

# What the PLC tells of an arm comes within a few polls.
_TURNS_AFTER_THE_END = 1000
# A code stuck before a scanner is read for hours.
_MOST_UNBOUND = 100


class Step(msgspec.Struct, frozen=True):
    """One record of a story, and the event of the turn it was made in.

    `belt_mm` is how far behind the induct eye the parcel's head was, as far as the induct eye knew
    its place; None where the encoder's scale or the parcel is not known.
    """

    record: int
    run: int
    utc_ns: int | None
    belt_mm: float | None
    body: Event | Output
    event: Event


class Story:
    """What a journal tells of parcel number `parcel` of `line`, in one epoch.

    `head_count` is where the encoder stood when the induct eye saw its head, `end` its outcome,
    None while it is on the belt.
    """

    def __init__(
        self, line: str, parcel: int, epoch: int, head_count: int, mm_per_pulse: float | None
    ) -> None:
        self.line = line
        self.parcel = parcel
        self.epoch = epoch
        self.head_count = head_count
        self._mm_per_pulse = mm_per_pulse
        self.codes: dict[str, None] = {}
        self.length_mm: float | None = None
        self.end: ParcelClosed | None = None
        self.steps: list[Step] = []

    def belt_mm(self, count: int) -> float | None:
        """How far behind the induct eye its head is at `count`, None for an unknown encoder."""
        return (
            None if self._mm_per_pulse is None else (count - self.head_count) * self._mm_per_pulse
        )


class StoryFinder:
    """Reads turns and gives the stories asked for.

    `unbound` are telegrams with such a code that belong to no parcel, the first hundred of them.
    """

    def __init__(self, codes: Collection[str] = (), parcels: Collection[int] = ()) -> None:
        """Find what carries one of `codes`, blanks and small letters aside, or these numbers."""
        self._codes = frozenset(map(_plain, codes))
        self._numbers = frozenset(parcels)
        self._epoch = 0
        self._turns = 0
        self._mm_per_pulse: float | None = None
        self._live: dict[int, Story] = {}
        self._ended: deque[tuple[int, Story]] = deque()
        self._by_sequence: dict[int, Story] = {}
        self.line = ""
        self.unbound: list[Step] = []

    def stories(self, turns: Iterable[Turn]) -> Iterator[Story]:
        """Each parcel asked for, in the order in which they ended; those on the belt come last."""
        for turn in turns:
            self._turns += 1
            if turn.epoch != self._epoch:
                yield from self._all()
                self._epoch = turn.epoch
            self._take(turn)
            while self._ended and self._ended[0][0] < self._turns - _TURNS_AFTER_THE_END:
                yield from self._forget(self._ended.popleft()[1])
        yield from self._all()

    def _take(self, turn: Turn) -> None:
        event = turn.event
        if isinstance(event, LineStarted):
            self._begin_run(event)
        for story in self._told_of(event):
            self._add(story, turn, turn.index, event)
        for place, output in enumerate(turn.said, 1):
            match output:
                case ParcelInducted():
                    self._live[output.parcel] = self._story(output.parcel, output.head_count)
                case ArmDivert() if output.parcel in self._live:
                    self._by_sequence[output.sequence] = self._live[output.parcel]
                case TelegramUnbound() if not output.candidates and self._is_asked(output.codes):
                    self._add_unbound(turn, turn.index + place, output)
            for story in self._told_of(output):
                self._add(story, turn, turn.index + place, output)
            if isinstance(output, ParcelClosed):
                self._end(output)

    def _begin_run(self, event: LineStarted) -> None:
        """Those still on the belt go on; what the new run does not know of any more has ended."""
        self.line = event.line
        scale = None if event.layout is None else event.layout.pulses_per_m
        self._mm_per_pulse = None if scale is None else 1000 / scale
        known = {survivor.parcel for survivor in event.survivors}
        for parcel in [parcel for parcel in self._live if parcel not in known]:
            self._ended.append((self._turns, self._live.pop(parcel)))
        for survivor in event.survivors:
            story = self._live.get(survivor.parcel)
            if story is None:
                story = self._story(survivor.parcel, survivor.head_count)
                story.codes.update(dict.fromkeys(survivor.codes))
                self._live[survivor.parcel] = story
            if survivor.sequence is not None:
                self._by_sequence[survivor.sequence] = story

    def _told_of(self, body: Event | Output) -> Iterator[Story]:
        """The stories that a record belongs to."""
        match body:
            case EyeCleared(eye=eye) if eye == INDUCT_EYE and self._live:
                newest = next(reversed(self._live.values()))
                if newest.length_mm is None:
                    newest.length_mm = newest.belt_mm(body.at_count)
                    yield newest
            case LineStarted():
                for survivor in body.survivors:
                    yield self._live[survivor.parcel]
            case TelegramUnbound():
                yield from (self._live[n] for n in body.candidates if n in self._live)
            case _:
                yield from self._named_in(body)

    def _named_in(self, body: Event | Output) -> Iterator[Story]:
        number = getattr(body, "parcel", None)
        if number is not None:
            story = self._live.get(number)
        else:
            sequence = getattr(body, "sequence", None)
            story = None if sequence is None else self._by_sequence.get(sequence)
        if story is not None:
            yield story

    def _story(self, parcel: int, head_count: int) -> Story:
        return Story(self.line, parcel, self._epoch, head_count, self._mm_per_pulse)

    def _add(self, story: Story, turn: Turn, record: int, body: Event | Output) -> None:
        story.codes.update(dict.fromkeys(getattr(body, "codes", ())))
        # An eye's edge was where the PLC latched it; everything else where the belt was when told.
        count: int = getattr(turn.event, "at_count", turn.event.count)
        story.steps.append(_step(turn, record, body, story.belt_mm(count)))

    def _add_unbound(self, turn: Turn, record: int, body: TelegramUnbound) -> None:
        if len(self.unbound) < _MOST_UNBOUND:
            self.unbound.append(_step(turn, record, body, None))

    def _end(self, closed: ParcelClosed) -> None:
        story = self._live.pop(closed.parcel, None)
        if story is not None:
            story.end = closed
            self._ended.append((self._turns, story))

    def _forget(self, story: Story) -> Iterator[Story]:
        for sequence in [n for n, other in self._by_sequence.items() if other is story]:
            del self._by_sequence[sequence]
        if story.parcel in self._numbers or self._is_asked(story.codes):
            yield story

    def _all(self) -> Iterator[Story]:
        for _, story in self._ended:
            yield from self._forget(story)
        for story in self._live.values():
            yield from self._forget(story)
        self._ended.clear()
        self._live.clear()
        self._by_sequence.clear()

    def _is_asked(self, codes: Iterable[str]) -> bool:
        return any(_plain(code) in self._codes for code in codes)


def _plain(code: str) -> str:
    """A code as people may type it."""
    return remove_blanks(code).upper()


def _step(turn: Turn, record: int, body: Event | Output, belt_mm: float | None) -> Step:
    return Step(record, turn.run, turn.utc_ns, belt_mm, body, turn.event)
