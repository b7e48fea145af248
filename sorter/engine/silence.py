"""What should have been seen by now and was not, and the events after which no place is known.

A BeltMoved is told only after every edge the PLC saw up to its count, so silence up to there is
real. One that changes anything also says something: only then is it recorded for a replay.
"""

from __future__ import annotations

from sorter.engine import deciding, reasons, shutting
from sorter.engine.events import BeltMoved, EdgesMissed, EncoderReset
from sorter.engine.line import Line
from sorter.engine.parcel import IN_PLC, Parcel, State
from sorter.engine.reports import DivertUnconfirmed


def belt_moved(line: Line, event: BeltMoved) -> None:
    """For each parcel the first of these that its place and state call for."""
    layout = line.layout
    for parcel in tuple(line.parcels.values()):
        head = parcel.head(event.count)
        state = parcel.state
        if state is State.INDUCTED and head > layout.tunnel + layout.window:
            line.close(parcel, "lost", reasons.MISSED_EYE)
        elif state is State.SIGHTED and head > layout.tunnel + _longest(line, parcel):
            line.close(parcel, "position_unknown", reasons.LENGTH_CHANGED)
        elif state is State.PROVEN and head > layout.decide_by:
            deciding.decide(line, parcel)
        elif state in IN_PLC and head > _confirmed_by(line, parcel):
            line.call_back(parcel)
            _unconfirmed(line, parcel, reasons.NOT_EXECUTED)
        elif state is State.DIVERTING and head > _confirmed_by(line, parcel):
            _unconfirmed(line, parcel, reasons.NO_CONFIRM)
        elif head > layout.end + layout.window:
            line.close(parcel, "lost", _why_lost(parcel))


def encoder_reset(line: Line, _event: EncoderReset) -> None:
    """The count jumped: nobody's place is known. The PLC has dropped its arms itself."""
    _forget_places(line, reasons.ENCODER_RESET)
    # Their spans are in the old count. What lies before the tunnel eye will be a stray there.
    line.belt.obstacles.clear()
    line.raise_alarm("encoder_reset", line.layout.line)


def edges_missed(line: Line, event: EdgesMissed) -> None:
    """Heads and tails have passed unseen: nobody's place is proven."""
    _forget_places(line, reasons.EDGES_MISSED)
    line.raise_alarm("edges_missed", line.layout.line, f"{event.missed} entries were not read")


def _forget_places(line: Line, reason: str) -> None:
    shutting.forget_covers(line)
    line.at_induct = line.at_tunnel = line.stray_head = None
    for parcel in tuple(line.parcels.values()):
        line.close(parcel, "position_unknown", reason)


def _unconfirmed(line: Line, parcel: Parcel, reason: str) -> None:
    chute = parcel.chute or ""
    line.say(DivertUnconfirmed(parcel=parcel.number, chute=chute, reason=reason))
    if reason == reasons.NO_CONFIRM:
        line.raise_alarm("no_confirm", chute)
        shutting.missed(line, chute)
    deciding.give_up(line, parcel, reason)


def _longest(line: Line, parcel: Parcel) -> int:
    length = line.layout.max_length if parcel.length is None else parcel.length
    return length + line.layout.length_tolerance


def _confirmed_by(line: Line, parcel: Parcel) -> int:
    """The place of its head at which the eye of the parcel's chute must have seen it."""
    if parcel.chute is None:
        return line.layout.end
    place = line.layout.chutes[parcel.chute]
    return line.layout.diverters[place.diverter].at + place.slide + line.layout.slide_window


def _why_lost(parcel: Parcel) -> str:
    """A divert that no eye confirmed says more than that the end eye was silent too."""
    return parcel.reason if parcel.reason == reasons.NO_CONFIRM else reasons.NEVER_SEEN_AGAIN
