"""A parcel as the plant knows it: a span on the belt, and its fate once it left."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from firmware_sim.chance import stream
from firmware_sim.faults import AnyFault, MissEdge, ShortGap
from firmware_sim.manifest import ParcelPlan

SLIDE_JITTER_MM = 15.0

_HURRY = 2.0
"""A parcel that slips ahead moves at this many times the belt's speed meanwhile."""


class Fate(Enum):
    """Where a parcel is, or ended."""

    NOT_FED = "not_fed"
    ON_BELT = "on_belt"
    IN_HAND = "in_hand"
    SLIDING = "sliding"
    CHUTE = "chute"
    END = "end"
    REMOVED = "removed"
    LOST = "lost"


class Step(NamedTuple):
    """What it meets when its head is at `head_mm`: `meet(parcel, thing, belt travel)`.

    `undo`: the same when it goes back past it; None where nothing feels that it does.
    """

    head_mm: float
    meet: Callable[[Parcel, Any, float], None]
    thing: Any
    undo: Callable[[Parcel, Any, float], None] | None = None


class Slip(NamedTuple):
    """A slip that began at a belt travel, the head at `from_mm`: by so much ahead, or back."""

    from_travel_mm: float
    from_mm: float
    by_mm: float


class Parcel:
    """One parcel and its luck, drawn from its own stream.

    `origin_mm` is the belt travel at which its head was, or would have been, at 0 mm, so that the
    head is at `travel - origin_mm` whatever the travel is, but for a slip that is going on. `way`
    are the steps of this lap, of which `next_step` is the next; `aim` counts how often that was
    changed. `laps`: how often it came round a loop. `hit` are the kinds of faults that happened to
    it.
    """

    __slots__ = (
        "_chance",
        "_slip",
        "aim",
        "chute",
        "delay_share",
        "diverter",
        "fate",
        "faults",
        "gap_mm",
        "hit",
        "induct_count",
        "laps",
        "length_mm",
        "next_step",
        "origin_mm",
        "plan",
        "side",
        "slide_jitter_mm",
        "untold",
        "way",
        "why",
    )

    def __init__(self, plan: ParcelPlan, seed: int, faults: tuple[AnyFault, ...] = ()) -> None:
        chance = self._chance = stream(seed, "parcel", plan.id)
        self.plan = plan
        self.faults = faults
        self.length_mm = plan.length_mm
        self.gap_mm = plan.gap_mm
        self.untold: tuple[MissEdge, ...] = ()
        for fault in faults:
            if isinstance(fault, MissEdge):
                self.untold = (*self.untold, fault)
            elif isinstance(fault, ShortGap):
                self.gap_mm = fault.gap_mm
        self.hit: set[str] = set()
        self.origin_mm = 0.0
        self.way: list[Step] = []
        self.next_step = 0
        self.aim = 0
        self.laps = 0
        self.fate = Fate.NOT_FED
        self.induct_count: int | None = None
        self.diverter: int | None = None
        self.side: str | None = None
        self.chute: str | None = None
        self.why = "not fed"
        self.delay_share = chance.random()
        self.slide_jitter_mm = chance.uniform(-SLIDE_JITTER_MM, SLIDE_JITTER_MM)
        self._slip: Slip | None = None

    def jitter_mm(self, limit_mm: float) -> float:
        """The error of the next eye that sees an edge of this parcel, within +-`limit_mm`."""
        return limit_mm * (2 * self._chance.random() - 1)

    def head_mm(self, travel_mm: float) -> float:
        """Where its head is when the belt has moved `travel_mm`."""
        head_mm = travel_mm - self.origin_mm
        slip = self._slip
        if slip is None:
            return head_mm
        if slip.by_mm < 0:
            return max(slip.from_mm, head_mm)
        return min(slip.from_mm + _HURRY * (travel_mm - slip.from_travel_mm), head_mm)

    def travel_mm(self, head_mm: float) -> float:
        """How far the belt has moved when its head, which is not beyond it, is at `head_mm`."""
        slip = self._slip
        if slip is not None and slip.by_mm > 0:
            ahead_mm = head_mm - slip.from_mm
            if ahead_mm < slip.by_mm * _HURRY / (_HURRY - 1):
                return slip.from_travel_mm + ahead_mm / _HURRY
        return self.origin_mm + head_mm

    def slip(self, by_mm: float, travel_mm: float) -> None:
        """Slip ahead, or back when negative, from `travel_mm` on.

        Back: it stands until the belt has gone on by so much. Ahead: it moves at twice the belt's
        speed until it has gained so much. So an eye sees no edge go back.
        """
        self._slip = Slip(travel_mm, self.head_mm(travel_mm), by_mm)
        self.origin_mm -= by_mm
        self.aim += 1

    def lay(self, head_mm: float, travel_mm: float) -> None:
        """Lay it on the belt, its head at `head_mm`."""
        self._slip = None
        self.origin_mm = travel_mm - head_mm
        self.aim += 1

    def come_round(self, lap_mm: float) -> None:
        """From here on its places are those of the next lap; a missed edge was one of the first."""
        self.laps += 1
        self.origin_mm += lap_mm
        self.untold = ()
        if self._slip is not None:
            self._slip = self._slip._replace(from_mm=self._slip.from_mm - lap_mm)

    def is_slipping(self, travel_mm: float) -> bool:
        """Whether it moves at another speed than the belt."""
        return self._slip is not None and self.head_mm(travel_mm) != travel_mm - self.origin_mm
