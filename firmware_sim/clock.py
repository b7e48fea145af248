"""Wall clock to simulated time: how many milliseconds the line may advance now.

A twin that was kept from running catches up by at most `MAX_CATCH_UP_MS` at a time and lets the
rest go: simulated time then lags, and no parcel ever jumps because the machine was busy.
"""

from __future__ import annotations

MAX_CATCH_UP_MS = 50
_NS_PER_MS = 1_000_000


class Pace:
    """Grants steps of 1 ms against a monotonic clock, whose readings are given to it."""

    def __init__(self, now_ns: int) -> None:
        self._granted_until_ns = now_ns
        self.lag_ms = 0

    def due_steps(self, now_ns: int) -> int:
        """Steps to simulate by `now_ns`; what is beyond the limit adds to `lag_ms`."""
        due = (now_ns - self._granted_until_ns) // _NS_PER_MS
        self._granted_until_ns += due * _NS_PER_MS
        if due <= MAX_CATCH_UP_MS:
            return due
        self.lag_ms += due - MAX_CATCH_UP_MS
        return MAX_CATCH_UP_MS
