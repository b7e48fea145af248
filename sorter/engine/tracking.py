"""Where the parcels are: what the eyes see proves and corrects their places.

A parcel is taken for the one seen at an eye only when it is the only one that can be there, and it
was seen by every eye before. An edge that no tracked parcel explains is a stray, which never
inherits a task, so that one lost or added parcel does not shift the next ones.
"""

from __future__ import annotations

from sorter.engine import confirming, deciding, laps, reasons, shutting, strays, upsets
from sorter.engine.events import EyeBlocked, EyeCleared, EyeFoundClear
from sorter.engine.layout import INDUCT_EYE, confirm_eye
from sorter.engine.line import Line
from sorter.engine.parcel import HOLDS_DIVERTER, Parcel, State
from sorter.engine.reports import ParcelInducted, StrayDetected
from sorter.engine.span import Span

# What the end eye's sight of a parcel means that was on its way to something else.
_REASON_AT_END = {
    State.INDUCTED: reasons.MISSED_EYE,
    State.SIGHTED: reasons.MISSED_EYE,
    State.PROVEN: reasons.TOO_LATE,
    State.ROUTING: reasons.TOO_LATE,
    State.WAITING: reasons.UNPROVEN,
}


def eye_blocked(line: Line, event: EyeBlocked) -> None:
    """A head came to an eye."""
    shutting.eye_covered(line, event)
    number = line.belt.eyes.number(event.eye)
    if _is_seen_again(line, event):
        return
    if event.eye == INDUCT_EYE:
        _seen_at_induct(line, event)
    elif number is None:
        _seen_in_chute(line, event)
    elif number == line.belt.eyes.end:
        _seen_at_end(line, event)
    else:
        _seen_at_eye(line, number, event)
    if number is not None or event.eye == INDUCT_EYE:
        upsets.encoder_seen(line, event)


def eye_cleared(line: Line, event: EyeCleared) -> None:
    """A tail left an eye: at the induct eye it gives a length, at the others it must agree."""
    shutting.eye_uncovered(line, event)
    if _is_seen_again(line, event):
        return
    if event.eye == INDUCT_EYE:
        parcel, line.at_induct = line.at_induct, None
        if parcel is not None and parcel.state is not State.CLOSED:
            _measure(line, parcel, event.at_count - parcel.head_count)
        return
    number = line.belt.eyes.number(event.eye)
    if number is None:
        return
    tail = event.at_count - line.belt.eyes.places[number].at
    stray_head = line.stray_heads.pop(number, None)
    parcel = line.under.pop(number, None)
    if stray_head is not None:
        line.obstruct(Span(stray_head, max(tail, stray_head)))
    elif parcel is not None and _still_covers(line, parcel, number):
        _seen_whole(line, parcel, tail)
    elif number < line.belt.eyes.end:
        strays.tail_of_nobody(line, tail)


def _still_covers(line: Line, parcel: Parcel, number: int) -> bool:
    """Whether it may be the one that covered the eye since its head came: not one that lost its
    place meanwhile, whose body may have been moved, or that no eye is asked about."""
    is_in_chute = parcel.state is State.CLOSED and parcel.chute is not None
    return parcel.under == number and (is_in_chute or line.asks_for(parcel))


def eye_found_clear(line: Line, event: EyeFoundClear) -> None:
    """A tail passed unseen: what covered the eye is gone, and not proven by it."""
    shutting.eye_uncovered(line, event)
    if event.eye == INDUCT_EYE:
        line.at_induct = None
        return
    number = line.belt.eyes.number(event.eye)
    if number is None:
        return
    stray_head = line.stray_heads.pop(number, None)
    parcel = line.under.pop(number, None)
    if stray_head is not None:
        tail = event.count - line.belt.eyes.places[number].at
        line.obstruct(Span(stray_head, max(tail, stray_head)))
    elif parcel is not None and parcel.under == number:
        parcel.under = -1


def _is_seen_again(line: Line, event: EyeBlocked | EyeCleared) -> bool:
    """Over a belt that ran backwards an eye sees what it has seen before."""
    if line.seen_until is None or event.at_count > line.seen_until:
        return False
    return event.eye == INDUCT_EYE or line.belt.eyes.number(event.eye) is not None


def _seen_at_induct(line: Line, event: EyeBlocked) -> None:
    """A parcel comes in, or on a loop one comes round."""
    if line.layout.lap and laps.take_round(line, event):
        return
    parcel = line.induct(event.at_count)
    line.say(ParcelInducted(parcel=parcel.number, head_count=event.at_count))
    for scanner, parcels in line.scanners.inducted(event.at_count):
        line.raise_alarm("scanner_silent", scanner, f"no telegram for {parcels} parcels")


