"""A parcel as the plant knows it: a span on the belt, and its fate once it left."""

from __future__ import annotations

from enum import Enum

from firmware_sim.chance import stream
from firmware_sim.plant import ParcelPlan

EYE_JITTER_MM = 2.0
SLIDE_JITTER_MM = 15.0


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
        "chute",
        "delay_share",
        "diverter",
        "fate",
        "induct_count",
        "jitters",
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
        self.jitters = chance

    def jitter_mm(self) -> float:
        """The next seeded error of an eye that sees this parcel."""
        return self.jitters.uniform(-EYE_JITTER_MM, EYE_JITTER_MM)

    def head_mm(self, travel_mm: float) -> float:
        """Where its head is when the belt has moved `travel_mm`."""
        return travel_mm - self.origin_mm
