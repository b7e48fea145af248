"""How the line runs: modes, commands of people, the emergency stop, and the infeed behind them."""

from __future__ import annotations

import msgspec

from sorter.engine.commands import ArmDivert, CancelDivert, HoldInfeed, ReleaseInfeed
from sorter.engine.events import BeltMoved, DeviceLost, DeviceReady, PlanActivated, PlanEntry
from sorter.engine.instructions import (
    EmergencyReset,
    EmergencyStopped,
    MachineCommanded,
    ModeChosen,
)
from sorter.engine.line import Output
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    DivertShadowed,
    InstructionRefused,
    MachineState,
    ParcelDecided,
)
from sorter.engine.run_events import LineStarted
from tests.engine.belt_model import FALLBACK, LAYOUT, SLIDE, Belt, of


def _command(belt: Belt, *commands: str) -> list[Output]:
    said: list[Output] = []
    for command in commands:
        said += belt.tell(MachineCommanded(**belt.now, command=command, by="ann"))
    return said


def _states(said: list[Output]) -> list[str]:
    return [report.state for report in of(said, MachineState)]


def _choose(belt: Belt, mode: str) -> None:
    _command(belt, "stop")
    belt.tell(ModeChosen(**belt.now, mode=mode, by="ann"))
    _command(belt, "reset", "start")


def _ready(belt: Belt) -> list[Output]:
    return belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))


def test_the_line_starts_by_itself_and_tells_every_state() -> None:
    belt = Belt()
    assert _states(belt.said) == ["starting", "execute"]
    (release,) = of(belt.said, ReleaseInfeed)
    assert release is belt.said[-1]


def test_in_shadow_everything_is_decided_and_nothing_is_armed() -> None:
    belt = Belt()
    _choose(belt, "shadow")
    assert of(belt.said, MachineState)[-1].mode == "shadow"
    assert isinstance(belt.said[-1], ReleaseInfeed)
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "X")
    belt.route(parcel, "LIEGE")
    belt.reach_end(parcel)
    assert not of(belt.said, ArmDivert)
    assert belt.end_of(parcel) == ("discharged_end", "shadow")


def test_in_shadow_chutes_fill_and_take_turns_as_they_would() -> None:
    """Whoever commissions by shadow sees the chutes that production would choose."""
    chosen = {}
    for mode in ("production", "shadow"):
        belt = Belt(
            layout=msgspec.structs.replace(
                LAYOUT,
                chutes={
                    name: msgspec.structs.replace(place, room=2)
                    for name, place in LAYOUT.chutes.items()
                },
            )
        )
        belt.tell(
            PlanActivated(
                **belt.now,
                revision=2,
                digest="e",
                by="test",
                fallback=FALLBACK,
                destinations={"LIEGE": PlanEntry(("C1", "C3"), "balance")},
            )
        )
        _choose(belt, mode)
        parcels = [belt.induct(600 * number) for number in range(6)]
        for parcel in parcels:
            belt.pass_tunnel(parcel)
            belt.scan(parcel, f"CODE{parcel}")
            belt.route(parcel, "LIEGE")
        chosen[mode] = [belt.said_of(parcel, ParcelDecided)[0].chute for parcel in parcels]
    assert chosen["shadow"] == chosen["production"]
    assert len(set(chosen["shadow"])) == 3, "both chutes and overflow"
    said = belt.move_to(belt.births[1] + 4500 + SLIDE + LAYOUT.slide_window + 1)
    assert [(report.parcel, report.chute) for report in of(said, DivertShadowed)] == [(1, "C1")]
    assert not of(belt.said, ArmDivert)


def test_what_an_eye_sees_before_the_line_was_started_again_proves_nothing() -> None:
    """After an emergency stop the belt is jogged, people still at it."""
    belt = Belt()
    parcel = belt.induct(0)
    belt.tell(EmergencyStopped(**belt.now, cause="guard open"))
    belt.tell(EmergencyReset(**belt.now))
    _ready(belt)
    belt.pass_tunnel(parcel)
    _command(belt, "clear", "reset", "start")
    belt.scan(parcel, "A")
    assert not of(belt.route(parcel, "LIEGE"), ArmDivert)


def test_in_maintenance_no_parcel_is_let_in() -> None:
    belt = Belt()
    _choose(belt, "maintenance")
    assert isinstance(of(belt.said, HoldInfeed)[-1], HoldInfeed)
    assert len(of(belt.said, ReleaseInfeed)) == 1, "only the one at the start"
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "X")
    belt.route(parcel, "LIEGE")
    belt.reach_end(parcel)
    assert not of(belt.said, ArmDivert)
    assert belt.end_of(parcel) == ("discharged_end", "maintenance")


