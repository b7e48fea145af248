"""The twin's word on a run: where every parcel physically ended, and whether that was right.

It knows the plant and the manifest, never what the controller meant. Right is a chute that lists
the parcel's true destination; a chute that lists "*" is right for any parcel; a chute that lists
nothing is right for a parcel that belongs nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from firmware_sim.parcels import Fate, Parcel
from firmware_sim.plant import ChutePlan

ANY_DESTINATION = "*"


class ParcelTruth(msgspec.Struct, frozen=True):
    """One parcel. `right` is None for a parcel that no chute and no fall has decided about.

    `ended` is chute, end, removed, on_belt, not_fed, or lost (it fell where no chute is).
    `induct_count` is the encoder count (u32) latched when its head covered the induct eye.
    """

    id: str
    induct_count: int | None
    ended: str
    chute: str | None
    destination: str | None
    right: bool | None
    why: str
    diverter: int | None
    side: str | None


class Truth(msgspec.Struct, frozen=True):
    """The whole run. `diverted` counts divertable parcels in a chute of their destination."""

    parcels: tuple[ParcelTruth, ...]
    fed: int
    in_chutes: int
    at_end: int
    removed: int
    on_belt: int
    lost: int
    misdiverted: int
    divertable: int
    diverted: int


def tell_truth(chutes: Sequence[ChutePlan], parcels: Sequence[Parcel]) -> Truth:
    """What became of `parcels`, in their order."""
    destinations = {chute.name: chute.destinations for chute in chutes}
    rows = tuple(_row(parcel, destinations) for parcel in parcels)
    fed = [row for row in rows if row.ended != "not_fed"]
    divertable = {parcel.plan.id for parcel in parcels if parcel.plan.divertable}
    return Truth(
        parcels=rows,
        fed=len(fed),
        in_chutes=_ended(rows, "chute"),
        at_end=_ended(rows, "end"),
        removed=_ended(rows, "removed"),
        on_belt=_ended(rows, "on_belt"),
        lost=_ended(rows, "lost"),
        misdiverted=sum(row.ended == "chute" and row.right is False for row in rows),
        divertable=sum(row.id in divertable for row in fed),
        diverted=sum(
            row.id in divertable
            and row.ended == "chute"
            and row.destination in destinations[row.chute or ""]
            for row in rows
        ),
    )


def _ended(rows: Sequence[ParcelTruth], ended: str) -> int:
    return sum(row.ended == ended for row in rows)


def _row(parcel: Parcel, destinations: dict[str, tuple[str, ...]]) -> ParcelTruth:
    # On its way down the slide a parcel is in no chute yet: its confirm eye has not seen it.
    sliding = parcel.fate is Fate.SLIDING
    somewhere = sliding or parcel.fate is Fate.IN_HAND
    ended = Fate.ON_BELT.value if somewhere else parcel.fate.value
    chute = None if sliding else parcel.chute
    right: bool | None = None
    if chute is not None:
        right = belongs(parcel.plan.destination, destinations[chute])
    elif parcel.fate is Fate.LOST:
        right = False
    return ParcelTruth(
        id=parcel.plan.id,
        induct_count=parcel.induct_count,
        ended=ended,
        chute=chute,
        destination=parcel.plan.destination,
        right=right,
        why=parcel.why,
        diverter=parcel.diverter,
        side=parcel.side,
    )


def belongs(destination: str | None, accepted: tuple[str, ...]) -> bool:
    """Whether a chute that lists `accepted` is right for a parcel of that true destination."""
    if ANY_DESTINATION in accepted:
        return True
    return destination in accepted if destination is not None else not accepted
