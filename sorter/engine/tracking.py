"""Where the parcels are: what the eyes see proves and corrects their places.

A parcel is taken for the one seen at an eye only when it is the only one that can be there. An
edge that no tracked parcel explains is a stray, which never inherits a task, so that one lost or
added parcel does not shift the next ones.
"""

from __future__ import annotations

from sorter.engine import deciding, reasons, shutting
from sorter.engine.events import EyeBlocked, EyeCleared
from sorter.engine.layout import END_EYE, INDUCT_EYE, TUNNEL_EYE, confirm_eye
from sorter.engine.line import Line
from sorter.engine.parcel import Parcel, State
from sorter.engine.reports import ParcelInducted, StrayDetected
from sorter.engine.span import Span

# What the end eye's sight of a parcel means that was on its way to something else.
_REASON_AT_END = {
    State.INDUCTED: reasons.MISSED_EYE,
    State.SIGHTED: reasons.MISSED_EYE,
    State.PROVEN: reasons.TOO_LATE,
    State.ROUTING: reasons.TOO_LATE,
    State.ARMING: reasons.NOT_EXECUTED,
    State.ARMED: reasons.NOT_EXECUTED,
    State.CANCELLING: reasons.NOT_EXECUTED,
    State.DIVERTING: reasons.NO_CONFIRM,
}


def eye_blocked(line: Line, event: EyeBlocked) -> None:
    """A head came to an eye."""
    shutting.eye_covered(line, event)
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
    shutting.eye_uncovered(line, event)
    if event.eye == INDUCT_EYE:
        parcel, line.at_induct = line.at_induct, None
        if parcel is not None:
            parcel.length = max(event.at_count - parcel.head_count, 0)
            line.place(parcel, parcel.head_count)
    elif event.eye == TUNNEL_EYE:
        parcel, line.at_tunnel = line.at_tunnel, None
        stray_head, line.stray_head = line.stray_head, None
        if stray_head is not None:
            tail = max(event.at_count - line.layout.tunnel, stray_head)
            line.obstruct(Span(stray_head, tail))
        elif parcel is not None and parcel.state is State.SIGHTED:
            _check_length(line, parcel, event)


def _seen_at_tunnel(line: Line, event: EyeBlocked) -> None:
    layout = line.layout
    expected = [
        parcel
        for parcel in line.belt.expected(event.at_count, layout.tunnel, layout.window)
        if not parcel.sighted
    ]
    head_count = event.at_count - layout.tunnel
    line.at_tunnel = line.stray_head = None
    if len(expected) != 1:
        line.stray_head = head_count
        line.obstruct(Span(head_count, head_count))
        _nobody_sure(line, expected, event)
        return
    (parcel,) = expected
    line.at_tunnel = parcel
    parcel.sighted = True
    line.place(parcel, head_count)
    if parcel.state is not State.INDUCTED:
        return
    if parcel.length is None or parcel.length > layout.max_length:
        line.close(parcel, "position_unknown", reasons.TOO_LONG)
    else:
        parcel.to(State.SIGHTED)


def _check_length(line: Line, parcel: Parcel, event: EyeCleared) -> None:
    measured = parcel.head(event.at_count) - line.layout.tunnel
    if parcel.length is None or abs(measured - parcel.length) > line.layout.length_tolerance:
        line.close(parcel, "position_unknown", reasons.LENGTH_CHANGED)
        return
    parcel.to(State.PROVEN)
    deciding.decide_if_heard(line, parcel)


def _seen_at_end(line: Line, event: EyeBlocked) -> None:
    expected = line.belt.expected(event.at_count, line.layout.end, line.layout.window)
    if len(expected) != 1:
        _nobody_sure(line, expected, event)
        return
    (parcel,) = expected
    outcome = "flushed" if parcel.flushing else "discharged_end"
    line.close(parcel, outcome, _REASON_AT_END.get(parcel.state, parcel.reason))
    _as_expected(line)


def _seen_in_chute(line: Line, event: EyeBlocked) -> None:
    chute = next((c for c in line.layout.chutes if confirm_eye(c) == event.eye), None)
    if chute is None:
        line.say(StrayDetected(eye=event.eye, at_count=event.at_count))
        return
    place = line.layout.chutes[chute]
    reach = line.layout.diverters[place.diverter].at + place.slide
    near = line.belt.expected(event.at_count, reach, line.layout.slide_window)
    # A neighbour that goes on along the belt makes nobody unsure of the one meant for this chute.
    expected = [parcel for parcel in near if parcel.chute == chute] or near
    if len(expected) != 1:
        _nobody_sure(line, expected, event)
        return
    (parcel,) = expected
    if parcel.chute == chute:
        outcome = "overflow" if place.overflow else "confirmed"
        line.close(parcel, outcome, parcel.reason, chute)
        shutting.hit(line, chute)
        line.clear_alarm("no_confirm", chute)
        line.clear_alarm("wrong_chute", chute)
        _as_expected(line)
    else:
        line.raise_alarm("wrong_chute", chute, f"parcel {parcel.number}")
        if parcel.chute is not None:
            shutting.missed(line, parcel.chute)
        line.close(parcel, "wrong_chute", reasons.WRONG_CHUTE, chute)


def _nobody_sure(line: Line, expected: list[Parcel], event: EyeBlocked) -> None:
    line.say(StrayDetected(eye=event.eye, at_count=event.at_count))
    for parcel in expected:
        line.close(parcel, "position_unknown", reasons.TWO_IN_WINDOW)


def _as_expected(line: Line) -> None:
    """A parcel left where it should: the places of those inducted since the last mishap hold."""
    line.clear_alarm("encoder_reset", line.layout.line)
    line.clear_alarm("edges_missed", line.layout.line)
