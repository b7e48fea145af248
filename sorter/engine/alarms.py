"""Alarms as states: each is one (cause, place), which comes, is taken in hand, and goes.

The states and moves are those of ANSI/ISA-18.2-2016 without shelving and suppression. No storm
reaches the hub: a cause that repeats counts up and is told again at 10, 100, 1000 ... only, and an
alarm that came `LATCHES_AT` times stays until a person has acknowledged it, however often the
field says that it is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import msgspec

from sorter.engine.reports import AlarmCleared, AlarmInHand, AlarmRaised

LATCHES_AT = 10


class AlarmState(Enum):
    """Where an alarm stands; one that is not kept is normal."""

    ACTIVE = "active"  # the cause holds, nobody has taken it in hand
    ACKNOWLEDGED = "acknowledged"  # the cause holds, somebody knows
    CLEARED = "cleared"  # the cause is gone, nobody has taken it in hand
    LATCHED = "latched"  # the cause is gone, but it came too often to go unnoticed


_HOLDING = frozenset({AlarmState.ACTIVE, AlarmState.ACKNOWLEDGED})


class Meaning(msgspec.Struct, frozen=True):
    """What a cause means to a person: how soon to come, and what to do."""

    priority: str
    advice: str


# `high`: the line stands or parcels go wrong. `medium`: it soon will.
CAUSES: dict[str, Meaning] = {
    "emergency_stop": Meaning("high", "Find out why; make safe; reset the safety relay; clear."),
    "device_lost": Meaning("high", "Check the PLC, its power and its network."),
    "plc_silent": Meaning("high", "Check the network to the PLC."),
    "encoder_reset": Meaning("high", "Clear the belt; check the encoder."),
    "encoder_reversed": Meaning("high", "Find out who ran the belt backwards; look for parcels."),
    "encoder_dead": Meaning("high", "Check the encoder, its wheel and its cable."),
    "edges_missed": Meaning("high", "Check the PLC's network: its event ring was overwritten."),
    "jam": Meaning("high", "Stop the belt; take the jam out; look for the cause."),
    "chute_jammed": Meaning("high", "Free the mouth of the chute; check its eye."),
    "diverter_faulted": Meaning("high", "Check the diverter; then reset it."),
    "wrong_chute": Meaning("high", "Take the parcel out of the chute; check the diverter."),
    "scanner_lost": Meaning("high", "Check the scanner, its power and its network."),
    "scanner_silent": Meaning("high", "Check the scanner, its power, its network, its trigger."),
    "end_full": Meaning("high", "Empty the end of the belt."),
    "overflow_full": Meaning("high", "Empty the overflow chutes."),
    "laps_exhausted": Meaning("medium", "Find out why its chutes do not take it; empty overflow."),
    "no_confirm": Meaning("medium", "Look for the parcel; check the diverter and the eye."),
    "chute_full": Meaning("medium", "Empty the chute."),
    "encoder_slip": Meaning("medium", "Check belt tension and the encoder's wheel."),
}
# These outlive a run: nothing that a run begins with tells whether they still hold, or as for the
# PLC they do until it is told otherwise.
_OUTLIVE_A_RUN = frozenset(
    {
        "device_lost",
        "plc_silent",
        "emergency_stop",
        "encoder_reset",
        "encoder_reversed",
        "edges_missed",
        "diverter_faulted",
        "wrong_chute",
        "no_confirm",
    }
)
_UNLISTED = Meaning("medium", "Find out what it is.")

_RAISED = "raised"
_ACKNOWLEDGED = "acknowledged"
_CLEARED = "cleared"

# What each word does to an alarm in each state; None: it is normal again and forgotten. A word
# that stands nowhere in its state's row changes nothing.
_MOVES: dict[AlarmState, dict[str, AlarmState | None]] = {
    AlarmState.ACTIVE: {
        _RAISED: AlarmState.ACTIVE,
        _ACKNOWLEDGED: AlarmState.ACKNOWLEDGED,
        _CLEARED: AlarmState.CLEARED,
    },
    AlarmState.ACKNOWLEDGED: {_RAISED: AlarmState.ACKNOWLEDGED, _CLEARED: None},
    AlarmState.CLEARED: {_RAISED: AlarmState.ACTIVE, _ACKNOWLEDGED: None},
    AlarmState.LATCHED: {_RAISED: AlarmState.ACTIVE, _ACKNOWLEDGED: None},
}


def meaning_of(cause: str) -> Meaning:
    """What a cause means to a person; one that no table has, as little as is known of it."""
    return CAUSES.get(cause, _UNLISTED)


class Alarm(msgspec.Struct):
    """One alarm. `count` goes on while it is kept; the moments are the box's monotonic ns.

    `first_ns` is when it came, anew where it had gone meanwhile; `last_ns`: the last time it did.
    """

    cause: str
    place: str
    state: AlarmState
    count: int
    first_ns: int
    last_ns: int


class Alarms:
    """The alarms that are not normal. What is told of a change is given back as a report."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Alarm] = {}

    def kept(self) -> tuple[Alarm, ...]:
        """Every alarm that is not normal, in the order in which they came."""
        return tuple(self._kept.values())

    def revive(self, kept: Iterable[Alarm], now_ns: int) -> None:
        """Alarms of the run before. Its clock may have been another."""
        for alarm in kept:
            self._kept[alarm.cause, alarm.place] = msgspec.structs.replace(
                alarm, first_ns=now_ns, last_ns=now_ns
            )

    def found_anew(self) -> tuple[Alarm, ...]:
        """Those of the run before that are raised again if their cause still holds."""
        return tuple(alarm for alarm in self.kept() if alarm.cause not in _OUTLIVE_A_RUN)

    def is_active(self, cause: str, place: str) -> bool:
        """Whether the cause holds, as far as is known."""
        alarm = self._kept.get((cause, place))
        return alarm is not None and alarm.state in _HOLDING

    def raised(self, cause: str, place: str, now_ns: int, detail: str = "") -> AlarmRaised | None:
        """The cause holds, or has happened again; `detail` is what is known of it this time."""
        alarm = self._kept.get((cause, place))
        if alarm is None:
            alarm = Alarm(cause, place, AlarmState.ACTIVE, 1, now_ns, now_ns)
            self._kept[cause, place] = alarm
            return _raised(alarm, detail)
        before = alarm.state
        self._move(alarm, _RAISED)
        if before is not alarm.state:
            alarm.first_ns = now_ns
        alarm.count += 1
        alarm.last_ns = now_ns
        if before is AlarmState.CLEARED or _is_power_of_ten(alarm.count):
            return _raised(alarm, detail)
        return None

    def acknowledged(self, cause: str, place: str, by: str) -> AlarmInHand | None:
        """Somebody has taken it in hand. Nothing is told of an alarm that is not waiting for it."""
        alarm = self._kept.get((cause, place))
        if alarm is None or _ACKNOWLEDGED not in _MOVES[alarm.state]:
            return None
        over = alarm.state is not AlarmState.ACTIVE
        self._move(alarm, _ACKNOWLEDGED)
        return AlarmInHand(cause=cause, place=place, count=alarm.count, by=by, over=over)

    def cleared(self, cause: str, place: str, now_ns: int) -> AlarmCleared | None:
        """The cause is gone."""
        alarm = self._kept.get((cause, place))
        if alarm is None or _CLEARED not in _MOVES[alarm.state]:
            return None
        if alarm.state is AlarmState.ACTIVE and alarm.count >= LATCHES_AT:
            alarm.state = AlarmState.LATCHED
            return None
        self._move(alarm, _CLEARED)
        return AlarmCleared(
            cause=cause, place=place, count=alarm.count, lasted_ns=now_ns - alarm.first_ns
        )

    def _move(self, alarm: Alarm, word: str) -> None:
        state = _MOVES[alarm.state][word]
        if state is None:
            del self._kept[alarm.cause, alarm.place]
        else:
            alarm.state = state


def _raised(alarm: Alarm, detail: str) -> AlarmRaised:
    meaning = meaning_of(alarm.cause)
    return AlarmRaised(
        cause=alarm.cause,
        place=alarm.place,
        advice=meaning.advice,
        priority=meaning.priority,
        detail=detail,
        count=alarm.count,
    )


def _is_power_of_ten(number: int) -> bool:
    while number % 10 == 0:
        number //= 10
    return number == 1
