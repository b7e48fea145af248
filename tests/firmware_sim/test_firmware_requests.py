"""What the PLC refuses and what it shows: arms, writes, reads, edges, the status block."""

from __future__ import annotations

import pytest

from firmware_sim.firmware import Edge
from firmware_sim.registers import RequestError
from tests.firmware_sim.bench import (
    ACCEPTED,
    CANCELLED,
    CONTROL,
    EDGE_OFF,
    EDGE_ON,
    REFUSED,
    SLOTS,
    entry_at,
    slot,
)
from tests.firmware_sim.panel import (
    BEYOND_HORIZON,
    MALFORMED,
    NO_SUCH_DIVERTER,
    NOT_READY,
    QUEUE_FULL,
    TARGET_PASSED,
    WRONG_SESSION,
    Panel,
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ahead": 0}, TARGET_PASSED),
        ({"ahead": -1}, TARGET_PASSED),
        ({"ahead": 5001}, BEYOND_HORIZON),
        ({"session": 6}, WRONG_SESSION),
        ({"session": 0}, WRONG_SESSION),
        ({"diverter": 0}, NO_SUCH_DIVERTER),
        ({"diverter": 3}, NO_SUCH_DIVERTER),
        ({"side": 0}, NO_SUCH_DIVERTER),
        ({"side": 3}, NO_SUCH_DIVERTER),
        ({"pulse_ms": 0}, MALFORMED),
        ({"pulse_ms": 2001}, MALFORMED),
        ({"command": 0}, MALFORMED),
        ({"command": 3}, MALFORMED),
    ],
)
def test_an_arm_is_refused_with_its_reason(
    panel: Panel, changes: dict[str, int], reason: int
) -> None:
    values = {"ahead": 100, **changes}
    panel.arm(70_000, panel.count + values.pop("ahead"), **values)
    assert panel.told() == [(REFUSED, reason, 70_000)]
    assert panel.status(15) == 0


def test_the_farthest_target_is_taken(panel: Panel) -> None:
    panel.arm(1, panel.count + 5000)
    assert panel.told() == [(ACCEPTED, 0, 1)]


def test_sequence_0_is_malformed(panel: Panel) -> None:
    panel.arm(0, panel.count + 100)
    assert panel.told() == [(REFUSED, MALFORMED, 0)]


def test_an_arm_of_a_host_that_is_not_ready_is_refused(panel: Panel) -> None:
    panel.plc.write(CONTROL, [0])
    panel.arm(1, panel.count + 100)
    assert panel.told() == [(REFUSED, NOT_READY, 1)]


def test_a_full_queue_refuses_and_a_fired_arm_makes_room() -> None:
    panel = Panel(arm_capacity=2)
    panel.open_session()
    for sequence in (1, 2, 3):
        panel.arm(sequence, panel.count + 2 * sequence)
    assert panel.told()[-1] == (REFUSED, QUEUE_FULL, 3)
    panel.cycles(1)
    panel.arm(4, panel.count + 100)
    assert panel.told()[-1] == (ACCEPTED, 0, 4)


def test_slots_of_one_write_are_obeyed_in_order(panel: Panel) -> None:
    target = panel.count + 100
    panel.plc.write(
        SLOTS + 8, slot(1, target) + slot(1, 0, command=2) + slot(2, target, diverter=2)
    )
    assert panel.told() == [(ACCEPTED, 0, 1), (CANCELLED, 1, 1), (ACCEPTED, 0, 2)]
    assert panel.plc.read_holding(SLOTS + 8, 8) == slot(1, target)


@pytest.mark.parametrize(
    ("address", "registers"),
    [(17, 8), (15, 8), (16, 7), (16, 9), (104, 16), (112, 8), (3, 2), (4, 1), (9, 1), (24, 4)],
)
def test_a_write_that_is_no_whole_slot_does_nothing(
    panel: Panel, address: int, registers: int
) -> None:
    before = panel.plc.read_holding(SLOTS, 96)
    whole = slot(1, panel.count + 100) * 2
    with pytest.raises(RequestError) as refused:
        panel.plc.write(address, whole[:registers])
    assert refused.value.code in (2, 3)
    assert panel.told() == []
    assert panel.plc.read_holding(SLOTS, 96) == before


@pytest.mark.parametrize(("address", "registers"), [(25, 1), (0, 26), (255, 2), (4350, 3)])
def test_input_registers_that_do_not_exist_are_refused(
    panel: Panel, address: int, registers: int
) -> None:
    with pytest.raises(RequestError) as refused:
        panel.plc.read_input(address, registers)
    assert refused.value.code == 2


@pytest.mark.parametrize(("address", "registers"), [(4, 1), (0, 16), (15, 2), (100, 13)])
def test_holding_registers_that_do_not_exist_are_refused(
    panel: Panel, address: int, registers: int
) -> None:
    with pytest.raises(RequestError) as refused:
        panel.plc.read_holding(address, registers)
    assert refused.value.code == 2


def test_edges_are_entered_with_their_count_and_shown_as_levels(panel: Panel) -> None:
    panel.cycles(1, edges=(Edge(0, True, 1003), Edge(33, True, 1004)))
    panel.cycles(1, edges=(Edge(0, False, 1005),))
    assert panel.entries() == [
        (1, EDGE_ON, 0, 1003, 0),
        (2, EDGE_ON, 33, 1004, 0),
        (3, EDGE_OFF, 0, 1005, 0),
    ]
    assert panel.plc.read_input(21, 4) == [0, 0, 2, 0]


def test_the_ring_overwrites_its_oldest_entries() -> None:
    panel = Panel(ring_capacity=4)
    for count in range(1001, 1007):
        panel.cycles(1, edges=(Edge(0, True, count),))
    assert panel.plc.read_input(12, 2) == [0, 6]
    image = panel.plc.read_input(256, 32)
    numbers = [entry_at(image[at : at + 8])[0] for at in range(0, 32, 8)]
    assert numbers == [5, 6, 3, 4]


def test_the_status_block_says_what_is_wired() -> None:
    panel = Panel(count=0x0001_0002)
    panel.cycles(250, pulses=0)
    assert panel.plc.read_input(0, 25) == [
        *(21328, 1, 1, 0b01001),
        *(1, 2),
        *(1, 2500, 2, 40, 512, 64),
        *(0, 0),
        *(0, 0, 0, 2, 500),
        *(0, 5000),
        *(0, 0, 0, 0),
    ]
