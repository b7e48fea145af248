"""Chutes shut and open as the line runs, and what becomes of the parcels meant for them."""

from __future__ import annotations

from collections import Counter

import msgspec

from sorter.engine.commands import ArmDivert, CancelDivert, HoldInfeed, ReleaseInfeed
from sorter.engine.events import (
    BeltMoved,
    ChuteEmptied,
    ChuteFilled,
    DeviceLost,
    DeviceReady,
    EdgesMissed,
    EncoderReset,
    EndEmptied,
    EndFilled,
    EyeFoundClear,
    EyeFoundCovered,
    PlanActivated,
    PlanEntry,
)
from sorter.engine.instructions import ChuteBlocked, ChuteUnblocked, DiverterReset
from sorter.engine.layout import Layout, confirm_eye
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    ChuteState,
    InfeedState,
    InstructionRefused,
    MachineState,
    ParcelDecided,
)
from sorter.engine.run_events import LineStarted
from tests.engine.belt_model import LAYOUT, SLIDE, Belt, of

SECOND = 1_000_000_000


def _layout(**chute: int) -> Layout:
    return msgspec.structs.replace(
        LAYOUT,
        jam_after=3000,
        chutes={
            name: msgspec.structs.replace(place, **chute) for name, place in LAYOUT.chutes.items()
        },
        diverters={
            name: msgspec.structs.replace(place, fault_after=2)
            for name, place in LAYOUT.diverters.items()
        },
    )


def _wait(belt: Belt, time_ns: int) -> list[object]:
    """The belt stands still for a while."""
    return list(belt.tell(BeltMoved(time_ns=belt.now["time_ns"] + time_ns, count=belt.count)))


def test_a_chute_that_a_person_blocked_gets_nothing_until_it_is_unblocked() -> None:
    belt = Belt()
    first, second, third = belt.induct(0), belt.induct(600), belt.induct(1200)
    arm = belt.decided(first)
    said = belt.tell(ChuteBlocked(**belt.now, chute="C1", by="ann"))
    assert of(said, ChuteState) == [ChuteState(chute="C1", shut=("blocked",), by="ann")]
    assert [order.sequence for order in of(said, CancelDivert)] == [arm.sequence]
    assert not of(said, AlarmRaised), "a person knows"
    assert belt.decided(second).diverter == "D2"
    belt.tell(ChuteUnblocked(**belt.now, chute="C1", by="bob"))
    assert belt.decided(third).diverter == "D1"


def test_an_instruction_for_what_is_not_there_says_so() -> None:
    belt = Belt()
    for event in (
        ChuteBlocked(**belt.now, chute="C9", by="ann"),
        ChuteUnblocked(**belt.now, chute="C9", by="ann"),
        DiverterReset(**belt.now, diverter="D9", by="ann"),
    ):
        (refused,) = belt.tell(event)
        assert isinstance(refused, InstructionRefused)


def test_a_blocked_chute_and_a_faulted_diverter_outlive_a_restart() -> None:
    belt = Belt(ready=False)
    shut = {"C2": ("blocked",), "C3": ("faulted",), "C9": ("blocked", "faulted")}
    said = belt.tell(LineStarted(time_ns=1, count=0, line="L1", layout=LAYOUT, shut=shut))
    assert [(state.chute, state.shut) for state in of(said, ChuteState)] == [
        ("C2", ("blocked",)),
        ("C3", ("faulted",)),
    ]
    assert [alarm.place for alarm in of(said, AlarmRaised)] == ["D2"]


def test_a_diverter_that_misses_twice_is_used_no_more_until_a_person_has_seen_to_it() -> None:
    belt = Belt(layout=_layout())
    for head in (0, 9000):
        parcel = belt.induct(head)
        belt.fire(belt.decided(parcel))
        belt.move_to(head + 6000)
        belt.reach_end(parcel)
    assert [a.place for a in of(belt.said, AlarmRaised) if a.cause == "diverter_faulted"] == ["D1"]
    third = belt.induct(20_000)
    assert belt.decided(third).diverter == "D2"
    said = belt.tell(DiverterReset(**belt.now, diverter="D1", by="ann"))
    assert [alarm.cause for alarm in of(said, AlarmCleared)] == ["diverter_faulted"]
    assert belt.decided(belt.induct(22_000)).diverter == "D1"


