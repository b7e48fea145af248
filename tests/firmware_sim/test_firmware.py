"""The PLC program keeps the behaviour rules of the register map, one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firmware_sim.firmware import Output
from firmware_sim.registers import RequestError
from tests.firmware_sim.bench import (
    ACCEPTED,
    CANCELLED,
    CONTROL,
    EXECUTED,
    HEARTBEAT,
    HOLD_INFEED,
    LEFT,
    READY,
    REFUSED,
    RESET,
    RIGHT,
    SAFE,
    SESSION,
    WATCHDOG,
)
from tests.firmware_sim.panel import (
    BY_ESTOP,
    BY_RESET,
    BY_WATCHDOG,
    NEW_SESSION,
    NOT_READY,
    TARGET_PASSED,
    Panel,
)


def test_rule_1_an_arm_fires_in_the_first_cycle_that_reaches_its_target(panel: Panel) -> None:
    panel.arm(1, panel.count + 5, pulse_ms=4)
    panel.cycles(2)
    assert panel.plc.outputs == {}
    panel.cycles(1)
    assert set(panel.plc.outputs) == {Output(1, LEFT)}
    assert panel.entries()[-1] == (2, EXECUTED, 0, panel.count, 1)
    panel.cycles(3)
    assert set(panel.plc.outputs) == {Output(1, LEFT)}
    panel.cycles(1)
    assert panel.plc.outputs == {}


def test_rule_1_an_output_that_is_on_stays_on_until_the_later_end(panel: Panel) -> None:
    panel.arm(1, panel.count + 2, pulse_ms=10)
    panel.arm(2, panel.count + 6, pulse_ms=4)
    panel.cycles(3)
    panel.cycles(7)
    assert set(panel.plc.outputs) == {Output(1, LEFT)}
    panel.cycles(1)
    assert panel.plc.outputs == {}


def test_rule_1_a_diverter_never_has_both_sides_on(panel: Panel) -> None:
    panel.arm(1, panel.count + 2, side=LEFT)
    panel.arm(2, panel.count + 4, side=RIGHT)
    panel.cycles(2)
    assert set(panel.plc.outputs) == {Output(1, RIGHT)}


def test_rule_1_a_target_beyond_the_wrap_fires_after_it() -> None:
    panel = Panel(count=0xFFFF_FFF0)
    panel.open_session()
    panel.arm(1, 4)
    panel.cycles(9)
    assert panel.plc.outputs == {}
    panel.cycles(1)
    assert panel.entries()[-1] == (2, EXECUTED, 0, 4, 1)


def test_arms_fire_in_the_order_of_their_targets(panel: Panel) -> None:
    for sequence, ahead in ((1, 30), (2, 10), (3, 20)):
        panel.arm(sequence, panel.count + ahead, diverter=1 + sequence % 2)
    panel.cycles(20)
    fired = [sequence for kind, _, sequence in panel.told() if kind == EXECUTED]
    assert fired == [2, 3, 1]


def test_rule_2_a_sequence_already_seen_has_no_effect_and_no_entry(panel: Panel) -> None:
    panel.arm(1, panel.count + 4)
    panel.arm(1, panel.count + 400, diverter=2)
    panel.cycles(3)
    panel.arm(1, panel.count + 4)
    panel.cycles(300)
    assert panel.told() == [(ACCEPTED, 0, 1), (EXECUTED, 0, 1)]


def test_rule_2_a_refused_sequence_counts_as_seen(panel: Panel) -> None:
    panel.arm(1, panel.count - 4)
    panel.arm(1, panel.count + 400)
    assert panel.told() == [(REFUSED, TARGET_PASSED, 1)]


def test_rule_3_a_new_session_drops_the_arms_and_forgets_the_sequences(panel: Panel) -> None:
    panel.arm(1, panel.count + 100)
    panel.plc.write(SESSION, [8])
    assert panel.status(14) == 8
    assert panel.status(15) == 0
    panel.arm(1, panel.count + 100, session=8)
    assert panel.told() == [(ACCEPTED, 0, 1), (CANCELLED, NEW_SESSION, 1), (ACCEPTED, 0, 1)]


def test_rule_3_the_number_in_force_changes_nothing(panel: Panel) -> None:
    panel.arm(1, panel.count + 100)
    panel.plc.write(SESSION, [7])
    assert panel.status(15) == 1
    assert panel.told() == [(ACCEPTED, 0, 1)]


def test_session_0_is_refused(panel: Panel) -> None:
    with pytest.raises(RequestError) as refused:
        panel.plc.write(HEARTBEAT, [99, 0, 0])
    assert refused.value.code == 3
    assert panel.status(14) == 7
    assert panel.status(16) == 1


def test_rule_4_no_watchdog_before_the_first_heartbeat() -> None:
    panel = Panel()
    panel.cycles(10_000)
    assert panel.told() == []
    assert not panel.state_bit(2)


def test_rule_4_a_silent_host_makes_the_line_safe(panel: Panel) -> None:
    panel.arm(1, panel.count + 1, pulse_ms=2000)
    panel.arm(2, panel.count + 4000)
    panel.cycles(499)
    assert set(panel.plc.outputs) == {Output(1, LEFT)}
    assert not panel.held
    panel.cycles(1)
    assert panel.plc.outputs == {}
    assert panel.told()[3:] == [(CANCELLED, BY_WATCHDOG, 2), (SAFE, BY_WATCHDOG, 0)]
    assert panel.held
    assert panel.status(14) == 0
    assert panel.state_bit(0)
    assert not panel.state_bit(2)
    panel.cycles(5000)
    assert len(panel.entries()) == 5


def test_rule_4_a_safe_plc_does_not_become_safe_again(panel: Panel) -> None:
    panel.cycles(500)
    panel.beat()
    assert panel.state_bit(2)
    panel.cycles(500)
    assert not panel.state_bit(2)
    assert panel.told() == [(SAFE, BY_WATCHDOG, 0)]


def test_rule_4_neither_reading_nor_the_same_heartbeat_restarts_the_watchdog(panel: Panel) -> None:
    for _ in range(5):
        panel.plc.write(HEARTBEAT, panel.plc.read_holding(HEARTBEAT, 1))
        panel.plc.read_input(0, 25)
        panel.cycles(100)
    assert panel.told() == [(SAFE, BY_WATCHDOG, 0)]


def test_rule_4_each_changed_heartbeat_restarts_it(panel: Panel) -> None:
    for _ in range(5):
        panel.cycles(499)
        panel.beat()
    assert panel.told() == []
    assert panel.status(16) == panel.plc.read_holding(HEARTBEAT, 1)[0]


@pytest.mark.parametrize("heartbeat_first", [True, False])
def test_rule_4_heartbeat_and_session_lead_out_of_the_safe_state(heartbeat_first: bool) -> None:
    panel = Panel()
    panel.plc.write(CONTROL, [READY])
    orders: list[Callable[[], None]] = [panel.beat, lambda: panel.plc.write(SESSION, [5])]
    panel.cycles(1)
    for order in orders if heartbeat_first else reversed(orders):
        assert panel.held
        order()
    panel.cycles(1)
    assert not panel.held


def test_rule_4_out_of_a_lapse_only_by_a_session_and_the_number_may_be_the_old_one(
    panel: Panel,
) -> None:
    panel.cycles(500)
    panel.beat()
    assert panel.held
    panel.arm(1, panel.count + 100)
    assert panel.told()[-1] == (REFUSED, NOT_READY, 1)
    panel.plc.write(SESSION, [7])
    assert not panel.held


@pytest.mark.parametrize(("asked", "in_force"), [(0, 100), (99, 100), (100, 100), (9999, 5000)])
def test_the_watchdog_s_time_is_clamped(panel: Panel, asked: int, in_force: int) -> None:
    panel.plc.write(WATCHDOG, [asked])
    assert panel.status(18) == in_force
    assert panel.plc.read_holding(WATCHDOG, 1) == [asked]
    panel.beat()
    panel.cycles(in_force - 1)
    assert panel.told() == []
    panel.beat()
    panel.cycles(in_force)
    assert panel.told() == [(SAFE, BY_WATCHDOG, 0)]


def test_rule_5_an_emergency_stop_makes_the_line_safe_until_a_session_after_it(
    panel: Panel,
) -> None:
    panel.arm(1, panel.count + 4000)
    panel.estop = True
    panel.cycles(1)
    assert panel.told()[1:] == [(CANCELLED, BY_ESTOP, 1), (SAFE, BY_ESTOP, 0)]
    assert panel.state_bit(1)
    panel.plc.write(SESSION, [8])
    assert panel.status(14) == 0
    panel.estop = False
    panel.cycles(1)
    assert panel.held
    panel.plc.write(SESSION, [8])
    assert not panel.held


def test_rule_6_an_encoder_reset_drops_the_arms_and_raises_the_generation(panel: Panel) -> None:
    generation = panel.status(6)
    panel.arm(1, panel.count + 100)
    panel.count = 0
    panel.plc.cycle(panel.now_ms + 1, 0, speed_mm_s=2500, encoder_reset=True)
    assert panel.told()[1:] == [(CANCELLED, BY_RESET, 1), (RESET, 0, 0)]
    assert panel.status(6) == generation + 1
    panel.arm(2, 4)
    panel.cycles(2)
    assert panel.told()[-1] == (EXECUTED, 0, 2)


def test_rule_7_a_cancel_of_a_waiting_arm_is_told_and_any_other_is_not(panel: Panel) -> None:
    panel.arm(1, panel.count + 4)
    panel.arm(2, panel.count + 4)
    panel.arm(2, 0, command=2)
    panel.arm(2, 0, command=2)
    panel.arm(99, 0, command=2)
    panel.cycles(10)
    panel.arm(1, 0, command=2)
    assert panel.told() == [
        (ACCEPTED, 0, 1),
        (ACCEPTED, 0, 2),
        (CANCELLED, 1, 2),
        (EXECUTED, 0, 1),
    ]


@pytest.mark.parametrize(
    ("control", "speed_mm_s", "admits"),
    [(READY, 2500, True), (0, 2500, False), (READY | HOLD_INFEED, 2500, False), (READY, 0, False)],
)
def test_rule_8_parcels_are_admitted_only_by_a_ready_host_on_a_running_belt(
    panel: Panel, control: int, speed_mm_s: int, admits: bool
) -> None:
    panel.plc.write(CONTROL, [control])
    panel.plc.cycle(panel.now_ms + 1, panel.count, speed_mm_s=speed_mm_s)
    assert panel.plc.admits is admits
    assert panel.held is not admits


def test_rule_9_power_up_is_the_safe_state() -> None:
    panel = Panel(boot_counter=3)
    panel.cycles(1)
    assert panel.held
    assert panel.status(2) == 3
    assert panel.status(14) == 0
    assert panel.status(18) == 500
    assert panel.told() == []
    panel.arm(1, panel.count + 100, session=0)
    assert panel.told() == [(REFUSED, NOT_READY, 1)]
