"""PLC or control were away: what was on the belt then goes straight on."""

from __future__ import annotations

import pytest

from sorter.engine.commands import ArmDivert, CancelDivert, HoldInfeed, LookUpRoute, ReleaseInfeed
from sorter.engine.engine import Engine
from sorter.engine.events import (
    ArmRefused,
    ArmUnknown,
    ChuteFilled,
    DeviceLost,
    DeviceReady,
    PlanActivated,
)
from sorter.engine.run_events import LineStarted, LineStopped, Survivor
from tests.engine.belt_model import (
    FALLBACK,
    LAYOUT,
    LENGTH,
    PLAN,
    Belt,
    of,
)


def test_while_the_plc_is_away_nothing_is_armed() -> None:
    belt = Belt()
    belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "X")
    assert not of(belt.route(parcel, "NAMUR"), ArmDivert)
    belt.reach_end(parcel)
    end = belt.closed(parcel)
    assert end is not None
    assert end.reason == "diverter_down"


def test_a_watchdog_of_the_plc_sends_armed_parcels_straight_on() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    assert not of(belt.cancel(arm.sequence, "watchdog"), ArmDivert)
    belt.reach_end(parcel)
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.reason) == ("flushed", "flushed")


def test_after_a_restart_survivors_get_no_new_arm_and_keep_the_ledger_balanced() -> None:
    belt = Belt()
    belt.tell(
        LineStarted(
            time_ns=0,
            count=0,
            line="L1",
            layout=LAYOUT,
            next_parcel=8,
            next_sequence=5,
            inducted=7,
            closed={"confirmed": 5},
            survivors=(
                Survivor(6, head_count=0, length=300, sequence=4, chute="C1", target_count=4400),
                Survivor(7, head_count=900, length=300),
            ),
        )
    )
    belt.births = {6: 0, 7: 900}
    assert belt.engine.ledger.on_belt == 2
    belt.pass_tunnel(7)
    assert not of(belt.scan(7, "X"), LookUpRoute)
    belt.confirm(6, "C1")
    belt.reach_end(7)
    ends = {n: e.outcome for n in (6, 7) if (e := belt.closed(n)) is not None}
    assert ends == {6: "confirmed", 7: "flushed"}
    assert (belt.engine.ledger.inducted, belt.engine.ledger.on_belt) == (7, 0)


def test_a_stopped_line_holds_the_infeed_and_takes_every_arm_back() -> None:
    belt = Belt()
    arm = belt.decided(belt.induct(0))
    said = belt.tell(LineStopped(**belt.now, why="SIGTERM"))
    assert [c.sequence for c in of(said, CancelDivert)] == [arm.sequence]


@pytest.mark.parametrize("before", ["the scan", "the route"])
def test_what_was_seen_before_the_plc_was_lost_goes_straight_on(before: str) -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    if before == "the route":
        belt.scan(parcel, "A")
    belt.tell(DeviceLost(**belt.now, device="plc", why="emergency stop"))
    belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))
    if before == "the scan":
        belt.scan(parcel, "A")
    assert not of(belt.route(parcel, "LIEGE"), ArmDivert)
    belt.reach_end(parcel)
    assert belt.end_of(parcel) == ("flushed", "flushed")


def test_what_the_tunnel_eye_sees_after_the_plc_is_back_is_sorted() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.tell(DeviceLost(**belt.now, device="plc", why="emergency stop"))
    belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))
    assert belt.decided(parcel)


def test_an_arm_refused_after_the_plc_was_lost_is_not_sent_to_the_next_chute() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    belt.tell(ArmUnknown(**belt.now, sequence=arm.sequence))
    belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))
    said = belt.tell(ArmRefused(**belt.now, sequence=arm.sequence, why="wrong_session"))
    assert not of(said, ArmDivert)
    belt.reach_end(parcel)
    assert belt.end_of(parcel) == ("flushed", "flushed")


def test_a_line_that_was_stopped_arms_nothing_more() -> None:
    belt = Belt()
    parcel, behind = belt.induct(0), belt.induct(600)
    arm = belt.decided(parcel)
    belt.tell(ChuteFilled(**belt.now, chute="C1"))
    assert of(belt.tell(LineStopped(**belt.now, why="SIGTERM")), HoldInfeed)
    assert not of(belt.cancel(arm.sequence), ArmDivert)
    belt.pass_tunnel(behind)
    belt.scan(behind, "B")
    assert not of(belt.route(behind, "LIEGE"), ArmDivert)
    ready = belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))
    assert not of(ready, ReleaseInfeed)


def test_a_run_begins_with_nothing_of_the_run_before_but_what_it_is_told() -> None:
    belt = Belt()
    belt.tell(ChuteFilled(**belt.now, chute="C1"))
    belt.decided(belt.induct(0))
    start = LineStarted(
        time_ns=1,
        count=belt.count,
        line="L1",
        layout=LAYOUT,
        next_parcel=2,
        next_sequence=2,
        inducted=1,
        survivors=(Survivor(1, head_count=0),),
    )
    plan = PlanActivated(
        **belt.now, revision=1, digest="d", destinations=PLAN, fallback=FALLBACK, by="test"
    )
    ready = DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1)
    fresh = Engine()
    for event in (start, plan, ready):
        assert belt.tell(event) == fresh.tell(event)
    belt.births[2] = 4000
    belt.eye("induct", 4000, length=LENGTH)
    arm = belt.decided(2)
    assert (arm.diverter, arm.sequence) == ("D1", 2), "nothing is known of C1 any more"


def test_a_survivor_under_the_induct_eye_gets_its_length_and_stays_a_neighbour() -> None:
    belt = Belt()
    belt.tell(
        LineStarted(
            time_ns=0,
            count=0,
            line="L1",
            layout=LAYOUT,
            next_parcel=2,
            inducted=1,
            survivors=(Survivor(1, head_count=0),),
        )
    )
    belt.tell(
        PlanActivated(
            **belt.now, revision=1, digest="d", destinations=PLAN, fallback=FALLBACK, by="test"
        )
    )
    belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))
    belt.births = {1: 0, 2: 350, 3: 850}
    belt.eye_clears("induct", 300)
    belt.eye("induct", 350, length=LENGTH)
    belt.eye("induct", 850, length=LENGTH)
    belt.pass_tunnel(1)
    belt.pass_tunnel(2)
    belt.pass_tunnel(3)
    belt.scan(2, "A")
    assert not of(belt.route(2, "NAMUR"), ArmDivert), "50 behind the survivor"
    belt.scan(3, "B")
    assert of(belt.route(3, "NAMUR"), ArmDivert)
