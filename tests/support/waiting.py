"""Waiting for what must come, for a bounded time, without guessing how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

_LOOK_EVERY_S = 0.01


def until(condition: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Return when `condition` holds. Raises AssertionError naming `what` after `timeout_s`."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"waited {timeout_s:g} s in vain: {what}"
        time.sleep(_LOOK_EVERY_S)
