"""Where the parcels are: what the eyes see, and what lies on the belt that nobody tracks."""

from __future__ import annotations

import msgspec

from sorter.engine.commands import ArmDivert, CancelDivert, LookUpRoute
from sorter.engine.events import (
    ChuteFilled,
    EdgesMissed,
    EncoderReset,
    TelegramReceived,
)
from sorter.engine.instructions import ParcelRemoved
from sorter.engine.layout import ChutePlace, confirm_eye
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    InstructionRefused,
    ParcelClosed,
    ParcelDecided,
    StrayDetected,
)
from tests.engine.belt_model import (
    END,
    LAYOUT,
    LENGTH,
    SCANNER,
    SLIDE,
    TUNNEL,
    Belt,
    of,
)


def test_the_tunnel_eye_corrects_where_the_diverter_fires() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel, shift=20)
    belt.scan(parcel, "A")
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    assert arm.target_count == 20 + 4500 - 100


def test_a_parcel_lifted_off_before_the_tunnel_is_lost_and_shifts_nobody() -> None:
    belt = Belt()
    lifted, behind = belt.induct(0), belt.induct(600)
    belt.pass_tunnel(behind)
    end = belt.closed(lifted)
    assert end is None, "silence is judged when the belt position of the same reading is told"
    belt.move_to(600 + SCANNER + 200)
    end = belt.closed(lifted)
    assert end is not None
    assert (end.outcome, end.reason) == ("lost", "missed_eye")
    belt.scan(behind, "HIS")
    (arm,) = of(belt.route(behind, "LIEGE"), ArmDivert)
    assert (arm.parcel, arm.target_count) == (behind, 600 + 4400)


def test_a_parcel_in_a_chute_not_meant_for_it_is_told_as_wrong() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.fire(belt.decided(parcel, "NAMUR"))
    belt.confirm(parcel, "C1")
    assert belt.closed(parcel) is None, "the eye may have seen another"
    said = belt.move_to(4500 + SLIDE + LAYOUT.slide_window + 1)
    (end,) = of(said, ParcelClosed)
    assert (end.outcome, end.chute) == ("wrong_chute", "C1")
    (alarm,) = of(said, AlarmRaised)
    assert (alarm.cause, alarm.place) == ("wrong_chute", "C1")


def test_a_parcel_that_a_stuck_diverter_took_along_is_told_as_wrong() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel, "LIEGE")
    belt.cancel(arm.sequence, "watchdog")
    belt.confirm(parcel, "C1")
    assert belt.closed(parcel) is None
    belt.move_to(END + LAYOUT.window + 1)
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.chute) == ("wrong_chute", "C1")


def test_an_eye_in_a_chute_that_is_covered_twice_costs_its_neighbour_nothing() -> None:
    belt = Belt()
    parcel, neighbour = belt.induct(0), belt.induct(600)
    first, second = belt.decided(parcel, "LIEGE"), belt.decided(neighbour, "NAMUR")
    belt.fire(first)
    belt.confirm(parcel, "C1")
    said = belt.eye(confirm_eye("C1"), 600 + 4500 + SLIDE - 100)
    assert [stray.eye for stray in of(said, StrayDetected)] == [confirm_eye("C1")]
    assert not of(said, AlarmRaised)
    assert not of(said, CancelDivert)
    belt.fire(second)
    belt.confirm(neighbour, "C2")
    assert belt.end_of(neighbour) == ("confirmed", "assigned")


def test_a_stray_inherits_no_task() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    (stray,) = of(belt.eye("tunnel", 1200, length=100), StrayDetected)
    assert stray.at_count == 1200
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "X")
    assert of(belt.route(parcel, "NAMUR"), ArmDivert)


def test_two_parcels_where_one_is_expected_lose_their_places() -> None:
    belt = Belt()
    first, second = belt.induct(0, length=30), belt.induct(50, length=30)
    belt.eye("tunnel", 1525)
    for parcel in (first, second):
        end = belt.closed(parcel)
        assert end is not None
        assert (end.outcome, end.reason) == ("position_unknown", "two_in_window")


def test_a_length_that_changed_means_it_is_not_the_same_parcel() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel, length=400)
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.reason) == ("position_unknown", "length_changed")


def test_an_encoder_reset_or_missed_edges_forget_every_place() -> None:
    for event in (EncoderReset, EdgesMissed):
        belt = Belt()
        parcel = belt.induct(0)
        more = {"missed": 5} if event is EdgesMissed else {}
        belt.tell(event(**belt.now, **more))
        end = belt.closed(parcel)
        assert end is not None
        assert end.outcome == "position_unknown"


def test_nothing_is_armed_before_the_tail_has_passed_the_tunnel_eye() -> None:
    belt = Belt()
    parcel = belt.induct(0, length=900)
    belt.eye("tunnel", TUNNEL)
    stamped = SCANNER + 450
    belt.count = stamped + 10
    said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",), sent_count=stamped))
    assert not of(said, LookUpRoute), "its length is not proven yet"
    belt.count = TUNNEL + 900
    said = belt.eye_clears("tunnel", TUNNEL + 900)
    assert [look_up.parcel for look_up in of(said, LookUpRoute)] == [parcel]


def test_a_tail_that_stays_away_means_the_length_has_changed() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.eye("tunnel", TUNNEL)
    belt.move_to(TUNNEL + LENGTH + LAYOUT.length_tolerance)
    assert belt.closed(parcel) is None
    belt.move_to(TUNNEL + LENGTH + LAYOUT.length_tolerance + 1)
    assert belt.end_of(parcel) == ("position_unknown", "length_changed")


