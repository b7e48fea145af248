"""The twin's judgement: which chute is right for which parcel."""

from __future__ import annotations

import msgspec
import pytest

from firmware_sim.parcels import Fate, Parcel
from firmware_sim.truth import tell_truth
from tests.firmware_sim.bench import parcel, small_plant


def in_chute(destination: str | None, fate: Fate = Fate.CHUTE) -> Parcel:
    fed = Parcel(parcel("P1", destination), seed=1)
    fed.fate = fate
    fed.chute = "A"
    return fed


@pytest.mark.parametrize(
    ("destination", "listed", "right", "diverted"),
    [
        ("AA", ("AA",), True, 1),
        ("AA", ("BB", "AA"), True, 1),
        ("AA", ("BB",), False, 0),
        ("AA", ("*",), True, 0),
        ("AA", (), False, 0),
        (None, ("AA",), False, 0),
        (None, ("*",), True, 0),
        (None, (), True, 0),
    ],
)
def test_a_chute_is_right_when_it_lists_the_true_destination(
    destination: str | None, listed: tuple[str, ...], right: bool, diverted: int
) -> None:
    chute = msgspec.structs.replace(small_plant().chutes[0], destinations=listed)
    truth = tell_truth([chute], [in_chute(destination)])
    assert truth.parcels[0].right is right
    assert truth.misdiverted == (not right)
    assert truth.diverted == diverted


def test_a_parcel_on_the_slide_is_in_no_chute_yet() -> None:
    truth = tell_truth(small_plant().chutes, [in_chute("BB", Fate.SLIDING)])
    row = truth.parcels[0]
    assert (row.ended, row.chute, row.right) == ("on_belt", None, None)
    assert (truth.on_belt, truth.misdiverted, truth.lost) == (1, 0, 0)


def test_a_parcel_that_was_not_fed_counts_for_nothing() -> None:
    truth = tell_truth(small_plant().chutes, [Parcel(parcel("P1"), seed=1)])
    assert truth.parcels[0].ended == "not_fed"
    assert truth.parcels[0].induct_count is None
    assert (truth.fed, truth.divertable) == (0, 0)
