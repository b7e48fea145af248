"""What makes places doubtful: the PLC away, an emergency stop, a count that can't be believed.

Two rules. Where the count itself is wrong nobody's place is known any more. Where bodies may have
been moved, or the belt ran on unwatched, a parcel is armed again only when an eye has seen it whole
where it should be; where no such eye is to come before a diverter, it goes straight on.
"""

from __future__ import annotations

from sorter.engine import arming, deciding, reasons
from sorter.engine.encoder import Verdict
from sorter.engine.events import (
    BeltMoved,
    DeviceLost,
    DeviceReady,
    EdgesMissed,
    EncoderReset,
    EncoderReversed,
    EyeBlocked,
)
from sorter.engine.infeed import DEVICE, ENCODER
from sorter.engine.line import Line
from sorter.engine.parcel import IN_PLC, State

_SEEN_NOT_ARMED = frozenset({State.SIGHTED, State.PROVEN, State.ROUTING, State.WAITING})


def device_ready(line: Line, event: DeviceReady) -> None:
    """Arms are welcome: let parcels in."""
    line.clear_alarm("device_lost", event.device)
    line.clear_alarm("plc_silent", line.layout.line)
    if not line.stopped:
        line.chutes.ready = True
        line.free_infeed(DEVICE)
        line.belt.doubt(line.count)


def device_lost(line: Line, event: DeviceLost) -> None:
    """No arm can be sent; those accepted may still fire until the PLC's watchdog drops them.

    It may be an emergency stop that nobody could tell of.
    """
    line.chutes.ready = False
    line.hold_infeed(DEVICE)
    _shake(line)
    line.raise_alarm("device_lost", event.device, event.why)


def withdraw(line: Line) -> None:
    """Call every arm back; what was seen up to now proves nothing any more."""
    _shake(line)
    arming.call_all_back(line)


def stop(line: Line) -> None:
    """The run ends: nothing stays armed, and nothing is armed any more."""
    line.stopped = True
    line.chutes.ready = False
    withdraw(line)


def encoder_reset(line: Line, _event: EncoderReset) -> None:
    """The count jumped: nobody's place is known. The PLC has dropped its arms itself."""
    _forget_places(line, reasons.ENCODER_RESET)
    line.covered.count_from(line.count)
    line.scanners.forget()
    line.seen_until = None
    # Their spans are in the old count. What lies before the tunnel eye will be a stray there.
    line.belt.obstacles.clear()
    line.raise_alarm("encoder_reset", line.layout.line)


def encoder_reversed(line: Line, event: EncoderReversed) -> None:
    """The belt ran backwards: what was diverted may have come back.

    The count went back with the belt, so places hold as far as eyes can prove them again. What the
    eyes see until it is as far as before has been seen.
    """
    withdraw(line)
    line.belt.doubt(line.count)
    line.seen_until = max(line.seen_until or event.count, event.count + event.by)
    by_mm = event.by * 1000 // line.layout.pulses_per_m
    line.raise_alarm("encoder_reversed", line.layout.line, f"by {by_mm} mm")


def edges_missed(line: Line, event: EdgesMissed) -> None:
    """Heads and tails have passed unseen: nobody's place is proven."""
    _forget_places(line, reasons.EDGES_MISSED)
    line.raise_alarm("edges_missed", line.layout.line, f"{event.missed} entries were not read")


def encoder_seen(line: Line, event: EyeBlocked) -> None:
    """An eye over the belt saw a head: without pulses between heads no place is known."""
    if not line.machine.is_sorting:
        return  # people may be at a belt that stands
    verdict = line.encoder.head(event.eye, event.at_count, line.time_ns)
    if verdict is Verdict.DEAD:
        line.raise_alarm("encoder_dead", line.layout.line)
        line.hold_infeed(ENCODER)
    elif verdict is Verdict.ALIVE:
        _encoder_alive(line)
    if line.encoder.is_dead:
        _forget_places(line, reasons.ENCODER_DEAD)


def encoder_counts(line: Line, event: BeltMoved) -> None:
    """A dead encoder's count moves on, farther than a wheel that is touched."""
    if line.encoder.moved(event.count, line.layout.window) is Verdict.ALIVE:
        _encoder_alive(line)


def _encoder_alive(line: Line) -> None:
    line.clear_alarm("encoder_dead", line.layout.line)
    line.free_infeed(ENCODER)


def encoder_checked(line: Line, late: int, travel: int) -> None:
    """A parcel came to its next eye `late` pulses behind its place, after `travel` pulses."""
    verdict = line.encoder.sight(late, travel)
    line.belt.drift_ppm = line.encoder.drift_ppm if line.encoder.drifts else 0
    if verdict is Verdict.DRIFTS:
        off = f"{line.encoder.drift_ppm / 10_000:.1f} %"
        line.raise_alarm("encoder_slip", line.layout.line, off)
    elif verdict is Verdict.HOLDS:
        line.clear_alarm("encoder_slip", line.layout.line)


def over(line: Line) -> None:
    """A parcel left where it should: the places of those inducted since the last mishap hold."""
    for cause in ("encoder_reset", "encoder_reversed", "edges_missed"):
        line.clear_alarm(cause, line.layout.line)


def _shake(line: Line) -> None:
    """What was seen before now proves no place any more."""
    for parcel in tuple(line.parcels.values()):
        if parcel.state in IN_PLC:
            parcel.shake()
        elif parcel.state in _SEEN_NOT_ARMED:
            parcel.shake()
            if not line.belt.eyes.can_prove_any(parcel):
                deciding.give_up(line, parcel, reasons.FLUSHED)


def _forget_places(line: Line, reason: str) -> None:
    line.at_induct = None
    line.under.clear()
    line.stray_heads.clear()
    for parcel in tuple(line.parcels.values()):
        line.close(parcel, "position_unknown", reason)
