"""The engine taking in what a line tells it, beside an event loop that does nothing.

The events are those of a campaign (`make simulate`): parcels at 10,500 an hour with all that goes
wrong in a hall. The slowest of a thousand is the median of rounds over all events.
"""

from __future__ import annotations

from statistics import median

import pytest

from benches.figures import Figures, Timing
from benches.goals import EMPTY_LOOP, ENGINE, ENGINE_SLOWEST, SORTER
from benches.line_events import Tell, feed, record, say_nothing, slowest
from sorter.engine.engine import Engine
from sorter.engine.events import AnyEvent

EVENTS = 200_000
ROUNDS = 5


@pytest.fixture(scope="module")
def events() -> list[AnyEvent]:
    return record(EVENTS)


def test_engine(timing: Timing, events: list[AnyEvent]) -> None:
    timing(ENGINE, SORTER, feed, lambda _: events, units=len(events))


def test_empty_loop(timing: Timing, events: list[AnyEvent]) -> None:
    timing(
        ENGINE,
        EMPTY_LOOP,
        lambda told: feed(told, say_nothing),
        lambda _: events,
        units=len(events),
    )


def test_slowest(figures: Figures, events: list[AnyEvent]) -> None:
    def rounds(tell: Tell | None) -> list[float]:
        return [slowest(events, 0.001, tell or Engine().tell) for _ in range(ROUNDS)]

    for who, taken in ((SORTER, rounds(None)), (EMPTY_LOOP, rounds(say_nothing))):
        figures.add(ENGINE_SLOWEST, who, median(taken), "s", min(taken))
