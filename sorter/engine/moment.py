"""When something happened: the moment that every event of the engine carries."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """The moment of any event: `time_ns` monotonic, `count` in encoder pulses."""

    time_ns: int
    count: int


class FieldEvent(Event, frozen=True, kw_only=True):
    """What the PLC saw, told through its event ring; `ring` is the entry's number there.

    0 when the event did not come through the ring. The highest number in the journal is where
    reading goes on after a restart.
    """

    ring: int = 0