def test_a_chute_whose_mouth_stays_covered_is_jammed_until_it_is_free() -> None:
    belt = Belt(layout=_layout(jam_after_ns=2 * SECOND))
    parcel = belt.induct(0)
    belt.fire(belt.decided(parcel))
    belt.confirm(parcel, "C1")
    assert not _wait(belt, SECOND)
    said = _wait(belt, 2 * SECOND)
    assert [state.shut for state in of(said, ChuteState)] == [("jammed",)]
    assert [alarm.cause for alarm in of(said, AlarmRaised)] == ["chute_jammed"]
    assert belt.decided(belt.induct(8000)).diverter == "D2"
    open_again = belt.eye_clears(confirm_eye("C1"), 4500 + SLIDE + 400)
    assert [state.shut for state in of(open_again, ChuteState)] == [()]


def test_what_changed_while_the_plc_was_away_is_heard_before_it_is_judged() -> None:
    belt = Belt(layout=_layout(jam_after_ns=2 * SECOND, full_after_ns=SECOND))
    belt.eye(confirm_eye("C1"), 100)
    belt.tell(ChuteFilled(**belt.now, chute="C1"))
    belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    belt.count += 20_000
    belt.eye_clears(confirm_eye("C1"), 300)
    belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))
    _wait(belt, 60 * SECOND)
    assert not of(belt.said, ChuteState)


def test_an_eye_over_the_belt_that_stays_covered_holds_the_infeed() -> None:
    belt = Belt(layout=_layout())
    belt.eye("tunnel", 100)
    assert not of(belt.move_to(3100), HoldInfeed)
    said = belt.move_to(3101)
    assert [(alarm.cause, alarm.place) for alarm in of(said, AlarmRaised)] == [("jam", "tunnel")]
    assert [state.held_by for state in of(said, InfeedState)] == [("jam",)]
    assert [state.state for state in of(said, MachineState)] == ["holding", "held"]
    assert of(belt.eye_clears("tunnel", 3200), ReleaseInfeed)


def test_a_jam_outlives_missed_edges_until_its_eye_is_found_clear() -> None:
    belt = Belt(layout=_layout())
    belt.eye("tunnel", 100)
    belt.move_to(3101)
    assert not of(belt.tell(EdgesMissed(**belt.now, missed=3)), ReleaseInfeed)
    assert not of(belt.tell(EncoderReset(**belt.now)), ReleaseInfeed)
    assert of(belt.tell(EyeFoundClear(**belt.now, eye="tunnel")), ReleaseInfeed)


def test_an_eye_that_is_found_covered_becomes_a_jam_like_any_other() -> None:
    """Control was away when something was caught there."""
    belt = Belt(layout=_layout())
    belt.tell(EyeFoundCovered(**belt.now, eye="tunnel"))
    said = belt.move_to(3101)
    assert [alarm.cause for alarm in of(said, AlarmRaised)] == ["jam"]
    assert of(said, HoldInfeed)


def test_an_eye_that_the_line_does_not_have_is_never_jammed() -> None:
    belt = Belt(layout=_layout())
    belt.eye("nowhere", 0)
    assert not of(belt.move_to(30_000), AlarmRaised)
    assert not of(belt.move_to(9000), HoldInfeed)


def test_a_full_end_suspends_the_line() -> None:
    belt = Belt()
    said = belt.tell(EndFilled(**belt.now))
    assert of(said, HoldInfeed)
    assert [state.state for state in of(said, MachineState)] == ["suspending", "suspended"]
    assert [alarm.cause for alarm in of(said, AlarmRaised)] == ["end_full"]
    said = belt.tell(EndEmptied(**belt.now))
    assert of(said, ReleaseInfeed)
    assert of(said, AlarmCleared)


