"""The box's clocks. The only file that reads them for the control process."""

from __future__ import annotations

import time


def monotonic_ns() -> int:
    """Nanoseconds on a clock that never jumps."""
    return time.monotonic_ns()


def utc_ns() -> int:
    """Nanoseconds since 1970 in UTC, as good as the box knows it."""
    return time.time_ns()


def utc_quality() -> str:
    """How far `utc_ns` can be trusted; nothing checks it yet, and it says so."""
    return "unknown"
