"""The belt's drive: it runs at its speed, or coasts to a stand, stands, and comes up to speed.

It slows down and speeds up evenly, over the same way. An emergency stop is not the drive's
business: the line then does not advance it.
"""

from __future__ import annotations


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
        # v^2 = 2 a s, with mm/ms for m/s.
        self._change_per_ms = -(self._nominal_mps**2) / (2 * max(coast_mm, 1.0))
        self._stands_ms = for_ms

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