def test_a_full_overflow_suspends_the_line() -> None:
    belt = Belt()
    assert of(belt.tell(ChuteFilled(**belt.now, chute="OVF")), HoldInfeed)
    assert [alarm.cause for alarm in of(belt.said, AlarmRaised)] == ["chute_full", "overflow_full"]
    assert of(belt.tell(ChuteEmptied(**belt.now, chute="OVF")), ReleaseInfeed)


def test_a_sensor_that_flickers_calls_nobody_back() -> None:
    belt = Belt(layout=_layout(full_after_ns=SECOND))
    belt.decided(belt.induct(0))
    assert not belt.tell(ChuteFilled(**belt.now, chute="C1"))
    assert not belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    assert not _wait(belt, 5 * SECOND)
    assert not belt.tell(ChuteFilled(**belt.now, chute="C1"))
    assert of(_wait(belt, SECOND), CancelDivert)


def test_parcels_on_their_way_count_against_the_room_behind_the_sensor() -> None:
    belt = Belt(layout=_layout(room=1))
    first, second, third = belt.induct(0), belt.induct(600), belt.induct(1200)
    arm = belt.decided(first)
    assert (arm.diverter, belt.decided(second).diverter) == ("D1", "D2")
    belt.pass_tunnel(third)
    belt.scan(third, "C")
    (arm,) = of(belt.route(third, "LIEGE"), ArmDivert)
    assert arm.diverter == "D3", "all chutes of Liege have what they can take"


def test_balance_gives_each_chute_as_much_and_a_shut_one_does_not_catch_up() -> None:
    belt = Belt()
    plan = {"LIEGE": PlanEntry(("C1", "C3"), "balance")}
    belt.tell(
        PlanActivated(**belt.now, revision=2, digest="d", destinations=plan, fallback={}, by="test")
    )

    def sort(parcels: int) -> Counter[str | None]:
        before = len(of(belt.said, ParcelDecided))
        for _ in range(parcels):
            parcel = belt.induct(belt.count + 2000)
            arm = belt.decided(parcel)
            belt.fire(arm)
            belt.confirm(parcel, of(belt.said, ParcelDecided)[-1].chute or "")
        return Counter(decision.chute for decision in of(belt.said, ParcelDecided)[before:])

    assert sort(10) == {"C1": 5, "C3": 5}
    belt.tell(ChuteFilled(**belt.now, chute="C3"))
    assert sort(20) == {"C1": 20}
    belt.tell(ChuteEmptied(**belt.now, chute="C3"))
    after = sort(10)
    assert abs(after["C1"] - after["C3"]) <= 2


def test_full_after_arming_then_every_chute_then_overflow_then_a_broken_wire() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    first_arm = belt.decided(parcel)
    assert first_arm.diverter == "D1"
    said = belt.tell(ChuteFilled(**belt.now, chute="C1"))
    assert [order.sequence for order in of(said, CancelDivert)] == [first_arm.sequence]
    (second_arm,) = of(belt.cancel(first_arm.sequence), ArmDivert)
    assert second_arm.diverter == "D2"
    said = belt.tell(ChuteFilled(**belt.now, chute="C3"))
    assert [order.sequence for order in of(said, CancelDivert)] == [second_arm.sequence]
    (third_arm,) = of(belt.cancel(second_arm.sequence), ArmDivert)
    assert third_arm.diverter == "D3"
    belt.fire(third_arm)
    belt.confirm(parcel, "OVF")
    assert belt.end_of(parcel) == ("overflow", "overflow")
    # A sensor wired to be off when full: its wire breaks, and the overflow reads full.
    said = belt.tell(ChuteFilled(**belt.now, chute="OVF"))
    assert of(said, HoldInfeed)
    assert [state.held_by for state in of(said, InfeedState)] == [("overflow_full",)]
    for _ in range(2):
        late = belt.induct(belt.count + 100)
        belt.pass_tunnel(late)
        belt.scan(late, "X")
        assert not of(belt.route(late, "LIEGE"), ArmDivert)
        belt.reach_end(late)
        assert belt.end_of(late) == ("discharged_end", "full")
