"""Simulated time follows the wall clock, and lags rather than jumps."""

from __future__ import annotations

from firmware_sim.clock import MAX_CATCH_UP_MS, Pace

MS = 1_000_000


def test_every_wall_millisecond_is_granted_once() -> None:
    pace = Pace(5 * MS)
    readings = [5 * MS + 10, 6 * MS + 999_999, 7 * MS, 9 * MS + 1, 9 * MS + 1]
    assert [pace.due_steps(now) for now in readings] == [0, 1, 1, 2, 0]
    assert pace.lag_ms == 0


def test_a_starved_twin_catches_up_a_little_and_lets_the_rest_lag() -> None:
    pace = Pace(0)
    assert pace.due_steps(300 * MS) == MAX_CATCH_UP_MS
    assert pace.lag_ms == 300 - MAX_CATCH_UP_MS
    assert pace.due_steps(301 * MS) == 1
