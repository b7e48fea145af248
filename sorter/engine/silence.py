"""What should have been seen by now and was not.

A BeltMoved is told only after every edge the PLC saw up to its count, so silence up to there is
real. One that changes anything also says something: only then is it recorded for a replay.
"""

from __future__ import annotations

from collections.abc import Callable

from sorter.engine import confirming, deciding, reasons, upsets
from sorter.engine.events import BeltMoved
from sorter.engine.line import Line
from sorter.engine.parcel import HOLDS_DIVERTER, IN_PLC, Parcel, State
from sorter.engine.reports import DivertShadowed

Wait = tuple[int, Callable[[Line, Parcel], None]]
"""How far a parcel's head may come before the silence means something, and what is done then."""


def belt_moved(line: Line, event: BeltMoved) -> None:
    """For each parcel the first wait that is over. Until the next can be, nothing is looked at."""
    if line.encoder.is_dead:
        upsets.encoder_counts(line, event)
    if line.quiet_until is not None and event.count <= line.quiet_until:
        return
    nearest = event.count + line.layout.end
    for parcel in tuple(line.parcels.values()):
        until, end_wait = _first_wait(line, parcel)
        ends_at = parcel.head_count + until
        nearest = min(nearest, ends_at)
        if event.count > ends_at:
            end_wait(line, parcel)
    line.quiet_until = nearest


def _first_wait(line: Line, parcel: Parcel) -> Wait:
    """The first to end of all that a parcel waits for.

    It is asked for each parcel after nearly every event, so nothing is made for it.
    """
    layout, eyes, state = line.layout, line.belt.eyes, parcel.state
    until, end_wait = layout.end + layout.window, _never_seen_again
    if state is State.PROVEN and layout.decide_by < until:
        until, end_wait = layout.decide_by, deciding.decide
    if state in HOLDS_DIVERTER and (place := confirming.confirmed_by(line, parcel)) < until:
        until, end_wait = place, _unconfirmed
    if state is State.STRAIGHT and parcel.chute is not None:
        place = confirming.confirmed_by(line, parcel)
        if place < until:
            until, end_wait = place, _would_be_there
    if not line.asks_for(parcel):
        return until, end_wait
    diverted_at = confirming.diverted_at(line, parcel)
    if parcel.met < eyes.end:
        place = eyes.places[parcel.met].at
        if place <= diverted_at and place + layout.window < until:
            until, end_wait = place + layout.window, _missed_eye
    if parcel.under >= 0:
        length = (parcel.length or 0) + layout.length_tolerance
        place = eyes.places[parcel.under].at + length
        if place <= diverted_at and place < until:
            until, end_wait = place, _too_long
    return until, end_wait


def _missed_eye(line: Line, parcel: Parcel) -> None:
    confirming.lose(line, parcel, reasons.MISSED_EYE)


def _too_long(line: Line, parcel: Parcel) -> None:
    line.close(parcel, "position_unknown", reasons.LENGTH_CHANGED)


def _unconfirmed(line: Line, parcel: Parcel) -> None:
    if parcel.state in IN_PLC:
        confirming.not_diverted(line, parcel, reasons.NOT_EXECUTED)
    else:
        confirming.not_diverted(line, parcel, reasons.NO_CONFIRM)
    parcel.vanished = True


def _would_be_there(line: Line, parcel: Parcel) -> None:
    """In shadow: the parcel has passed the chute that it would be in."""
    if parcel.chute is not None:
        line.chutes.load.land(parcel.chute, parcel.number)
        line.say(DivertShadowed(parcel=parcel.number, chute=parcel.chute))
        parcel.chute = None


def _never_seen_again(line: Line, parcel: Parcel) -> None:
    confirming.lose(line, parcel, reasons.NEVER_SEEN_AGAIN)
