"""The machine: every move is one of the standard's, and what is refused changes nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter.engine.machine import COMMANDS, LINE, MODES, Around, Machine, Move, PackML, Refusal

FREE = Around(device_ready=True, infeed_settled=True, inside=None, outside=None, belt_empty=True)
AWAY = Around(
    device_ready=False, infeed_settled=False, inside="device", outside=None, belt_empty=False
)

# The diagram of ISA-TR88.00.02, read arrow by arrow; stop and abort leave whole areas of it.
ARROWS = """
stopped resetting, resetting idle, idle starting, starting execute, execute completing,
completing complete, complete resetting, execute holding, holding held, held unholding,
unholding execute, unholding holding, execute suspending, suspending suspended,
suspended unsuspending, unsuspending execute, unsuspending suspending,
stopping stopped, aborting aborted, aborted clearing, clearing stopped
"""
DIAGRAM = {tuple(PackML(name) for name in arrow.split()) for arrow in ARROWS.split(",")}
NO_STOP = {PackML.STOPPING, PackML.STOPPED, PackML.ABORTING, PackML.ABORTED, PackML.CLEARING}
NO_ABORT = {PackML.ABORTING, PackML.ABORTED}
EVERY_COMMAND = sorted({command for row in COMMANDS.values() for command in row} | {"explode"})


def _settled(machine: Machine, around: Around) -> list[str]:
    states = []
    while (move := machine.next_move(around)) is not None:
        states.append(move.state.value)
    return states


def _drive(machine: Machine, *commands: str) -> None:
    for command in commands:
        assert isinstance(machine.command(command, "ann"), Move), command
        _settled(machine, FREE)


def test_a_run_starts_by_itself_and_sorts_as_soon_as_the_plc_is_ready() -> None:
    machine = Machine()
    assert _settled(machine, AWAY) == []
    assert machine.state.value == "starting"
    assert not machine.may_arm
    assert _settled(machine, FREE) == ["execute"]
    assert machine.may_arm
    assert machine.may_admit


def test_without_its_plc_the_line_is_held_and_goes_on_when_the_infeed_has_settled() -> None:
    machine = Machine()
    _settled(machine, FREE)
    assert _settled(machine, AWAY) == ["holding", "held"]
    assert machine.may_arm, "what lies on the belt is finished"
    assert not machine.may_admit
    back = Around(
        device_ready=True, infeed_settled=False, inside=None, outside=None, belt_empty=False
    )
    assert _settled(machine, back) == ["unholding"]
    assert _settled(machine, AWAY) == ["holding", "held"]
    assert _settled(machine, FREE) == ["unholding", "execute"]


def test_causes_outside_of_the_line_suspend_it() -> None:
    machine = Machine()
    _settled(machine, FREE)
    full = Around(
        device_ready=True, infeed_settled=False, inside=None, outside="end_full", belt_empty=False
    )
    assert _settled(machine, full) == ["suspending", "suspended"]
    assert machine.by == LINE
    assert _settled(machine, FREE) == ["unsuspending", "execute"]


def test_what_a_person_held_only_a_person_lets_go() -> None:
    machine = Machine()
    _settled(machine, FREE)
    _drive(machine, "hold")
    assert machine.state.value == "held"
    assert _settled(machine, FREE) == []
    _drive(machine, "unhold")
    assert machine.state.value == "execute"


def test_after_an_emergency_stop_only_clear_leads_on_and_only_after_the_reset() -> None:
    machine = Machine()
    _settled(machine, FREE)
    move = machine.emergency_stop("guard 3")
    assert move == Move(PackML.ABORTING, "safety system", "guard 3")
    assert _settled(machine, FREE) == ["aborted"]
    assert not machine.may_arm
    for command in EVERY_COMMAND:
        assert isinstance(machine.command(command, "ann"), Refusal)
    machine.emergency = False
    assert _settled(machine, FREE) == []
    _drive(machine, "clear")
    assert machine.state.value == "stopped"
    _drive(machine, "reset", "start")
    assert machine.state.value == "execute"


def test_a_second_emergency_stop_aborts_what_is_just_being_cleared() -> None:
    machine = Machine(last="aborted", last_by="safety system")
    assert machine.state.value == "aborted"
    assert machine.emergency_stop("again") is None
    machine.emergency = False
    machine.command("clear", "ann")
    assert isinstance(machine.emergency_stop("and again"), Move)


def test_the_belt_is_run_empty_before_a_run_is_complete() -> None:
    machine = Machine()
    _settled(machine, FREE)
    machine.command("complete", "ann")
    busy = Around(
        device_ready=True, infeed_settled=True, inside=None, outside=None, belt_empty=False
    )
    assert _settled(machine, busy) == []
    assert machine.may_arm
    assert not machine.may_admit
    assert _settled(machine, FREE) == ["complete"]
    assert not machine.may_arm


@pytest.mark.parametrize("mode", MODES)
def test_the_mode_changes_only_where_nothing_was_decided_otherwise(mode: str) -> None:
    machine = Machine()
    _settled(machine, FREE)
    refusal = machine.choose_mode(mode)
    assert refusal is not None
    assert refusal.allowed == ()
    assert refusal.why.startswith(f"the machine is execute; {mode} is chosen in one of ")
    assert refusal.why.endswith("complete, idle, stopped")
    assert machine.mode == "production"
    _drive(machine, "stop")
    assert machine.choose_mode(mode) is None
    _drive(machine, "reset", "start")
    assert machine.mode == mode
    assert machine.may_arm is (mode == "production")
    assert machine.may_admit is (mode != "maintenance")


def test_a_mode_that_does_not_exist_is_refused_with_those_that_do() -> None:
    machine = Machine(last="stopped", last_by="ann")
    why = "there is no mode turbo, only production, shadow, maintenance"
    assert machine.choose_mode("turbo") == Refusal(why, tuple(MODES))


def test_a_command_that_does_not_exist_is_refused_as_one() -> None:
    machine = Machine(last="stopped", last_by="ann")
    assert machine.command("fly", "ann") == Refusal("there is no command fly", ("reset", "abort"))


@pytest.mark.parametrize(
    ("last", "by", "begins"),
    [
        ("", "", "starting"),
        ("execute", LINE, "starting"),
        ("held", LINE, "starting"),
        ("held", "ann", "held"),
        ("suspending", "ann", "suspended"),
        ("stopped", "ann", "stopped"),
        ("resetting", "ann", "idle"),
        ("aborting", "safety system", "aborted"),
        ("a state of a later release", "ann", "starting"),
    ],
)
def test_what_a_person_or_the_safety_system_stopped_stays_so_over_a_restart(
    last: str, by: str, begins: str
) -> None:
    assert Machine("production", last, by).state is PackML(begins)


def test_a_mode_that_nobody_knows_arms_nothing() -> None:
    machine = Machine("a mode of a later release")
    _settled(machine, FREE)
    assert not machine.may_arm
    assert not machine.may_admit


def test_every_state_is_in_the_table_and_can_be_left() -> None:
    assert set(COMMANDS) == set(PackML)
    for state, obeyed in COMMANDS.items():
        assert ("stop" in obeyed) is (state not in NO_STOP)
        assert ("abort" in obeyed) is (state not in NO_ABORT)


arounds = st.builds(
    Around,
    device_ready=st.booleans(),
    infeed_settled=st.booleans(),
    inside=st.sampled_from([None, "device", "jam"]),
    outside=st.sampled_from([None, "end_full"]),
    belt_empty=st.booleans(),
)


@given(st.lists(st.tuples(st.sampled_from([*EVERY_COMMAND, "emergency"]), arounds), max_size=40))
def test_every_move_is_an_arrow_of_the_diagram(steps: list[tuple[str, Around]]) -> None:
    machine = Machine()
    for command, around in steps:
        before = machine.state
        if command == "emergency":
            machine.emergency_stop("guard")
            machine.emergency = False
        elif isinstance(machine.command(command, "ann"), Refusal):
            assert machine.state is before
        path = [before, machine.state]
        for _ in range(20):
            if machine.next_move(around) is None:
                break
            path.append(machine.state)
        else:
            raise AssertionError(f"it never rests: {path}")
        for start, end in pairwise(path):
            assert (
                start is end
                or (start, end) in DIAGRAM
                or (end is PackML.STOPPING and start not in NO_STOP)
                or (end is PackML.ABORTING and start not in NO_ABORT)
            ), f"{start.value} -> {end.value}"
        if machine.may_admit:
            assert machine.may_arm
