"""The campaign in small: with everything that goes wrong on a line, nothing goes to a wrong place.

`make simulate` runs the same with any number of parcels, at the rates of a hall. The controls take
away one thing at a time by which the engine knows a parcel, and then parcels must go wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from sorter.engine.engine import Engine
from sorter.engine.events import AnyEvent, BeltMoved, TelegramReceived
from sorter.engine.layout import Layout
from sorter.engine.line import Output
from sorter.engine.parcel import Parcel
from tests.simulation.campaign.__main__ import ALL_KINDS
from tests.simulation.campaign.hall import Belt
from tests.simulation.campaign.mix import Rates
from tests.simulation.campaign.run import Campaign, Order

OFTEN = Rates(
    slip=0.02,
    miss_edge=0.002,
    remove=0.005,
    stray=0.005,
    swap=0.005,
    stop=0.003,
    estop=0.005,
    encoder_reset=0.003,
    reverse=0.004,
    restart=0.004,
)
# Hands as fast and careless as no person's: they lay down a parcel before an eye has missed it.
JUGGLER = Rates(
    slip=0,
    miss_edge=0,
    remove=0,
    stray=0,
    swap=0.1,
    short_gap=0,
    stop=0,
    estop=0,
    encoder_reset=0,
    reverse=0,
    restart=0,
    swap_ms=(50.0, 400.0),
    hand_mm=200.0,
)


@pytest.mark.parametrize(("belt", "least"), [("line", 0.88), ("loop", 0.98)])
def test_parcels_with_every_kind_of_fault(belt: Belt, least: float) -> None:
    """Ten and more times as often as in a hall; what an upset flushes comes round on a loop."""
    campaign = Campaign(Order(1800, 1, OFTEN, belt))
    tally = campaign.run()
    assert tally.misdiverts == []
    assert (tally.misdiverted, tally.false_confirms) == (0, 0)
    assert tally.parcels == 1800
    assert tally.confirmed >= least * tally.divertable
    assert {kind for kind in ALL_KINDS if not campaign.injected.get(kind)} <= {"chute_full"}


def test_the_rates_of_a_hall_leave_nearly_all_confirmed() -> None:
    tally = Campaign(Order(1200, 2)).run()
    assert tally.misdiverts == []
    assert tally.confirmed >= 0.97 * tally.divertable


def test_the_same_seed_gives_the_same_campaign() -> None:
    first, again, other = (Campaign(Order(150, seed, OFTEN)) for seed in (5, 5, 6))
    assert first.run().by_reason == again.run().by_reason
    assert (first.now_ms, first.events) == (again.now_ms, again.events)
    other.run()
    assert (first.now_ms, first.events) != (other.now_ms, other.events)


def test_a_campaign_replays_without_the_polls_that_said_nothing() -> None:
    told: list[tuple[AnyEvent, list[Output]]] = []

    def note(event: AnyEvent, said: list[Output]) -> None:
        if said or not isinstance(event, BeltMoved):
            told.append((event, said))

    Campaign(Order(600, 7, OFTEN), note).run()
    engine = Engine()
    for event, said in told:
        assert engine.tell(event) == said


def test_exchanges_that_no_eye_can_see_are_counted_apart_and_no_other_misdiverts() -> None:
    tally = Campaign(Order(600, 1, JUGGLER)).run()
    assert tally.misdiverts == []
    assert tally.undetectable == len(tally.exchanges) > 0


def test_without_lengths_exchanged_parcels_would_misdivert() -> None:
    order = Order(600, 1, JUGGLER, blunted={"length_tolerance": 5000})
    assert Campaign(order).run().misdiverted > 3


def test_without_a_narrow_window_exchanged_parcels_would_misdivert() -> None:
    order = Order(600, 1, JUGGLER, blunted={"window": 350})
    assert Campaign(order).run().misdiverted > 0


def test_binding_by_order_of_arrival_would_misdivert() -> None:
    def next_in_line(
        _layout: Layout, parcels: Iterable[Parcel], telegram: TelegramReceived
    ) -> list[Parcel]:
        order.append(telegram)
        return [parcel for parcel in parcels if parcel.number == len(order)]

    order: list[TelegramReceived] = []
    tally = Campaign(Order(300, 3, Rates(remove=0.05), bind=next_in_line)).run()
    assert tally.misdiverted > 50
