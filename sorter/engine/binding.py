"""Which parcel a telegram belongs to: by place on the belt, never by order of arrival.

A lost parcel must not shift the telegrams of those behind it, so the only question asked is whose
body lay under the scanner's beam. The id that the PLC gave the reading when the parcel came to the
tunnel eye answers it exactly, and so does the encoder count of the reading. A telegram with neither
leaves the belt's travel open during the scanner's delay and while control was busy, and then
several parcels can answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from sorter.engine.events import TelegramReceived
from sorter.engine.layout import Layout
from sorter.engine.parcel import Parcel
from sorter.engine.span import Span


def parcels_under_beam(
    layout: Layout, parcels: Iterable[Parcel], telegram: TelegramReceived
) -> list[Parcel]:
    """The parcels that `telegram` can belong to: by the id it bears, else those whose body can have
    been under the beam when it was read."""
    if telegram.trigger is not None:
        return [parcel for parcel in parcels if parcel.trigger == telegram.trigger]
    beam = beam_of(layout, telegram)
    return [
        parcel
        for parcel in parcels
        if parcel.head_count <= beam.last
        and parcel.head_count + (layout.max_length if parcel.length is None else parcel.length)
        >= beam.first
    ]


def beam_of(layout: Layout, telegram: TelegramReceived) -> Span:
    """The stretch of belt that can have been under the beam when `telegram` was read."""
    scanner = layout.scanners[telegram.scanner]
    if telegram.sent_count is not None:
        count, least, most = telegram.sent_count, 0, 0
    else:
        count, least = telegram.count, scanner.min_delay
        most = scanner.max_delay + (telegram.waited or 0)
    return Span(count - scanner.at - most, count - scanner.at - least).widened(layout.margin)
