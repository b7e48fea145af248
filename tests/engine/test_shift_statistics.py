"""What a shift was like: the numbers of a morning, told when the next shift begins."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sorter.engine.events import (
    BeltMoved,
    ChuteEmptied,
    ChuteFilled,
    DeviceLost,
    DeviceReady,
    EdgesMissed,
    EndEmptied,
    EndFilled,
)
from sorter.engine.instructions import MachineCommanded, ModeChosen, ShiftBegan
from sorter.engine.reports import ParcelClosed, ParcelInducted, ShiftEnded
from sorter.engine.run_events import LineStarted
from sorter.engine.shift_tally import (
    FIRE_ERROR_EDGES_MM,
    GAP_EDGES_MM,
    ShiftTally,
    bin_of,
)
from tests.engine.belt_model import LAYOUT, Belt, of
from tests.engine.invariants.world import World

NS_A_PULSE = 400_000


def _ended(belt: Belt, name: str = "late") -> ShiftTally:
    (report,) = of(belt.tell(ShiftBegan(**belt.now, name=name, by="ann")), ShiftEnded)
    return report.tally


def _ready(belt: Belt) -> None:
    belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))


def test_parcels_are_counted_by_what_became_of_them_and_why() -> None:
    belt = Belt()
    first, second, third = belt.induct(0), belt.induct(800), belt.induct(1600)
    belt.fire(belt.decided(first))
    belt.confirm(first, "C1")
    belt.pass_tunnel(second)
    belt.scan(second)
    belt.pass_tunnel(third)
    belt.scan(third, "?")
    belt.route(third, None, "misread")
    belt.reach_end(second)
    belt.reach_end(third)
    tally = _ended(belt)
    assert tally.outcomes == {
        "confirmed": {"assigned": 1},
        "discharged_end": {"no_read": 1, "misread": 1},
    }
    assert (tally.inducted, tally.decided, tally.read) == (3, 3, 2)
    assert tally.rules == {"exact": 1, "no_read": 1, "misread": 1}
    assert tally.scanners == {"top": {"read": 2, "no_read": 1, "misread": 1}}
    assert tally.chutes == {"C1": 1}


def test_gaps_and_fire_errors_are_told_in_millimetres() -> None:
    belt = Belt(layout=msgspec.structs.replace(LAYOUT, pulses_per_m=2000))
    first = belt.induct(0, length=300)
    belt.induct(800, length=300)
    arm = belt.decided(first)
    belt.fire(arm)
    tally = _ended(belt)
    assert tally.gaps[bin_of(250, GAP_EDGES_MM)] == sum(tally.gaps) == 1
    assert tally.fire_errors[bin_of(0, FIRE_ERROR_EDGES_MM)] == sum(tally.fire_errors) == 1


def test_the_line_s_time_is_running_starved_blocked_or_down() -> None:
    belt = Belt(ready=False)
    belt.move_to(1000)
    _ready(belt)
    belt.move_to(3000)
    belt.induct(3000)
    belt.move_to(7000)
    belt.tell(EndFilled(**belt.now))
    belt.move_to(9000)
    belt.tell(EndEmptied(**belt.now))
    belt.move_to(12_000)
    belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    belt.move_to(20_000)
    assert _ended(belt).time_ns == {
        "down": (1000 + 20_000 - 12_000) * NS_A_PULSE,
        "running": 4000 * NS_A_PULSE,
        "starved": (2000 + 3000) * NS_A_PULSE,
        "blocked": 2000 * NS_A_PULSE,
    }


def test_a_line_that_waits_for_its_plc_is_down_whatever_else_holds_it() -> None:
    """The end is full, then the PLC goes, then the end is emptied."""
    belt = Belt()
    belt.tell(EndFilled(**belt.now))
    belt.move_to(1000)
    belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    belt.move_to(3000)
    belt.tell(EndEmptied(**belt.now))
    belt.move_to(7000)
    assert _ended(belt).time_ns == {"blocked": 1000 * NS_A_PULSE, "down": 6000 * NS_A_PULSE}


def test_a_line_whose_plc_is_back_while_its_end_is_full_is_blocked() -> None:
    belt = Belt(ready=False)
    belt.tell(EndFilled(**belt.now))
    _ready(belt)
    belt.move_to(1000)
    belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    belt.move_to(2000)
    _ready(belt)
    belt.move_to(6000)
    assert _ended(belt).time_ns == {"blocked": 5000 * NS_A_PULSE, "down": 1000 * NS_A_PULSE}


def test_maintenance_is_time_that_the_line_was_down() -> None:
    belt = Belt()
    belt.tell(MachineCommanded(**belt.now, command="stop", by="ann"))
    belt.tell(ModeChosen(**belt.now, mode="maintenance", by="ann"))
    for command in ("reset", "start"):
        belt.tell(MachineCommanded(**belt.now, command=command, by="ann"))
    belt.move_to(5000)
    assert _ended(belt).time_ns == {"down": 5000 * NS_A_PULSE}


def test_no_gap_is_told_over_what_nobody_saw() -> None:
    belt = Belt()
    belt.induct(0, length=300)
    belt.tell(EdgesMissed(**belt.now, missed=4))
    belt.induct(2000, length=300)
    assert sum(_ended(belt).gaps) == 0


def test_a_jam_and_a_full_chute_are_counted_as_long_as_they_last() -> None:
    belt = Belt(layout=msgspec.structs.replace(LAYOUT, jam_after=3000))
    belt.tell(ChuteFilled(**belt.now, chute="C1"))
    belt.eye("tunnel", 0)
    belt.move_to(4000)
    belt.move_to(10_000)
    belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    belt.eye_clears("tunnel", 11_000)
    tally = _ended(belt)
    assert tally.shut_ns == {"C1": {"full": 10_000 * NS_A_PULSE}}
    assert tally.jam_ns == 7000 * NS_A_PULSE
    assert tally.stray_edges == 1


def test_what_lasts_over_the_end_of_a_shift_is_counted_in_both() -> None:
    belt = Belt()
    belt.tell(ChuteFilled(**belt.now, chute="C1"))
    belt.move_to(1000)
    early = _ended(belt, "late")
    belt.move_to(3000)
    late = _ended(belt, "night")
    assert (early.name, late.name) == ("", "late")
    assert early.shut_ns == {"C1": {"full": 1000 * NS_A_PULSE}}
    assert late.shut_ns == {"C1": {"full": 2000 * NS_A_PULSE}}


def test_a_shift_goes_on_over_a_restart_of_control() -> None:
    belt = Belt()
    tally = ShiftTally(name="early", inducted=500, outcomes={"confirmed": {"assigned": 480}})
    belt.tell(LineStarted(time_ns=0, count=0, line="L1", layout=LAYOUT, shift=tally))
    belt.eye("induct", 10)
    ended = _ended(belt)
    assert (ended.name, ended.inducted) == ("early", 501)
    assert tally.inducted == 500, "what was told is not counted on"


def test_a_tally_is_plain_numbers() -> None:
    belt = Belt()
    belt.fire(belt.decided(belt.induct(0)))
    tally = _ended(belt)
    assert msgspec.convert(json.loads(msgspec.json.encode(tally)), ShiftTally) == tally


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 1500), st.integers(20, 1500), st.integers(1, 6000)), max_size=15
    ),
    st.booleans(),
)
def test_the_shifts_of_a_wild_line_add_up_to_its_ledger(
    traffic: list[tuple[int, int, int]], answers: bool
) -> None:
    wild = World()
    wild.begin()
    wild.answers = answers
    for number, (gap, length, distance) in enumerate(traffic):
        wild.feed(gap, length)
        wild.run(distance)
        if number % 4 == 0:
            wild.tell(ShiftBegan(**wild.now, name=str(number), by="ann"))
    wild.tell(BeltMoved(**wild.now))
    wild.tell(ShiftBegan(**wild.now, name="end", by="ann"))
    said = [output for _, outputs in wild.watched.told for output in outputs]
    tallies = [report.tally for report in of(said, ShiftEnded)]
    assert sum(tally.inducted for tally in tallies) == len(of(said, ParcelInducted))
    for end in of(said, ParcelClosed):
        assert any(end.reason in tally.outcomes.get(end.outcome, {}) for tally in tallies)
    closed = sum(sum(reasons.values()) for tally in tallies for reasons in tally.outcomes.values())
    assert closed == len(of(said, ParcelClosed))
    passed_ns = wild.watched.told[-1][0].time_ns
    assert sum(sum(tally.time_ns.values()) for tally in tallies) == passed_ns
