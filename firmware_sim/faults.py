"""What goes wrong on the line, as the manifest orders it: one struct for each kind of fault.

Each names a parcel and, where it matters, the place of its head (mm along the belt) at which it
happens. Nothing is random: a fault happens where the manifest puts it, unless the line makes it
impossible by then (the parcel is gone, a fence is in the way). The plant counts those that did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """`parcel` is the id of the parcel that it happens to."""

    parcel: str


class RemoveParcel(Fault, frozen=True, forbid_unknown_fields=True, tag="remove"):
    """Somebody lifts the parcel off the belt when its head is at `at_mm`."""

    at_mm: float


class SlipParcel(Fault, frozen=True, forbid_unknown_fields=True, tag="slip"):
    """From `at_mm` on it slips against the belt by `by_mm`: ahead, or back when negative."""

    at_mm: float
    by_mm: float


class MissEdge(Fault, frozen=True, forbid_unknown_fields=True, tag="miss_edge"):
    """One edge of the parcel never gets from an eye into the PLC.

    `eye` is induct, tunnel, end, chute (the eye of whichever chute it comes to), or the name of an
    eye along the belt.
    """

    eye: str
    edge: Literal["head", "tail"]


class ShortGap(Fault, frozen=True, forbid_unknown_fields=True, tag="short_gap"):
    """The infeed lets it on only `gap_mm` behind the parcel before it."""

    gap_mm: float


class SwapParcels(Fault, frozen=True, forbid_unknown_fields=True, tag="swap"):
    """Somebody lifts it and the one behind it, and puts each in the other's place.

    It takes `takes_ms`; the hand errs by `errors_mm`, for the parcel and for the one behind it.
    """

    at_mm: float
    takes_ms: float
    errors_mm: tuple[float, float]


class StrayBody(Fault, frozen=True, forbid_unknown_fields=True, tag="stray"):
    """Somebody puts something else onto the belt behind the parcel."""

    at_mm: float
    length_mm: float
    codes: tuple[str, ...] = ()
    destination: str | None = None


class StopBelt(Fault, frozen=True, forbid_unknown_fields=True, tag="stop"):
    """The drive is switched off when the parcel is at `at_mm`, and on again `for_ms` after it
    has coasted over `coast_mm` to a stand."""

    at_mm: float
    coast_mm: float
    for_ms: float


AnyFault = RemoveParcel | SlipParcel | MissEdge | ShortGap | SwapParcels | StrayBody | StopBelt
"""Told apart by `kind` in the file."""

KINDS = ("remove", "slip", "miss_edge", "short_gap", "swap", "stray", "stop")


def faults_by_parcel(faults: Iterable[AnyFault]) -> dict[str, tuple[AnyFault, ...]]:
    """The faults that happen to each parcel, in their order."""
    found: dict[str, tuple[AnyFault, ...]] = {}
    for fault in faults:
        found[fault.parcel] = (*found.get(fault.parcel, ()), fault)
    return found
