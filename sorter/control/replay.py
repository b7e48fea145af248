"""A recorded line runs again through a fresh engine, and must say the same, word for word.

Equal means: what would be journalled is the same. The one thing allowed is that the last turn of a
run has less in the journal than the engine says, from its end: a crash cut the write short.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sorter.control.journal_turns import Turn
from sorter.engine.commands import Command
from sorter.engine.engine import Engine
from sorter.engine.line import Output
from sorter.engine.run_events import LineStarted

_encode = msgspec.msgpack.Encoder().encode


class Difference(msgspec.Struct, frozen=True):
    """Where a replay leaves its record: at number `place`, from 0, of what was said in `turn`.

    `recorded` or `regenerated` is None where that side says nothing more. `error` is what the
    engine raised instead of an answer.
    """

    turn: Turn
    place: int
    recorded: Output | None
    regenerated: Output | None
    error: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that differ, when both say the same kind of thing."""
        if self.recorded is None or type(self.recorded) is not type(self.regenerated):
            return ()
        names = self.recorded.__struct_fields__
        return tuple(
            name
            for name in names
            if getattr(self.recorded, name) != getattr(self.regenerated, name)
        )


class Replay:
    """One journal's engine, and what it has been told so far.

    `cut_short` counts turns whose end a crash took; `unplayed` the turns of runs that can't run
    again: those recorded without a layout, and what came after the engine broke down.
    """

    def __init__(self) -> None:
        self.engine = Engine()
        self.runs = 0
        self.events = 0
        self.commands = 0
        self.reports = 0
        self.cut_short = 0
        self.unplayed = 0
        self.runs_on = False

    def take(self, turn: Turn) -> Difference | None:
        """Tell the engine; the first difference between what it says and what is recorded."""
        if isinstance(turn.event, LineStarted):
            self.runs_on = turn.event.layout is not None
            self.runs += self.runs_on
        if not self.runs_on:
            self.unplayed += 1
            return None
        self.events += 1
        commands = sum(isinstance(output, Command) for output in turn.said)
        self.commands += commands
        self.reports += len(turn.said) - commands
        try:
            said = self.engine.tell(turn.event)
        except Exception as error:  # noqa: BLE001 - told as its answer to the record
            self.runs_on = False
            recorded = turn.said[0] if turn.said else None
            return Difference(turn, 0, recorded, None, f"{type(error).__name__}: {error}")
        return self._compare(turn, said)

    def _compare(self, turn: Turn, said: list[Output]) -> Difference | None:
        if list(turn.said) == said:
            return None
        for place, (recorded, regenerated) in enumerate(zip(turn.said, said, strict=False)):
            if recorded != regenerated and _encode(recorded) != _encode(regenerated):
                return Difference(turn, place, recorded, regenerated)
        told, again = len(turn.said), len(said)
        if told > again:
            return Difference(turn, again, turn.said[again], None)
        if told < again and not turn.last_of_run:
            return Difference(turn, told, None, said[told])
        self.cut_short += told < again
        return None


def replay(turns: Iterable[Turn]) -> tuple[Replay, Difference | None]:
    """Run turns through a fresh engine up to the first difference, if there is one."""
    run = Replay()
    for turn in turns:
        if (difference := run.take(turn)) is not None:
            return run, difference
    return run, None
