"""What should have been seen by now and was not.

A BeltMoved is told only after every edge the PLC saw up to its count, so silence up to there is
real. One that changes anything also says something: only then is it recorded for a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sorter.engine import confirming, deciding, reasons
from sorter.engine.events import BeltMoved
from sorter.engine.line import Line
from sorter.engine.parcel import HOLDS_DIVERTER, IN_PLC, Parcel, State

Wait = tuple[int, Callable[[Line, Parcel], None]]
"""How far a parcel's head may come before the silence means something, and what is done then."""


def belt_moved(line: Line, event: BeltMoved) -> None:
    """For each parcel the first wait that is over. Until the next can be, nothing is looked at."""
    if line.quiet_until is not None and event.count <= line.quiet_until:
        return
    nearest = event.count + line.layout.end
    for parcel in tuple(line.parcels.values()):
        until, end_wait = min(_waits(line, parcel), key=_until)
        nearest = min(nearest, parcel.head_count + until)
        if parcel.head(event.count) > until:
            end_wait(line, parcel)
    line.quiet_until = nearest


def _until(wait: Wait) -> int:
    return wait[0]


def _waits(line: Line, parcel: Parcel) -> Iterator[Wait]:
    """All that a parcel waits for."""
    layout, eyes, state = line.layout, line.belt.eyes, parcel.state
    yield layout.end + layout.window, _never_seen_again
    if state is State.PROVEN:
        yield layout.decide_by, deciding.decide
    if state in HOLDS_DIVERTER:
        yield confirming.confirmed_by(line, parcel), _unconfirmed
    if state is State.STRAIGHT:
        return
    if parcel.met < eyes.end and not confirming.leaves_before(line, parcel, parcel.met):
        yield eyes.places[parcel.met].at + layout.window, _missed_eye
    if parcel.under >= 0 and not confirming.turns_under(line, parcel, parcel.under):
        length = (parcel.length or 0) + layout.length_tolerance
        yield eyes.places[parcel.under].at + length, _too_long


def _missed_eye(line: Line, parcel: Parcel) -> None:
    line.close(parcel, "lost", reasons.MISSED_EYE)


def _too_long(line: Line, parcel: Parcel) -> None:
    line.close(parcel, "position_unknown", reasons.LENGTH_CHANGED)


def _unconfirmed(line: Line, parcel: Parcel) -> None:
    if parcel.state in IN_PLC:
        confirming.not_diverted(line, parcel, reasons.NOT_EXECUTED)
    else:
        confirming.not_diverted(line, parcel, reasons.NO_CONFIRM)


def _never_seen_again(line: Line, parcel: Parcel) -> None:
    """A divert that no eye confirmed says more than that the end eye was silent too."""
    unconfirmed = parcel.reason == reasons.NO_CONFIRM
    line.close(parcel, "lost", parcel.reason if unconfirmed else reasons.NEVER_SEEN_AGAIN)
