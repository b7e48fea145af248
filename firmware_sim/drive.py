"""The belt's drive: it runs at its speed, or coasts to a stand, stands, and comes up to speed.

It slows down and speeds up evenly, over the same way. Where the safety system has cut it, it stands
until somebody starts it.
"""

from __future__ import annotations

import math


class Drive:
    """Belt speed over simulated time."""

    def __init__(self, speed_mps: float) -> None:
        self._nominal_mps = speed_mps
        self._change_per_ms = 0.0
        self._stands_ms = 0.0
        self.speed_mps = speed_mps

    def stop(self, coast_mm: float, for_ms: float) -> None:
        """Switch off: it runs on for `coast_mm` and stands for `for_ms`.

        A drive that is not at its full speed is left as it is.
        """
        if self._change_per_ms or self.speed_mps != self._nominal_mps:
            return
        self._slow_down(coast_mm, for_ms)

    def cut(self, coast_mm: float) -> None:
        """The safety system switches it off, whatever it does: from full speed it runs on for
        `coast_mm`, and it stands until `start`."""
        self._slow_down(coast_mm, math.inf)

    def start(self) -> None:
        """Come up to speed, if it stands."""
        if self.stands:
            self._stands_ms = 0.0

    @property
    def stands(self) -> bool:
        """Whether the belt stands still."""
        return self.speed_mps == 0.0

    def advance(self, ms: float) -> float:
        """How far the belt moves in the next `ms`, in mm."""
        if not self._change_per_ms:
            return self.speed_mps * ms  # 1 m/s is 1 mm in 1 ms
        if self._change_per_ms < 0 and self.speed_mps == 0.0:
            self._stands_ms -= ms
            if self._stands_ms <= 0:
                self._change_per_ms = -self._change_per_ms
            return 0.0
        before = self.speed_mps
        wanted = before + self._change_per_ms * ms
        self.speed_mps = min(max(wanted, 0.0), self._nominal_mps)
        if self._change_per_ms > 0 and self.speed_mps == self._nominal_mps:
            self._change_per_ms = 0.0
        return (before + self.speed_mps) / 2 * ms

    def _slow_down(self, coast_mm: float, for_ms: float) -> None:
        # v^2 = 2 a s, with mm/ms for m/s.
        self._change_per_ms = -(self._nominal_mps**2) / (2 * max(coast_mm, 1.0))
        self._stands_ms = for_ms
