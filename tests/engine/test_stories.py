"""What happens to parcels, told as a controls engineer would tell it."""

from __future__ import annotations

import pytest

from sorter.engine.commands import ArmDivert, CancelDivert, LookUpRoute
from sorter.engine.events import (
    ArmRefused,
    ArmUnknown,
    ArmUnsent,
    ChuteEmptied,
    ChuteFilled,
    DeviceLost,
    EdgesMissed,
    EncoderReset,
    LineStarted,
    LineStopped,
    Survivor,
    TelegramReceived,
)
from sorter.engine.parcel import IllegalMoveError, Parcel, State
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    ParcelDecided,
    StrayDetected,
    TelegramUnbound,
)
from tests.engine.belt_model import LAYOUT, SCANNER, Belt, of


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


def test_the_tunnel_eye_corrects_where_the_diverter_fires() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel, shift=20)
    belt.scan(parcel, "A")
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    assert arm.target_count == 20 + 4500 - 100


def test_a_parcel_nobody_could_read_goes_straight_on() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel)
    belt.reach_end(parcel)
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.reason, end.rule) == ("discharged_end", "no_read", "no_read")


def test_a_silent_scanner_is_waited_for_only_as_far_as_the_belt_allows() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    assert not belt.move_to(LAYOUT.decide_by)
    (decided,) = of(belt.move_to(LAYOUT.decide_by + 1), ParcelDecided)
    assert decided.rule == "no_read"
    assert not of(belt.scan(parcel, "LATE"), LookUpRoute)


def test_unknown_misread_and_conflict_go_straight_on_with_their_reason() -> None:
    for rule in ("unknown", "misread", "conflict", "double_induct"):
        belt = Belt()
        parcel = belt.induct(0)
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "X")
        assert not of(belt.route(parcel, None, rule), ArmDivert)
        belt.reach_end(parcel)
        end = belt.closed(parcel)
        assert end is not None
        assert (end.outcome, end.reason) == ("discharged_end", rule)


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


def test_a_parcel_in_a_chute_not_meant_for_it_is_told_as_wrong() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.fire(belt.decided(parcel, "NAMUR"))
    belt.confirm(parcel, "C1")
    end = belt.closed(parcel)
    assert end is not None
    assert (end.outcome, end.chute) == ("wrong_chute", "C1")


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


def test_an_unstamped_telegram_that_fits_two_parcels_makes_both_a_conflict() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(450)
    belt.pass_tunnel(first)
    belt.pass_tunnel(second)
    belt.count = 450 + SCANNER + 20
    said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",)))
    (unbound,) = of(said, TelegramUnbound)
    assert unbound.candidates == (first, second)
    for parcel in (first, second):
        belt.reach_end(parcel)
        end = belt.closed(parcel)
        assert end is not None
        assert (end.rule, end.reason) == ("conflict", "ambiguous_telegram")


def test_an_unstamped_telegram_that_fits_one_parcel_is_bound() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(700)
    belt.pass_tunnel(first)
    belt.count = SCANNER + 300
    said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",)))
    assert [look_up.parcel for look_up in of(said, LookUpRoute)] == [first]
    assert second


def test_a_telegram_for_nobody_is_told_and_changes_nothing() -> None:
    belt = Belt()
    said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",), sent_count=50_000))
    (unbound,) = of(said, TelegramUnbound)
    assert unbound.candidates == ()


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
            **belt.now,
            line="L1",
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


def test_an_illegal_move_raises_and_changes_nothing() -> None:
    parcel = Parcel(1, 0)
    with pytest.raises(IllegalMoveError, match="inducted -> diverting"):
        parcel.to(State.DIVERTING)
    assert parcel.state is State.INDUCTED
