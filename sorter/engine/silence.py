"""What should have been seen by now and was not, and the events after which no place is known.

A BeltMoved is told only after every edge the PLC saw up to its count, so silence up to there is
real. One that changes anything also says something: only then is it recorded for a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sorter.engine import confirming, deciding, reasons, shutting
from sorter.engine.encoder import Verdict
from sorter.engine.events import BeltMoved, EdgesMissed, EncoderReset, EyeBlocked
from sorter.engine.infeed import ENCODER
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


def encoder_reset(line: Line, _event: EncoderReset) -> None:
    """The count jumped: nobody's place is known. The PLC has dropped its arms itself."""
    _forget_places(line, reasons.ENCODER_RESET)
    # Their spans are in the old count. What lies before the tunnel eye will be a stray there.
    line.belt.obstacles.clear()
    line.raise_alarm("encoder_reset", line.layout.line)


def encoder_seen(line: Line, event: EyeBlocked) -> None:
    """An eye over the belt saw a head: without pulses between heads no place is known."""
    verdict = line.encoder.head(event.eye, event.at_count, line.time_ns)
    if verdict is Verdict.DEAD:
        line.raise_alarm("encoder_dead", line.layout.line)
        line.hold_infeed(ENCODER)
    elif verdict is Verdict.ALIVE:
        line.clear_alarm("encoder_dead", line.layout.line)
        line.free_infeed(ENCODER)
    if line.encoder.is_dead:
        _forget_places(line, reasons.ENCODER_DEAD)


def encoder_checked(line: Line, late: int, travel: int) -> None:
    """A parcel came to its next eye `late` pulses behind its place, after `travel` pulses."""
    verdict = line.encoder.sight(late, travel)
    if verdict is Verdict.DRIFTS:
        off = f"{line.encoder.drift_ppm / 10_000:.1f} %"
        line.raise_alarm("encoder_slip", line.layout.line, off)
    elif verdict is Verdict.HOLDS:
        line.clear_alarm("encoder_slip", line.layout.line)


def edges_missed(line: Line, event: EdgesMissed) -> None:
    """Heads and tails have passed unseen: nobody's place is proven."""
    _forget_places(line, reasons.EDGES_MISSED)
    line.raise_alarm("edges_missed", line.layout.line, f"{event.missed} entries were not read")


def _forget_places(line: Line, reason: str) -> None:
    shutting.forget_covers(line)
    line.at_induct = None
    line.under.clear()
    line.stray_heads.clear()
    for parcel in tuple(line.parcels.values()):
        line.close(parcel, "position_unknown", reason)


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
