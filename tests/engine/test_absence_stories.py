"""The PLC was away, or the line stopped: what was on the belt then goes straight on."""

from __future__ import annotations

import pytest

from sorter.engine.commands import ArmDivert, CancelDivert, HoldInfeed, ReleaseInfeed
from sorter.engine.events import (
    ArmRefused,
    ArmUnknown,
    ChuteFilled,
    DeviceLost,
    DeviceReady,
)
from sorter.engine.run_events import LineStopped
from tests.engine.belt_model import (
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
