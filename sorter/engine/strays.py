"""What an eye saw and no parcel that is tracked explains: it inherits no task.

Where several parcels could be the one that was seen, or the one that could missed an eye before,
nobody knows who is where: all of them lose their places.
"""

from __future__ import annotations

from sorter.engine import reasons
from sorter.engine.events import EyeBlocked
from sorter.engine.line import Line
from sorter.engine.parcel import Parcel
from sorter.engine.reports import StrayDetected
from sorter.engine.span import Span


def nobody_sure(line: Line, expected: list[Parcel], event: EyeBlocked) -> None:
    """The edge is a stray's, and the parcels `expected` there are nowhere for certain."""
    line.say(StrayDetected(eye=event.eye, at_count=event.at_count))
    for parcel in expected:
        why = reasons.TWO_IN_WINDOW if len(expected) > 1 else reasons.MISSED_EYE
        line.close(parcel, "position_unknown", why)


def is_nobody(line: Line, expected: list[Parcel], eye: int) -> bool:
    """Whether who was seen at the eye of that number is not the one parcel expected there."""
    return len(expected) != 1 or (expected[0].met < eye and line.asks_for(expected[0]))


def tail_of_nobody(line: Line, tail: int) -> None:
    """A tail left an eye, and who covered it is not known, or was moved since its head came.

    Unless a parcel ends just there, a body does of which only this is known.
    """
    tolerance = line.layout.length_tolerance
    ends = (line.belt.span(parcel).last for parcel in line.parcels.values())
    if not any(abs(end - tail) <= tolerance for end in ends):
        line.obstruct(Span(tail - line.layout.max_length, tail))
