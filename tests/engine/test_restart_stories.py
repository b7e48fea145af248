"""Control was away: how a run goes on from the one before, with what lies on the belt."""

from __future__ import annotations

import msgspec

from sorter.engine.alarms import Alarm, AlarmState
from sorter.engine.commands import ArmDivert, CancelDivert, ReleaseInfeed
from sorter.engine.engine import Engine
from sorter.engine.events import ChuteFilled, DeviceReady, PlanActivated
from sorter.engine.instructions import EmergencyReset, MachineCommanded
from sorter.engine.layout import EyePlace, Layout, along_eye
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    DivertUnconfirmed,
    InstructionRefused,
    MachineState,
    ParcelDecided,
)
from sorter.engine.run_events import LineStarted, Survivor
from tests.engine.belt_model import FALLBACK, LAYOUT, LENGTH, PLAN, SLIDE, Belt, of

EYE = EyePlace(along_eye("A"), 3000)
WITH_EYE = msgspec.structs.replace(LAYOUT, along=(EYE,))


def restarted(belt: Belt, *survivors: Survivor, layout: Layout = LAYOUT, count: int = 0) -> None:
    """Control was away, and finds these on the belt."""
    belt.count = count
    belt.births = {survivor.parcel: survivor.head_count for survivor in survivors}
    belt.tell(
        LineStarted(
            time_ns=0,
            count=count,
            line="L1",
            layout=layout,
            next_parcel=8,
            next_sequence=5,
            inducted=5 + len(survivors),
            closed={"confirmed": 5},
            survivors=survivors,
        )
    )
    belt.tell_plan()


def test_after_a_restart_the_ledger_is_balanced_and_an_arm_that_was_sent_is_kept() -> None:
    belt = Belt()
    armed = Survivor(
        6, head_count=0, length=300, rule="exact", sequence=4, chute="C1", target_count=4400
    )
    restarted(belt, armed, Survivor(7, head_count=-1600, length=300), count=500)
    assert belt.engine.ledger.on_belt == 2
    belt.confirm(6, "C1")
    belt.reach_end(7)
    assert belt.end_of(6)[0] == "confirmed"
    assert belt.end_of(7) == ("flushed", "flushed"), "it had passed the tunnel and was not decided"
    assert (belt.engine.ledger.inducted, belt.engine.ledger.on_belt) == (7, 0)


def test_a_survivor_that_no_eye_had_seen_is_taken_as_it_comes() -> None:
    belt = Belt()
    restarted(belt, Survivor(6, head_count=0, length=300), count=500)
    belt.tell_ready()
    assert belt.decided(6).diverter == "D1"


def test_a_survivor_that_the_tunnel_eye_saw_while_control_was_away_goes_straight_on() -> None:
    """The PLC's ring tells of it, but people may have been at the belt since."""
    belt = Belt()
    restarted(belt, Survivor(6, head_count=0, length=300), count=500)
    belt.pass_tunnel(6)
    belt.tell_ready()
    belt.scan(6, "A")
    assert not of(belt.route(6, "LIEGE"), ArmDivert)


def test_a_decided_survivor_is_armed_when_the_next_eye_has_seen_it_whole() -> None:
    belt = Belt()
    decided = Survivor(6, head_count=0, length=300, rule="exact", destination="LIEGE", codes=("A",))
    restarted(belt, decided, layout=WITH_EYE, count=2500)
    assert not of(belt.said, ArmDivert)
    belt.tell_ready()
    (arm,) = of(belt.eye(EYE.eye, EYE.at, length=300), ArmDivert)
    belt.fire(arm)
    belt.confirm(6, "C1")
    assert belt.end_of(6) == ("confirmed", "assigned")


def test_a_survivor_beside_an_eye_may_have_been_seen_there_and_goes_straight_on() -> None:
    belt = Belt()
    decided = Survivor(6, head_count=0, length=300, rule="exact", destination="LIEGE", codes=("A",))
    restarted(belt, decided, layout=WITH_EYE, count=EYE.at + 30)
    belt.tell_ready()
    belt.reach_end(6)
    assert belt.end_of(6) == ("flushed", "flushed")


def test_a_survivor_that_was_to_go_straight_on_does_so_for_its_own_reason() -> None:
    belt = Belt()
    restarted(
        belt, Survivor(6, head_count=0, length=300, rule="unknown", straight="unknown"), count=3000
    )
    belt.reach_end(6)
    assert belt.end_of(6) == ("discharged_end", "unknown")