def _measure(line: Line, parcel: Parcel, length: int) -> None:
    """Its tail has left the induct eye."""
    if parcel.length is None:
        parcel.length = max(length, 0)
        line.place(parcel, parcel.head_count)
    elif abs(length - parcel.length) > line.layout.length_tolerance:
        _has_another_length(line, parcel, parcel.head_count + length)


def _has_another_length(line: Line, parcel: Parcel, tail: int) -> None:
    """Whatever else ends at `tail` lies on the belt as well as the parcel."""
    line.close(parcel, "position_unknown", reasons.LENGTH_CHANGED)
    line.obstruct(Span(parcel.head_count, max(tail, parcel.head_count)))


def _seen_at_eye(line: Line, number: int, event: EyeBlocked) -> None:
    place = line.belt.eyes.places[number].at
    near = line.belt.expected(event.at_count, place, line.layout.window)
    expected = [parcel for parcel in near if parcel.met <= number]
    head_count = event.at_count - place
    line.under.pop(number, None)
    line.stray_heads.pop(number, None)
    if strays.is_nobody(line, expected, number):
        line.stray_heads[number] = head_count
        line.obstruct(Span(head_count, head_count))
        strays.nobody_sure(line, expected, event)
        return
    (parcel,) = expected
    way = place - (line.belt.eyes.places[parcel.met - 1].at if parcel.met else 0)
    upsets.encoder_checked(line, head_count - parcel.head_count, way)
    parcel.met = number + 1
    parcel.under = number
    parcel.vanished = False
    parcel.strayed_into = None
    line.under[number] = parcel
    line.place(parcel, head_count)
    if event.trigger is not None:
        parcel.trigger = event.trigger
    if parcel.state is State.INDUCTED:
        _sighted(line, parcel)
    else:
        confirming.seen_again(line, parcel, place)


def _sighted(line: Line, parcel: Parcel) -> None:
    if parcel.length is None:
        line.close(parcel, "position_unknown", reasons.NO_LENGTH)
    elif parcel.length > line.layout.max_length:
        line.close(parcel, "position_unknown", reasons.TOO_LONG)
    else:
        parcel.to(State.SIGHTED)


def _seen_whole(line: Line, parcel: Parcel, tail: int) -> None:
    """The tail of a parcel that covered an eye; what is being diverted turns under it."""
    number, parcel.under = parcel.under, -1
    if not line.asks_for(parcel) or confirming.turns_under(line, parcel, number):
        return
    measured = tail - parcel.head_count
    if parcel.length is None or abs(measured - parcel.length) > line.layout.length_tolerance:
        _has_another_length(line, parcel, tail)
        return
    if line.chutes.ready and line.machine.is_sorting:
        parcel.proven = number + 1
        parcel.shaken = False
    if parcel.state is State.SIGHTED:
        parcel.to(State.PROVEN)
        deciding.decide_if_heard(line, parcel)
    elif parcel.state is State.WAITING:
        deciding.arm_if_proven(line, parcel)


def _seen_at_end(line: Line, event: EyeBlocked) -> None:
    expected = line.belt.expected(event.at_count, line.layout.end, line.layout.window)
    if len(expected) != 1:
        strays.nobody_sure(line, expected, event)
        return
    (parcel,) = expected
    parcel.strayed_into = None
    confirming.seen_again(line, parcel, line.layout.end)
    outcome = "flushed" if parcel.shaken else "discharged_end"
    line.close(parcel, outcome, _reason_at_end(parcel))
    upsets.over(line)


def _reason_at_end(parcel: Parcel) -> str:
    if parcel.state is State.WAITING and parcel.shaken:
        return reasons.FLUSHED
    return _REASON_AT_END.get(parcel.state, parcel.reason)


def _seen_in_chute(line: Line, event: EyeBlocked) -> None:
    chute = next((c for c in line.layout.chutes if confirm_eye(c) == event.eye), None)
    if chute is None:
        line.say(StrayDetected(eye=event.eye, at_count=event.at_count))
        return
    place = line.layout.chutes[chute]
    reach = line.layout.diverters[place.diverter].at + place.slide
    near = line.belt.expected(event.at_count, reach, line.layout.slide_window)
    expected = [p for p in near if p.chute == chute and p.state in HOLDS_DIVERTER]
    if len(expected) != 1:
        strays.nobody_sure(line, expected, event)
        if not expected:
            confirming.may_have_strayed(near, chute)
        return
    (parcel,) = expected
    outcome = "overflow" if place.overflow else "confirmed"
    line.close(parcel, outcome, parcel.reason, chute)
    shutting.hit(line, chute)
    line.clear_alarm("no_confirm", chute)
    line.clear_alarm("wrong_chute", chute)
    upsets.over(line)
