"""What becomes of an arm: refused, called back, unknown, fired, missed."""

from __future__ import annotations

import msgspec
import pytest

from sorter.engine.commands import ArmDivert, CancelDivert
from sorter.engine.events import (
    ArmAccepted,
    ArmRefused,
    ArmUnknown,
    ArmUnsent,
    ChuteEmptied,
    ChuteFilled,
    DivertExecuted,
)
from sorter.engine.layout import EyePlace, along_eye
from sorter.engine.parcel import IllegalMoveError, Parcel, State
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    DivertArmed,
    DivertUnconfirmed,
    ParcelDecided,
)
from tests.engine.belt_model import (
    LAYOUT,
    SCANNER,
    SLIDE,
    Belt,
    of,
)


def test_a_chute_that_goes_full_after_arming_is_called_back_before_another_is_armed() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    said = belt.tell(ChuteFilled(**belt.now, chute="C1"))
    assert [c.sequence for c in of(said, CancelDivert)] == [arm.sequence]
    assert not of(said, ArmDivert), "two arms for one parcel"
    (again,) = of(belt.cancel(arm.sequence), ArmDivert)
    assert (again.diverter, again.sequence) == ("D2", arm.sequence + 1)


def test_a_chute_that_goes_full_at_the_last_moment_still_gets_its_parcel() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    belt.move_to(arm.target_count - LAYOUT.min_ahead)
    assert not of(belt.tell(ChuteFilled(**belt.now, chute="C1")), CancelDivert)
    belt.fire(arm)
    belt.confirm(parcel, "C1")
    end = belt.closed(parcel)
    assert end is not None
    assert end.outcome == "confirmed"


def test_an_arm_the_plc_refuses_or_that_was_not_sent_goes_to_the_next_chute() -> None:
    for failure in (ArmRefused, ArmUnsent):
        belt = Belt()
        arm = belt.decided(belt.induct(0))
        said = belt.tell(failure(**belt.now, sequence=arm.sequence, why="target_passed"))
        (again,) = of(said, ArmDivert)
        assert again.diverter == "D2"


def test_an_arm_of_unknown_outcome_is_never_sent_again() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    assert not of(belt.tell(ArmUnknown(**belt.now, sequence=arm.sequence)), ArmDivert)
    belt.move_to(5100)
    assert of(belt.said, ArmDivert) == [arm]
    belt.reach_end(parcel)
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.reason) == ("discharged_end", "not_executed")


def test_an_unknown_arm_that_did_fire_is_confirmed_by_the_chutes_eye() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    belt.tell(ArmUnknown(**belt.now, sequence=arm.sequence))
    belt.fire(arm)
    belt.confirm(parcel, "C1")
    end = belt.closed(parcel)
    assert end is not None
    assert end.outcome == "confirmed"


def test_a_diverted_parcel_that_neither_chute_nor_end_sees_is_lost() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.fire(belt.decided(parcel))
    said = belt.move_to(4500 + 350 + 151)
    assert [a.cause for a in of(said, AlarmRaised)] == ["no_confirm"]
    belt.move_to(9061)
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.reason) == ("lost", "no_confirm")


def test_an_illegal_move_raises_and_changes_nothing() -> None:
    parcel = Parcel(1, 0)
    with pytest.raises(IllegalMoveError, match="inducted -> diverting"):
        parcel.to(State.DIVERTING)
    assert parcel.state is State.INDUCTED


def test_a_stray_beside_an_armed_parcel_calls_its_arm_back() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    said = belt.eye("induct", 120, length=50)
    assert [cancel.sequence for cancel in of(said, CancelDivert)] == [arm.sequence]
    assert not of(belt.cancel(arm.sequence), ArmDivert)
    assert belt.said_of(parcel, ParcelDecided)[-1].reason == "gap"


def test_a_lost_arm_that_the_ring_tells_of_late_counts_as_what_it_did() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    belt.tell(ArmUnknown(**belt.now, sequence=arm.sequence))
    belt.count = arm.target_count + 300
    belt.tell(ArmAccepted(**belt.now, sequence=arm.sequence))
    belt.tell(DivertExecuted(**belt.now, sequence=arm.sequence, at_count=arm.target_count))
    belt.confirm(parcel, "C1")
    assert belt.end_of(parcel) == ("confirmed", "assigned")
    assert len(of(belt.said, DivertArmed)) == 1


def test_a_chute_emptied_while_its_parcel_is_called_back_gets_it_after_all() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel, "NAMUR")
    belt.tell(ChuteFilled(**belt.now, chute="C2"))
    belt.tell(ChuteEmptied(**belt.now, chute="C2"))
    (again,) = of(belt.cancel(arm.sequence), ArmDivert)
    assert (again.side, again.sequence) == ("right", arm.sequence + 1)


def test_every_parcel_that_misses_its_chute_is_told_of_the_alarm_once() -> None:
    belt = Belt()
    first, second, third = belt.induct(0), belt.induct(600), belt.induct(1200)
    for parcel in (first, second, third):
        belt.fire(belt.decided(parcel))
    for parcel in (first, second):
        said = belt.move_to(belt.births[parcel] + 4500 + SLIDE + LAYOUT.slide_window + 1)
        assert [u.parcel for u in of(said, DivertUnconfirmed)] == [parcel]
    assert [alarm.cause for alarm in of(belt.said, AlarmRaised)] == ["no_confirm"]
    said = belt.confirm(third, "C1")
    assert [alarm.cause for alarm in of(said, AlarmCleared)] == ["no_confirm"]


def test_an_armed_parcel_that_comes_closer_to_its_neighbour_is_called_back() -> None:
    """Each eye corrects it within tolerance, yet its diverter would now touch the one in front."""
    eye = EyePlace(along_eye("gate"), 4200)
    belt = Belt(layout=msgspec.structs.replace(LAYOUT, along=(eye,)))
    front, armed = belt.induct(0, length=100), belt.induct(100 + 115, length=100)
    belt.pass_tunnel(front, length=100)
    belt.pass_tunnel(armed, length=100)
    belt.stamp(SCANNER + 215 + 50, "A")
    (arm,) = of(belt.route(armed, "LIEGE"), ArmDivert)
    belt.tell(ArmAccepted(**belt.now, sequence=arm.sequence))
    belt.eye(eye.eye, 4200, length=100)
    (cancel,) = of(belt.eye(eye.eye, 215 + 4200 - 19), CancelDivert)
    assert cancel.sequence == arm.sequence


def test_a_diverter_next_to_the_end_is_faulted_like_any_other() -> None:
    diverters = {
        name: msgspec.structs.replace(place, fault_after=1)
        for name, place in LAYOUT.diverters.items()
    }
    belt = Belt(layout=msgspec.structs.replace(LAYOUT, end=4600, diverters=diverters))
    parcel = belt.induct(0)
    belt.fire(belt.decided(parcel))
    said = belt.eye("end", 4600)
    assert [report.reason for report in of(said, DivertUnconfirmed)] == ["no_confirm"]
    assert "diverter_faulted" in [alarm.cause for alarm in of(said, AlarmRaised)]
    assert belt.end_of(parcel) == ("discharged_end", "no_confirm")