def test_a_command_that_does_not_fit_is_answered_with_those_that_do() -> None:
    belt = Belt()
    (refused,) = _command(belt, "unhold")
    assert refused == InstructionRefused(
        instruction="machine unhold",
        by="ann",
        why="the machine is execute",
        allowed=("hold", "suspend", "complete", "stop", "abort"),
    )
    (refused,) = belt.tell(ModeChosen(**belt.now, mode="shadow", by="bob"))
    assert isinstance(refused, InstructionRefused)


def test_a_person_holds_the_line_and_what_lies_on_the_belt_is_still_sorted() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    held = _command(belt, "hold")
    assert _states(held) == ["holding", "held"]
    assert of(held, HoldInfeed)
    belt.fire(belt.decided(parcel))
    belt.confirm(parcel, "C1")
    assert belt.end_of(parcel)[0] == "confirmed"
    again = _command(belt, "unhold")
    assert _states(again) == ["unholding", "execute"]
    assert of(again, ReleaseInfeed)


def test_a_stop_calls_arms_back_and_nothing_is_armed_until_the_line_runs_again() -> None:
    belt = Belt()
    first, second, third = belt.induct(0), belt.induct(600), belt.induct(1200)
    arm = belt.decided(first)
    said = _command(belt, "stop")
    assert [order.sequence for order in of(said, CancelDivert)] == [arm.sequence]
    assert _states(said) == ["stopping", "stopped"]
    assert not of(belt.cancel(arm.sequence), ArmDivert)
    belt.pass_tunnel(second)
    belt.scan(second, "B")
    assert not of(belt.route(second, "LIEGE"), ArmDivert)
    _command(belt, "reset", "start")
    assert belt.decided(third)
    for parcel in (first, second):
        belt.reach_end(parcel)
    assert belt.end_of(first) == ("flushed", "flushed")
    assert belt.end_of(second) == ("discharged_end", "machine_stopped")


def test_an_emergency_stop_aborts_and_its_reset_alone_starts_nothing() -> None:
    belt = Belt()
    arm = belt.decided(belt.induct(0))
    said = belt.tell(EmergencyStopped(**belt.now, cause="guard 3"))
    assert _states(said) == ["aborting", "aborted"]
    assert [order.sequence for order in of(said, CancelDivert)] == [arm.sequence]
    assert of(said, HoldInfeed)
    assert [alarm.cause for alarm in of(said, AlarmRaised)] == ["emergency_stop"]
    (refused,) = of(_command(belt, "clear"), InstructionRefused)
    assert refused.why == "the emergency stop was not reset"
    reset = belt.tell(EmergencyReset(**belt.now))
    assert of(reset, AlarmCleared)
    assert not _states(reset)
    assert _states(_command(belt, "clear")) == ["clearing", "stopped"]
    assert of(_command(belt, "reset", "start"), ReleaseInfeed)


def test_a_link_that_comes_and_goes_does_not_make_the_infeed_flap() -> None:
    layout = msgspec.structs.replace(LAYOUT, release_after_ns=1_000_000_000)
    belt = Belt(layout=layout)
    belt.count = 10_000
    said = belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    assert _states(said) == ["holding", "held"]
    assert of(said, HoldInfeed)
    assert _states(_ready(belt)) == ["unholding"]
    belt.count += 1000
    belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    said = _ready(belt)
    assert not of(said, ReleaseInfeed)
    now_ns = belt.now["time_ns"]
    too_soon = BeltMoved(time_ns=now_ns + 999_999_999, count=belt.count)
    assert not belt.tell(too_soon)
    due = belt.tell(BeltMoved(time_ns=now_ns + 1_000_000_000, count=belt.count))
    assert _states(due) == ["execute"]
    assert of(due, ReleaseInfeed)


def test_a_line_that_was_stopped_by_a_person_stays_so_when_control_starts_again() -> None:
    belt = Belt(ready=False)
    belt.tell(
        LineStarted(
            time_ns=1, count=0, line="L1", layout=LAYOUT, machine="stopped", machine_by="ann"
        )
    )
    assert not of(_ready(belt), ReleaseInfeed)
    assert of(_command(belt, "reset", "start"), ReleaseInfeed)
