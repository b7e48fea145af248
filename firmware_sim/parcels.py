"""A parcel as the plant knows it: a span on the belt, and its fate once it left."""

from __future__ import annotations

from enum import Enum

from firmware_sim.chance import stream
from firmware_sim.plant import ParcelPlan

EYE_JITTER_MM = 2.0
SLIDE_JITTER_MM = 15.0

_EDGES = 8
"""Induct, tunnel, confirm and end eye: head and tail at each."""


class Fate(Enum):
    """Where a parcel is, or ended."""

    NOT_FED = "not_fed"
    ON_BELT = "on_belt"
    SLIDING = "sliding"
    CHUTE = "chute"
    END = "end"
    REMOVED = "removed"
    LOST = "lost"


class Parcel:
    """One parcel and its luck, drawn from its own stream.

    `origin_mm` is the belt travel at which its head was at 0 mm, so that the head is at
    `travel - origin_mm` whatever the travel is.
    """

    __slots__ = (
        "_jitters_mm",
        "chute",
        "delay_share",
        "diverter",
        "fate",
        "induct_count",
        "length_mm",
        "origin_mm",
        "plan",
        "side",
        "slide_jitter_mm",
        "why",
    )

    def __init__(self, plan: ParcelPlan, seed: int) -> None:
        chance = stream(seed, "parcel", plan.id)
        self.plan = plan
        self.length_mm = plan.length_mm
        self.origin_mm = 0.0
        self.fate = Fate.NOT_FED
        self.induct_count: int | None = None
        self.diverter: int | None = None
        self.side: str | None = None
        self.chute: str | None = None
        self.why = "not fed"
        self.delay_share = chance.random()
        self.slide_jitter_mm = chance.uniform(-SLIDE_JITTER_MM, SLIDE_JITTER_MM)
        self._jitters_mm = [chance.uniform(-EYE_JITTER_MM, EYE_JITTER_MM) for _ in range(_EDGES)]

    def jitter_mm(self) -> float:
        """The error of the next eye that sees an edge of this parcel, +-EYE_JITTER_MM."""
        return self._jitters_mm.pop()

    def head_mm(self, travel_mm: float) -> float:
        """Where its head is when the belt has moved `travel_mm`."""
        return travel_mm - self.origin_mm
