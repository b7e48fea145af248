"""Where the parcels are: eyes prove and correct places, and silence has a meaning too.

A parcel is taken for the one seen at an eye only when it is the only one that can be there. An
edge that no tracked parcel explains is a stray, which never inherits a task, so that one lost or
added parcel does not shift the next ones.
"""

from __future__ import annotations

from sorter.engine import deciding, reasons
from sorter.engine.events import BeltMoved, EdgesMissed, EncoderReset, EyeBlocked, EyeCleared
from sorter.engine.layout import END_EYE, INDUCT_EYE, TUNNEL_EYE, confirm_eye
from sorter.engine.line import Line
from sorter.engine.parcel import IN_PLC, Parcel, State
from sorter.engine.reports import ParcelInducted, StrayDetected


def eye_blocked(line: Line, event: EyeBlocked) -> None:
    """A head came to an eye."""
    if event.eye == INDUCT_EYE:
        parcel = line.induct(event.at_count)
        line.say(ParcelInducted(parcel=parcel.number, head_count=event.at_count))
    elif event.eye == TUNNEL_EYE:
        _seen_at_tunnel(line, event)
    elif event.eye == END_EYE:
        _seen_at_end(line, event)
    else:
        _seen_in_chute(line, event)


def eye_cleared(line: Line, event: EyeCleared) -> None:
    """A tail left an eye: at the induct eye it gives a length, at the tunnel it must agree."""
    if event.eye == INDUCT_EYE:
        unmeasured = [p for p in line.parcels.values() if p.length is None]
        if unmeasured:
            newest = unmeasured[-1]
            newest.length = event.at_count - newest.head_count
    elif event.eye == TUNNEL_EYE:
        tails = [
            parcel
            for parcel in line.parcels.values()
            if not parcel.tail_checked
            and parcel.state is not State.INDUCTED
            and parcel.length is not None
            and 0 <= parcel.head(event.at_count) - line.layout.tunnel <= line.layout.max_length
        ]
        if tails:
            _check_length(line, tails[-1], event)


def belt_moved(line: Line, event: BeltMoved) -> None:
    """What should have been seen by now and was not."""
    layout = line.layout
    for parcel in tuple(line.parcels.values()):
        head = parcel.head(event.count)
        state = parcel.state
        if state is State.INDUCTED and head > layout.tunnel + layout.window:
            line.close(parcel, "lost", reasons.MISSED_EYE)
        elif state is State.PROVEN and head > layout.decide_by:
            deciding.decide(line, parcel, event)
        elif state in IN_PLC and head > _overdue(line, parcel):
            deciding.call_back(line, parcel)
            deciding.give_up(line, parcel, reasons.NOT_EXECUTED)
        elif state is State.DIVERTING and head > _overdue(line, parcel):
            _unconfirmed(line, parcel)
        elif head > layout.end + layout.window:
            line.close(parcel, "lost", _why_lost(parcel))


def encoder_reset(line: Line, _event: EncoderReset) -> None:
    """The count jumped: nobody's place is known. The PLC has dropped its arms itself."""
    _forget_places(line, reasons.ENCODER_RESET)
    line.raise_alarm("encoder_reset", line.layout.line, "Clear the belt; check the encoder.")


def edges_missed(line: Line, event: EdgesMissed) -> None:
    """Heads and tails have passed unseen: nobody's place is proven."""
    _forget_places(line, reasons.EDGES_MISSED)
    advice = f"{event.missed} entries of the PLC's event ring were not read: check its network."
    line.raise_alarm("edges_missed", line.layout.line, advice)


def _forget_places(line: Line, reason: str) -> None:
    for parcel in tuple(line.parcels.values()):
        deciding.call_back(line, parcel)
        line.close(parcel, "position_unknown", reason)


def _seen_at_tunnel(line: Line, event: EyeBlocked) -> None:
    expected = _near(line, event.at_count, line.layout.tunnel, line.layout.window)
    if len(expected) == 1:
        (parcel,) = expected
        parcel.head_count = event.at_count - line.layout.tunnel
        if parcel.state is not State.INDUCTED:
            return
        if parcel.length is None or parcel.length > line.layout.max_length:
            line.close(parcel, "position_unknown", reasons.TWO_IN_WINDOW)
            return
        parcel.to(State.PROVEN)
        if len(parcel.heard) == len(line.layout.scanners):
            deciding.decide(line, parcel, event)
    else:
        _nobody_sure(line, expected, event)


def _seen_at_end(line: Line, event: EyeBlocked) -> None:
    expected = _near(line, event.at_count, line.layout.end, line.layout.window)
    if len(expected) == 1:
        (parcel,) = expected
        outcome = "flushed" if parcel.flushing else "discharged_end"
        line.close(parcel, outcome, parcel.reason or reasons.NEVER_SEEN_AGAIN)
    else:
        _nobody_sure(line, expected, event)


def _seen_in_chute(line: Line, event: EyeBlocked) -> None:
    chute = next((c for c in line.layout.chutes if confirm_eye(c) == event.eye), None)
    if chute is None:
        line.say(StrayDetected(eye=event.eye, at_count=event.at_count))
        return
    place = line.layout.chutes[chute]
    reach = line.layout.diverters[place.diverter].at + place.slide
    expected = _near(line, event.at_count, reach, line.layout.slide_window)
    if len(expected) != 1:
        _nobody_sure(line, expected, event)
    elif expected[0].chute == chute:
        outcome = "overflow" if place.overflow else "confirmed"
        line.close(expected[0], outcome, expected[0].reason, chute)
    else:
        line.raise_alarm("wrong_chute", chute, "Take the parcel out of the chute; check diverter.")
        deciding.call_back(line, expected[0])
        line.close(expected[0], "wrong_chute", reasons.WRONG_CHUTE, chute)


def _near(line: Line, at_count: int, place: int, window: int) -> list[Parcel]:
    """The parcels whose head is expected within `window` of `place`."""
    return [
        parcel for parcel in line.parcels.values() if abs(parcel.head(at_count) - place) <= window
    ]


def _nobody_sure(line: Line, expected: list[Parcel], event: EyeBlocked) -> None:
    line.say(StrayDetected(eye=event.eye, at_count=event.at_count))
    for parcel in expected:
        deciding.call_back(line, parcel)
        line.close(parcel, "position_unknown", reasons.TWO_IN_WINDOW)


def _check_length(line: Line, parcel: Parcel, event: EyeCleared) -> None:
    measured = parcel.head(event.at_count) - line.layout.tunnel
    parcel.tail_checked = True
    if parcel.length is None or parcel.flushing:
        return
    if abs(measured - parcel.length) > line.layout.length_tolerance:
        deciding.call_back(line, parcel)
        line.close(parcel, "position_unknown", reasons.LENGTH_CHANGED)


def _why_lost(parcel: Parcel) -> str:
    """A divert that no eye confirmed says more than that the end eye was silent too."""
    return parcel.reason if parcel.reason == reasons.NO_CONFIRM else reasons.NEVER_SEEN_AGAIN


def _overdue(line: Line, parcel: Parcel) -> int:
    """The place at which the eye of the parcel's chute must have seen its head."""
    if parcel.chute is None:
        return line.layout.end
    place = line.layout.chutes[parcel.chute]
    return line.layout.diverters[place.diverter].at + place.slide + line.layout.slide_window


def _unconfirmed(line: Line, parcel: Parcel) -> None:
    place = parcel.chute or line.layout.line
    line.raise_alarm("no_confirm", place, "Look for the parcel; check the diverter and the eye.")
    deciding.give_up(line, parcel, reasons.NO_CONFIRM)
