"""Which chute a parcel gets, told as a controls engineer would tell it."""

from __future__ import annotations

import msgspec

from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.events import (
    ChuteEmptied,
    ChuteFilled,
    PlanActivated,
)
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    ParcelDecided,
)
from tests.engine.belt_model import (
    LAYOUT,
    PLAN,
    SCANNER,
    Belt,
    of,
)


def test_a_parcel_goes_into_the_chute_of_its_destination() -> None:
    belt = Belt()
    parcel = belt.induct(10_000)
    belt.pass_tunnel(parcel)
    (look_up,) = of(belt.scan(parcel, "RB123456785GB"), LookUpRoute)
    assert look_up.codes == ("RB123456785GB",)
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    assert (arm.diverter, arm.side, arm.target_count) == ("D1", "left", 10_000 + 4500 - 100)
    belt.fire(arm)
    belt.confirm(parcel, "C1")
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.chute, end.reason) == ("confirmed", "C1", "assigned")
    assert belt.engine.ledger.on_belt == 0


def test_a_parcel_nobody_could_read_goes_straight_on() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel)
    belt.reach_end(parcel)
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.reason, end.rule) == ("discharged_end", "no_read", "no_read")


def test_unknown_misread_and_conflict_go_straight_on_with_their_reason() -> None:
    for rule in ("unknown", "misread", "conflict"):
        belt = Belt()
        parcel = belt.induct(0)
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "X")
        assert not of(belt.route(parcel, None, rule), ArmDivert)
        belt.reach_end(parcel)
        end = belt.closed(parcel)
        assert end is not None
        assert (end.outcome, end.reason) == ("discharged_end", rule)


def test_codes_of_two_parcels_are_a_conflict_that_says_so() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "HIS", "HERS")
    belt.route(parcel, None, "conflict", why="double_induct")
    belt.reach_end(parcel)
    end = belt.closed(parcel)
    assert end is not None
    assert (end.rule, end.reason) == ("conflict", "double_induct")


def test_a_full_chute_is_passed_over_for_the_next_then_overflow() -> None:
    belt = Belt()
    belt.tell(ChuteFilled(**belt.now, chute="C1"))
    first = belt.induct(0)
    assert belt.decided(first).diverter == "D2"
    belt.tell(ChuteFilled(**belt.now, chute="C3"))
    second = belt.induct(2000)
    assert belt.decided(second).diverter == "D3"
    decisions = {d.parcel: d.reason for d in of(belt.said, ParcelDecided)}
    assert decisions == {first: "alternate", second: "overflow"}
    belt.tell(ChuteFilled(**belt.now, chute="OVF"))
    third = belt.induct(4000)
    belt.pass_tunnel(third)
    belt.scan(third, "X")
    assert not of(belt.route(third, "LIEGE"), ArmDivert)
    belt.reach_end(third)
    end = belt.closed(third)
    assert end is not None
    assert (end.outcome, end.reason) == ("discharged_end", "full")


def test_a_chute_that_was_emptied_is_used_again() -> None:
    belt = Belt()
    said = belt.tell(ChuteFilled(**belt.now, chute="C2"))
    assert of(said, AlarmRaised)
    assert not of(belt.tell(ChuteFilled(**belt.now, chute="C2")), AlarmRaised), "alarm storm"
    assert of(belt.tell(ChuteEmptied(**belt.now, chute="C2")), AlarmCleared)
    assert belt.decided(belt.induct(0), "NAMUR").side == "right"


def test_a_parcel_decided_behind_its_diverter_takes_the_next_one() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "X")
    belt.move_to(4500 - 100 - LAYOUT.min_ahead + 1)
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    assert arm.diverter == "D2"


def test_the_only_diverter_missed_by_a_late_decision_is_too_late() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "X")
    belt.move_to(4450)
    assert not of(belt.route(parcel, "NAMUR"), ArmDivert)
    belt.reach_end(parcel)
    end = belt.closed(parcel)
    assert end is not None
    assert end.reason == "too_late"


def test_a_parcel_too_close_behind_its_neighbour_goes_straight_on() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(300 + 50)
    for parcel in (first, second):
        belt.pass_tunnel(parcel)
    belt.scan(first, "A")
    assert of(belt.route(first, "NAMUR"), ArmDivert)
    belt.scan(second, "B")
    assert not of(belt.route(second, "NAMUR"), ArmDivert)
    belt.reach_end(second)
    end = belt.closed(second)
    assert end is not None
    assert end.reason == "gap"


def test_a_parcel_whose_diverter_would_hit_the_next_one_goes_straight_on_too() -> None:
    belt = Belt()
    first = belt.induct(0, length=80)
    belt.induct(140, length=80)
    belt.pass_tunnel(first, length=80)
    belt.scan(first, "A", late=0)
    assert not of(belt.route(first, "NAMUR"), ArmDivert)


def test_a_plan_without_its_chute_or_destination_sends_a_parcel_straight_on() -> None:
    for destinations in ({}, {"LIEGE": msgspec.structs.replace(PLAN["LIEGE"], chutes=("C9",))}):
        belt = Belt()
        parcel = belt.induct(0)
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "A")
        belt.tell(
            PlanActivated(
                **belt.now, revision=2, digest="d", destinations=destinations, fallback={}, by="x"
            )
        )
        assert not of(belt.route(parcel, "LIEGE"), ArmDivert)
        belt.reach_end(parcel)
        assert belt.end_of(parcel) == ("discharged_end", "no_chute")


def test_a_diverter_is_not_turned_to_its_other_side_before_it_has_come_back() -> None:
    belt = Belt()
    first, second = belt.induct(0, length=50), belt.induct(200, length=50)
    belt.pass_tunnel(first, length=50)
    belt.pass_tunnel(second, length=50)
    belt.stamp(SCANNER + 25, "A")
    assert of(belt.route(first, "LIEGE"), ArmDivert)
    belt.stamp(200 + SCANNER + 25, "B")
    assert not of(belt.route(second, "NAMUR"), ArmDivert)
