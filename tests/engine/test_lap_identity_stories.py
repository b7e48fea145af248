"""Who comes round on a loop: the same parcel, or another in its place."""

from __future__ import annotations

import msgspec

from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.events import ChuteEmptied
from sorter.engine.layout import ChutePlace, EyePlace, along_eye, confirm_eye
from sorter.engine.reports import (
    ParcelDecided,
    ParcelInducted,
    ParcelRecirculated,
    StrayDetected,
)
from tests.engine.belt_model import LAYOUT, LENGTH, SCANNER, SLIDE, of
from tests.engine.loop_model import LAP, LOOP, Loop, decided_for_liege, full


def test_a_parcel_that_slipped_on_its_way_round_is_lost_and_comes_in_anew() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    (new,) = of(belt.come_round(parcel, shift=100), ParcelInducted)
    belt.move_to(LAP + 200)
    assert belt.end_of(parcel) == ("lost", "never_seen_again")
    assert new.parcel == 2


def test_who_comes_in_the_place_of_one_that_vanished_at_its_diverter_is_new() -> None:
    """Its chute's eye may have missed it, and another has come in where it had been."""
    belt = Loop()
    parcel = decided_for_liege(belt)
    (arm,) = of(belt.said, ArmDivert)
    belt.fire(arm)
    belt.move_to(LAP - 200)
    said = belt.come_round(parcel)
    (new,) = of(said, ParcelInducted)
    assert new.parcel == 2
    assert not of(said, ParcelRecirculated)
    assert belt.end_of(parcel) == ("lost", "no_confirm")


def test_who_comes_in_the_place_of_one_that_an_eye_missed_is_new() -> None:
    """It was lifted off with nothing left to do for it, and another has come in there."""
    gate = along_eye("gate")
    belt = Loop(msgspec.structs.replace(LOOP, along=(EyePlace(gate, 7000),)))
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.move_to(LAP - 200)
    assert belt.end_of(parcel) == ("lost", "missed_eye")
    (new,) = of(belt.come_round(parcel), ParcelInducted)
    assert new.parcel == 2


def test_what_a_stray_shut_on_the_belt_is_open_when_it_has_come_in_as_a_parcel() -> None:
    belt = Loop()
    belt.eye("tunnel", 1500, length=LENGTH)
    (stray,) = of(belt.eye("induct", LAP, length=LENGTH), ParcelInducted)
    belt.births[stray.parcel] = LAP
    behind = belt.induct(LAP + 700)
    belt.pass_tunnel(stray.parcel)
    belt.pass_tunnel(behind)
    belt.scan(behind, "CODE")
    belt.route(behind, "LIEGE")
    assert belt.said_of(behind, ParcelDecided)[-1].chute == "C1"


def test_a_parcel_that_comes_round_longer_than_it_was_loses_its_place() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.come_round(parcel, length=LENGTH + 200)
    assert belt.end_of(parcel) == ("position_unknown", "length_changed")


def test_a_parcel_that_is_not_read_again_keeps_what_it_was_read_as() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.come_round(parcel)
    belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    assert not of(belt.pass_tunnel(parcel), ArmDivert), "its reading is waited for"
    (arm,) = of(belt.move_to(LAP + LAYOUT.decide_by + 1), ArmDivert)
    assert arm.diverter == "D1"


def test_a_hole_in_the_loop_that_the_infeed_fills_is_not_filled_with_a_destination() -> None:
    """Another parcel as long as the one that was lifted off, just where that would be."""
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    belt.come_round(parcel, shift=20, length=LENGTH + 10)
    assert not of(belt.read_again(parcel, "ANOTHER"), ArmDivert)
    assert belt.end_of(parcel) == ("position_unknown", "exchanged")
    (new,) = of(belt.come_round(parcel), ParcelInducted)
    belt.births[new.parcel] = belt.births[parcel]
    (order,) = of(belt.read_again(new.parcel, "ANOTHER"), LookUpRoute)
    assert order.codes == ("ANOTHER",)


def test_a_code_read_on_two_that_circulate_stays_in_dispute() -> None:
    belt = Loop()
    one, other = belt.induct(0), belt.induct(800)
    for parcel in (one, other):
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "CODE")
        belt.route(parcel, "LIEGE", pieces=("CODE",))
    belt.cancel(1)
    for parcel in (one, other):
        belt.come_round(parcel)
    for parcel in (one, other):
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "CODE")
        assert not of(belt.route(parcel, "LIEGE", pieces=("CODE",)), ArmDivert)
        assert belt.said_of(parcel, ParcelDecided)[-1].reason == "duplicate"


def test_two_that_could_come_round_are_both_unknown() -> None:
    belt = Loop()
    one, other = belt.induct(0, length=30), belt.induct(80, length=30)
    for parcel in (one, other):
        belt.pass_tunnel(parcel, length=30)
        belt.stamp(belt.births[parcel] + SCANNER + 15)
    said = belt.eye("induct", LAP + 40)
    assert of(said, StrayDetected)
    assert not of(said, ParcelInducted)
    for parcel in (one, other):
        assert belt.end_of(parcel) == ("position_unknown", "two_in_window")


def test_a_parcel_that_comes_round_has_not_strayed_into_a_chute() -> None:
    """Its diverter missed it, while something was seen in the chute on the other side."""
    chutes = LOOP.chutes | {"C9": ChutePlace("D3", "right", SLIDE)}
    belt = Loop(msgspec.structs.replace(LOOP, max_laps=1, chutes=chutes))
    full(belt, "C1", "C3")
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "CODE")
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    belt.fire(arm)
    belt.eye(confirm_eye("C9"), 7500 + SLIDE, length=50)
    (round_again,) = of(belt.come_round(parcel), ParcelRecirculated)
    assert round_again.reason == "no_confirm"
