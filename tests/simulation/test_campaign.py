"""The campaign in small: with everything that goes wrong on a line, nothing goes to a wrong place.

`make simulate` runs the same with any number of parcels, at the rates of a hall.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware_sim.faults import KINDS
from sorter.engine.events import TelegramReceived
from sorter.engine.layout import Layout
from sorter.engine.parcel import Parcel
from tests.simulation.campaign.mix import Rates
from tests.simulation.campaign.run import Campaign, Order

# Hands are not in it while the engine has no eyes along the belt.
OFTEN = Rates(slip=0.02, miss_edge=0.002, remove=0.005, stray=0, swap=0, stop=0.003)


def test_three_thousand_parcels_with_every_kind_of_fault() -> None:
    campaign = Campaign(Order(3000, 1, OFTEN))
    tally = campaign.run()
    assert tally.misdiverts == []
    assert (tally.misdiverted, tally.false_confirms) == (0, 0)
    assert tally.parcels == 3000
    assert tally.confirmed >= 0.97 * tally.divertable
    assert {kind for kind in KINDS if not campaign.injected.get(kind)} == {"stray", "swap"}


def test_the_same_seed_gives_the_same_campaign() -> None:
    first, again, other = (Campaign(Order(150, seed, OFTEN)) for seed in (5, 5, 6))
    assert first.run().by_reason == again.run().by_reason
    assert (first.now_ms, first.events) == (again.now_ms, again.events)
    other.run()
    assert (first.now_ms, first.events) != (other.now_ms, other.events)


def test_binding_by_order_of_arrival_would_misdivert() -> None:
    def next_in_line(
        _layout: Layout, parcels: Iterable[Parcel], telegram: TelegramReceived
    ) -> list[Parcel]:
        order.append(telegram)
        return [parcel for parcel in parcels if parcel.number == len(order)]

    order: list[TelegramReceived] = []
    tally = Campaign(Order(300, 3, Rates(remove=0.05, stray=0, swap=0), bind=next_in_line)).run()
    assert tally.misdiverted > 50
