"""Chutes: what slid in is counted, and the full sensor covers from `full_at` parcels on.

A chute never turns a parcel away: the full sensor only tells.
"""

from __future__ import annotations

from firmware_sim.plant import ChutePlan


class Chute:
    """One chute with its count."""

    __slots__ = ("_empties_at_ms", "full", "parcels", "plan")

    def __init__(self, plan: ChutePlan) -> None:
        self.plan = plan
        self.parcels = 0
        self.full = False
        self._empties_at_ms: float | None = None

    def receive(self, now_ms: int) -> None:
        """One parcel has slid in."""
        self.parcels += 1
        if self.parcels >= self.plan.full_at and not self.full:
            self.full = True
            if self.plan.empty_after_s is not None:
                self._empties_at_ms = now_ms + self.plan.empty_after_s * 1000

    def empty_if_due(self, now_ms: int) -> bool:
        """Whether somebody emptied it just now."""
        if self._empties_at_ms is None or now_ms < self._empties_at_ms:
            return False
        self.parcels = 0
        self.full = False
        self._empties_at_ms = None
        return True
