"""Whether a parcel left the belt where its diverter should have taken it, and what follows if not.

A parcel that an eye sees beyond its diverter was not diverted; one that no chute's eye has seen in
time was not seen to be. Either goes on along the belt without a task, and is looked for there. One
that the belt's eyes do not see any more, when some chute's eye saw a body for which none was due,
went into the wrong chute.
"""

from __future__ import annotations

from collections.abc import Iterable

from sorter.engine import deciding, reasons, shutting
from sorter.engine.line import Line
from sorter.engine.parcel import HOLDS_DIVERTER, IN_PLC, TO_FIRE, Parcel, State
from sorter.engine.reports import DivertUnconfirmed


def seen_again(line: Line, parcel: Parcel, eye_at: int) -> None:
    """An eye sees a parcel that may have an arm: beyond its diverter, or not where it is due."""
    if parcel.chute is None or parcel.state not in HOLDS_DIVERTER:
        return
    diverter = line.layout.diverters[line.layout.chutes[parcel.chute].diverter]
    if eye_at > diverter.at:
        fired = parcel.state is State.DIVERTING
        not_diverted(line, parcel, reasons.NO_CONFIRM if fired else reasons.NOT_EXECUTED)
    elif parcel.state in TO_FIRE:
        due = parcel.head_count + diverter.at - diverter.lead
        if abs(due - parcel.target_count) > line.layout.correction:
            deciding.cancel(line, parcel)


def turns_under(line: Line, parcel: Parcel, eye: int) -> bool:
    """Whether its head shall be at its diverter before its tail has left that eye."""
    length = (parcel.length or 0) + line.layout.length_tolerance
    return line.belt.eyes.places[eye].at + length > diverted_at(line, parcel)


def diverted_at(line: Line, parcel: Parcel) -> int:
    """Where its diverter is told to act; behind everything for a parcel that has no arm."""
    if parcel.chute is None or parcel.state not in HOLDS_DIVERTER:
        return line.layout.end + line.layout.max_length + line.layout.length_tolerance
    diverter = line.layout.diverters[line.layout.chutes[parcel.chute].diverter]
    return diverter.at - diverter.lead


def confirmed_by(line: Line, parcel: Parcel) -> int:
    """The place of its head at which the eye of the parcel's chute must have seen it."""
    if parcel.chute is None:
        return line.layout.end
    place = line.layout.chutes[parcel.chute]
    return line.layout.diverters[place.diverter].at + place.slide + line.layout.slide_window


def may_have_strayed(parcels: Iterable[Parcel], chute: str) -> None:
    """A body came into the chute for which none was due: it may be one of these, or none.

    An eye in a chute is covered twice by one parcel now and then. Only when the belt's eyes do not
    see a parcel any more is it the one.
    """
    for parcel in parcels:
        parcel.strayed_into = chute


def lose(line: Line, parcel: Parcel, reason: str) -> None:
    """A parcel is not where it should be: nobody knows where, unless it was seen in a chute.

    A divert that no eye confirmed says more than that another eye was silent too.
    """
    chute = parcel.strayed_into
    if chute is not None:
        line.raise_alarm("wrong_chute", chute, f"parcel {parcel.number}")
        line.close(parcel, "wrong_chute", reasons.WRONG_CHUTE, chute)
        return
    unconfirmed = parcel.reason == reasons.NO_CONFIRM
    line.close(parcel, "lost", parcel.reason if unconfirmed else reason)


def not_diverted(line: Line, parcel: Parcel, reason: str) -> None:
    """A parcel is not, or was not seen, where its diverter should have sent it."""
    if parcel.state in IN_PLC:
        line.call_back(parcel)
    chute = parcel.chute or ""
    line.say(DivertUnconfirmed(parcel=parcel.number, chute=chute, reason=reason))
    if reason == reasons.NO_CONFIRM:
        shutting.missed(line, chute)
        if parcel.strayed_into is not None:
            lose(line, parcel, reason)
            return
        line.raise_alarm("no_confirm", chute)
    deciding.give_up(line, parcel, reason)