def test_a_body_longer_than_any_parcel_is_never_diverted() -> None:
    belt = Belt()
    parcel = belt.induct(0, length=LAYOUT.max_length + 1)
    belt.eye("tunnel", TUNNEL)
    assert belt.end_of(parcel) == ("position_unknown", "too_long")


def test_a_head_that_flickers_does_not_move_a_parcel_twice() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.eye("tunnel", TUNNEL)
    (stray,) = of(belt.eye("tunnel", TUNNEL + 40), StrayDetected)
    assert stray.at_count == TUNNEL + 40
    belt.move_to(TUNNEL + LENGTH + LAYOUT.length_tolerance + 1)
    assert belt.end_of(parcel) == ("position_unknown", "length_changed")


def test_only_the_parcel_under_the_induct_eye_gets_its_length() -> None:
    belt = Belt()
    first = belt.induct(0)
    belt.eye("induct", 1000)
    belt.tell(EdgesMissed(**belt.now, missed=1))
    belt.eye_clears("induct", 1400)
    assert first
    second = 3
    belt.eye("induct", 2000, length=200)
    belt.births[second] = 2000
    belt.pass_tunnel(second, length=200)
    assert belt.closed(second) is None


def test_a_parcel_that_lost_its_place_is_not_swept_along_by_the_next_ones_diverter() -> None:
    belt = Belt()
    slipped, behind = belt.induct(0), belt.induct(LENGTH + 60)
    belt.pass_tunnel(slipped, length=LENGTH + 40)
    assert belt.end_of(slipped) == ("position_unknown", "length_changed")
    belt.pass_tunnel(behind)
    belt.scan(behind, "A")
    assert not of(belt.route(behind, "NAMUR"), ArmDivert)
    belt.reach_end(behind)
    assert belt.end_of(behind) == ("discharged_end", "gap")


def test_a_parcel_the_tunnel_eye_missed_still_lies_there() -> None:
    belt = Belt()
    missed, behind = belt.induct(0), belt.induct(LENGTH + 120)
    belt.pass_tunnel(behind)
    belt.move_to(SCANNER + LENGTH)
    assert belt.end_of(missed) == ("lost", "missed_eye")
    belt.scan(behind, "A")
    assert not of(belt.route(behind, "NAMUR"), ArmDivert)


def test_a_stray_is_kept_clear_of_until_it_has_left_the_belt() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.eye("tunnel", TUNNEL + LENGTH + 40, length=100)
    close = belt.induct(580)
    belt.pass_tunnel(close)
    belt.scan(close, "A")
    assert not of(belt.route(close, "NAMUR"), ArmDivert), "a stray is 140 before it"
    later = belt.induct(1400)
    assert belt.decided(later, "NAMUR")


def test_a_neighbour_passing_a_chute_makes_nobody_unsure_of_the_one_in_it() -> None:
    belt = Belt()
    parcel, neighbour = belt.induct(0, length=50), belt.induct(245, length=50)
    belt.pass_tunnel(parcel, length=50)
    belt.pass_tunnel(neighbour, length=50)
    belt.stamp(SCANNER + 25, "A")
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    belt.fire(arm)
    said = belt.eye(confirm_eye("C1"), 4500 + SLIDE + 120)
    assert [end.parcel for end in of(said, ParcelClosed)] == [parcel]
    assert belt.closed(neighbour) is None


def test_a_parcel_that_the_end_eye_sees_has_not_strayed_into_a_chute() -> None:
    """The last diverter missed it, while something was seen in the chute on its other side."""
    chutes = LAYOUT.chutes | {"C9": ChutePlace("D3", "right", SLIDE)}
    belt = Belt(layout=msgspec.structs.replace(LAYOUT, end=7900, chutes=chutes))
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "CODE")
    belt.tell(ChuteFilled(**belt.now, chute="C1"))
    belt.tell(ChuteFilled(**belt.now, chute="C3"))
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    belt.fire(arm)
    belt.eye(confirm_eye("C9"), 7500 + SLIDE, length=50)
    belt.eye("end", 7900)
    assert belt.end_of(parcel) == ("discharged_end", "no_confirm")


def test_the_alarm_of_a_reset_encoder_is_over_when_a_parcel_arrives_where_it_should() -> None:
    belt = Belt()
    belt.induct(0)
    belt.tell(EncoderReset(**belt.now))
    assert [alarm.cause for alarm in of(belt.said, AlarmRaised)] == ["encoder_reset"]
    parcel = belt.induct(2000)
    belt.fire(belt.decided(parcel))
    said = belt.confirm(parcel, "C1")
    assert [alarm.cause for alarm in of(said, AlarmCleared)] == ["encoder_reset"]


def test_a_parcel_that_a_person_took_off_is_removed_and_its_arm_called_back() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    arm = belt.decided(parcel)
    said = belt.tell(ParcelRemoved(**belt.now, parcel=parcel, by="ann"))
    assert [cancel.sequence for cancel in of(said, CancelDivert)] == [arm.sequence]
    assert belt.end_of(parcel) == ("removed", "taken_off")
    (refused,) = of(
        belt.tell(ParcelRemoved(**belt.now, parcel=parcel, by="ann")), InstructionRefused
    )
    assert refused.why == "no parcel of that number is on the belt"


def test_what_lies_against_the_tail_of_a_parcel_is_not_swept_along_with_the_next() -> None:
    """Control stalled: nothing told that the eye stayed covered before its tail did."""
    belt = Belt()
    first = belt.induct(1000)
    behind = belt.induct(1510)
    belt.pass_tunnel(first, length=500)
    assert belt.end_of(first) == ("position_unknown", "length_changed")
    belt.pass_tunnel(behind)
    belt.scan(behind, "CODE")
    assert not of(belt.route(behind, "LIEGE"), ArmDivert)
    assert belt.said_of(behind, ParcelDecided)[-1].reason == "gap"
