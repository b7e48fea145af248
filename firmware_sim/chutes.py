"""Chutes: what slid in is counted, and the full sensor covers from `full_at` parcels on.

A chute never turns a parcel away: the full sensor only tells.
"""

from __future__ import annotations

from firmware_sim.plant import ChutePlan


class Chute:
    """One chute with its count."""

    __slots__ = ("full", "parcels", "plan")

    def __init__(self, plan: ChutePlan) -> None:
        self.plan = plan
        self.parcels = 0
        self.full = False

    def receive(self) -> bool:
        """One parcel has slid in; whether it covers the full sensor as the first one."""
        self.parcels += 1
        if self.full or self.parcels < self.plan.full_at:
            return False
        self.full = True
        return True

    def empty(self) -> None:
        """Somebody emptied it."""
        self.parcels = 0
        self.full = False
