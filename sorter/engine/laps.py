"""Parcels that come round on a loop: each keeps its number, its codes and its destination per lap.

Whoever is seen at the induct eye just when a parcel is due there again is that parcel, if every eye
on the way round has seen it and it did not vanish at a diverter; all others are new. A new lap
begins with nothing proven. What had no destination is read as if it had never been; what has one
keeps it unless it is read as another now, and tries its chutes again, on the last of its laps
overflow too.
"""

from __future__ import annotations

from sorter.engine import confirming, reasons, strays
from sorter.engine.events import EyeBlocked
from sorter.engine.infeed import LOOP_FULL
from sorter.engine.line import Line
from sorter.engine.parcel import HOLDS_DIVERTER, Parcel, State
from sorter.engine.reports import ParcelRecirculated


def take_round(line: Line, event: EyeBlocked) -> bool:
    """A head at the induct eye: whoever is due there begins a lap; False for a new parcel's."""
    expected = line.belt.expected(event.at_count, line.layout.lap, line.layout.window)
    if len(expected) > 1:
        strays.nobody_sure(line, expected, event)
        return True
    for parcel in expected:
        if parcel.met == line.belt.eyes.end and not parcel.vanished:
            _begin_lap(line, parcel, event.at_count)
            return True
        confirming.lose(line, parcel, reasons.MISSED_EYE)
    return False


def _begin_lap(line: Line, parcel: Parcel, head_count: int) -> None:
    parcel.strayed_into = None
    if parcel.state in HOLDS_DIVERTER:
        fired = parcel.state is State.DIVERTING
        confirming.not_diverted(line, parcel, reasons.NO_CONFIRM if fired else reasons.NOT_EXECUTED)
    line.unassign(parcel)
    if parcel.destination is None:
        # Of a code that two parcels bear, both stay known.
        if parcel.doubt != reasons.DUPLICATE:
            line.disown(parcel)
        parcel.forget_reading()
    parcel.begin_lap()
    line.at_induct = parcel
    line.place(parcel, head_count)
    line.say(
        ParcelRecirculated(
            parcel=parcel.number, lap=parcel.lap, head_count=head_count, reason=parcel.reason
        )
    )
    if parcel.lap > line.layout.max_laps:
        line.raise_alarm("laps_exhausted", line.layout.line, f"parcel {parcel.number}")


def settle(line: Line) -> None:
    """Parcels came or left: the loop may be full or not, and those that used up their laps gone."""
    if not line.layout.lap:
        return
    name = line.layout.line
    if line.alarms.is_active("laps_exhausted", name) and not _any_exhausted(line):
        line.clear_alarm("laps_exhausted", name)
    room = line.layout.max_parcels
    if room and len(line.parcels) >= room:
        line.hold_infeed(LOOP_FULL)
    else:
        line.free_infeed(LOOP_FULL)


def _any_exhausted(line: Line) -> bool:
    return any(parcel.lap > line.layout.max_laps for parcel in line.parcels.values())
