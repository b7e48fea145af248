"""How a run of control begins and ends, and all that goes on from the run before.

A `LineStarted` is the first event of every run and tells everything the engine begins from, so
that a journal of several runs replays as one.
"""

from __future__ import annotations

import msgspec

from sorter.engine.alarms import Alarm
from sorter.engine.layout import Layout
from sorter.engine.moment import Event
from sorter.engine.shift_tally import ShiftTally


class Survivor(msgspec.Struct, frozen=True):
    """A parcel that was on the belt when the last run of control ended, as its journal tells it.

    `head_count` is of its `lap`, by where it was seen last before it was decided. `straight` is the
    reason why it was to go straight on, if it was. `sequence`, `chute` and `target_count` are set
    when an arm had been sent for it, `called_back` when that was to be dropped, `fired` when it had
    been executed.
    """

    parcel: int
    head_count: int
    length: int | None = None
    codes: tuple[str, ...] = ()
    rule: str | None = None
    destination: str | None = None
    sequence: int | None = None
    chute: str | None = None
    target_count: int | None = None
    called_back: bool = False
    lap: int = 1
    fired: bool = False
    key: str | None = None
    pieces: tuple[str, ...] = ()
    table_revision: int = 0
    straight: str = ""


class LineStarted(Event, frozen=True, kw_only=True, tag="line_started"):
    """Control runs the line from here on. First event of every run.

    `layout` is the line's geometry in this run, so that the journal replays without any config;
    None only in what was recorded before layouts were. `next_parcel`, `next_sequence` and
    `inducted`, `closed` (by outcome) go on where the journal ended; `survivors` are the parcels
    it left on the belt. `mode`, `machine` and `machine_by` are the mode it ran in, the machine's
    last state, and who had brought it there; `shut` are the chutes that a person
    had blocked or whose diverter awaits one, with those causes. `shift` is what was counted in the
    shift that goes on, `alarms` those that were not normal, and `emergency` tells that the safety
    system had stopped the line and had not been reset.
    """

    line: str
    layout: Layout | None = None
    next_parcel: int = 1
    next_sequence: int = 1
    inducted: int = 0
    closed: dict[str, int] = msgspec.field(default_factory=dict)
    survivors: tuple[Survivor, ...] = ()
    mode: str = "production"
    machine: str = ""
    machine_by: str = ""
    shut: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    shift: ShiftTally | None = None
    alarms: tuple[Alarm, ...] = ()
    emergency: bool = False


class LineStopped(Event, frozen=True, kw_only=True, tag="line_stopped"):
    """Control ends by order; nothing stays armed."""

    why: str
