"""What a line tells its engine, recorded from a campaign, and what it costs to take it in.

Polls of a belt that has only moved on are among the events, as they are in a control process:
every 10 ms there is one, whether anything else has happened or not.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import islice
from time import perf_counter_ns

from sorter.engine.engine import Engine
from sorter.engine.events import AnyEvent
from tests.simulation.campaign.run import Campaign, Order

SEED = 1
_EVENTS_A_PARCEL = 40

Tell = Callable[[AnyEvent], object]


def record(events: int) -> list[AnyEvent]:
    """The first events of a campaign, at the rates of a hall."""
    heard: list[AnyEvent] = []
    campaign = Campaign(
        Order(events // _EVENTS_A_PARCEL + 100, SEED), lambda event, _: heard.append(event)
    )
    campaign.run()
    return list(islice(heard, events))


def feed(events: list[AnyEvent], tell: Tell | None = None) -> None:
    """Tell all of them, to a new engine unless something else is to hear them."""
    tell = tell or Engine().tell
    for event in events:
        tell(event)


def say_nothing(_: AnyEvent) -> list[object]:
    """What an engine does that has no rules: the floor of an event loop."""
    return []


def slowest(events: list[AnyEvent], share: float, tell: Tell) -> float:
    """The time in seconds within which all but `share` of the events are taken in.

    Like control the measuring goes without the garbage collector while events come.
    """
    taken_ns = []
    gc.collect()
    gc.disable()
    try:
        for event in events:
            began_ns = perf_counter_ns()
            tell(event)
            taken_ns.append(perf_counter_ns() - began_ns)
    finally:
        gc.enable()
    taken_ns.sort()
    return taken_ns[int(len(taken_ns) * (1 - share))] / 1e9