def test_a_divert_that_fired_before_the_restart_and_was_not_confirmed_counts_as_a_miss() -> None:
    belt = Belt()
    fired = Survivor(
        6,
        head_count=0,
        length=300,
        rule="exact",
        sequence=4,
        chute="C1",
        target_count=4400,
        fired=True,
    )
    restarted(belt, fired, count=4450)
    said = belt.move_to(4500 + SLIDE + LAYOUT.slide_window + 1)
    assert not of(said, CancelDivert)
    assert [report.reason for report in of(said, DivertUnconfirmed)] == ["no_confirm"]


def test_a_survivors_code_is_still_its_own() -> None:
    belt = Belt()
    owner = Survivor(6, head_count=0, length=300, rule="exact", destination="LIEGE", pieces=("S",))
    restarted(belt, owner, layout=WITH_EYE, count=2500)
    belt.tell_ready()
    belt.births[8] = 2600
    belt.eye("induct", 2600, length=LENGTH)
    belt.pass_tunnel(8)
    belt.scan(8, "S")
    belt.route(8, "LIEGE", pieces=("S",))
    assert belt.said_of(8, ParcelDecided)[-1].reason == "duplicate"


def test_survivors_that_bear_one_code_are_in_doubt_though_one_was_decided_before_that() -> None:
    """Its arm had been called back for it, and the PLC had not answered."""
    belt = Belt()
    owner = Survivor(6, 0, LENGTH, ("K",), "exact", "LIEGE", pieces=("K",), called_back=True)
    owner = msgspec.structs.replace(owner, sequence=4, chute="C3", target_count=5900)
    other = Survivor(7, -2000, LENGTH, ("K",), "conflict", pieces=("K",), straight="duplicate")
    layout = msgspec.structs.replace(LAYOUT, along=(EyePlace(along_eye("A"), 4200),))
    restarted(belt, owner, other, layout=layout, count=3000)
    belt.cancel(4, why="new_session")
    belt.tell_ready()
    assert not of(belt.eye(along_eye("A"), 4200, length=LENGTH), ArmDivert)
    assert belt.said_of(6, ParcelDecided)[-1].rule == "conflict"


def test_alarms_outlive_a_restart_or_are_cleared_until_they_are_found_anew() -> None:
    belt = Belt()
    for cause, place in (("wrong_chute", "C1"), ("jam", "tunnel")):
        belt.tell(
            LineStarted(
                time_ns=0,
                count=0,
                line="L1",
                layout=LAYOUT,
                alarms=(Alarm(cause, place, AlarmState.ACTIVE, 1, 0, 0),),
            )
        )
    assert [alarm.cause for alarm in of(belt.said, AlarmCleared)] == ["jam"]


def test_an_emergency_stop_outlives_a_restart() -> None:
    belt = Belt()
    belt.tell(
        LineStarted(
            time_ns=0,
            count=0,
            line="L1",
            layout=LAYOUT,
            machine="aborted",
            machine_by="safety system",
            emergency=True,
        )
    )
    clear = MachineCommanded(**belt.now, command="clear", by="ann")
    assert of(belt.tell(clear), InstructionRefused)
    belt.tell(EmergencyReset(**belt.now))
    assert not of(belt.tell(clear), InstructionRefused)


def test_an_emergency_stop_that_is_all_a_torn_journal_holds_of_its_turn_stops_the_line() -> None:
    """The event was written, and neither the machine's state nor the alarm that it caused."""
    belt = Belt()
    said = len(belt.said)
    belt.tell(
        LineStarted(
            time_ns=0,
            count=0,
            line="L1",
            layout=LAYOUT,
            machine="execute",
            machine_by="line",
            emergency=True,
        )
    )
    assert [alarm.cause for alarm in of(belt.said, AlarmRaised)] == ["emergency_stop"]
    belt.tell(EmergencyReset(**belt.now))
    belt.tell_ready()
    assert not of(belt.said[said:], ReleaseInfeed), "a reset alone starts nothing"
    assert of(belt.said, MachineState)[-1].state == "aborted"


def test_an_emergency_stop_of_whose_reset_no_more_than_the_event_was_written_is_over() -> None:
    belt = Belt()
    pressed = Alarm("emergency_stop", "L1", AlarmState.ACKNOWLEDGED, 1, 0, 0)
    belt.tell(
        LineStarted(
            time_ns=0, count=0, line="L1", layout=LAYOUT, machine="aborted", alarms=(pressed,)
        )
    )
    assert [alarm.cause for alarm in of(belt.said, AlarmCleared)] == ["emergency_stop"]


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
