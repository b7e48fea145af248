"""The session with the PLC as stories: real Modbus TCP to the twin's PLC program."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from firmware_sim.firmware import Edge
from sorter.engine.commands import CancelDivert, HoldInfeed
from sorter.engine.events import (
    ArmAccepted,
    ArmCancelled,
    ArmSent,
    ArmUnsent,
    BeltMoved,
    DeviceLost,
    DeviceReady,
    DivertExecuted,
    EyeBlocked,
)
from sorter.engine.instructions import EmergencyReset, EmergencyStopped
from tests.control.lines import arm, line_config
from tests.control.plc_bench import PlcBench
from tests.support.loops import on_loop

WRAP = 1 << 32


@on_loop
async def test_a_session_is_proven_before_the_line_is_ready() -> None:
    async with PlcBench() as bench:
        ready = await bench.open()
        assert (ready.boot_counter, ready.encoder_generation) == (1, 1)
        assert bench.session.ready
        assert bench.session.proven.is_set()
        status = bench.plc.read_input(0, 25)
        assert status[14] != 0, "a session is in force"
        assert status[18] == 500, "with the watchdog as configured"
        assert bench.plc.admits


@on_loop
async def test_parcels_are_held_back_until_the_engine_lets_them_in() -> None:
    async with PlcBench() as bench:
        bench.start()
        await bench.hears(DeviceReady)
        await bench.pass_ms(20)
        assert not bench.plc.admits


@on_loop
async def test_the_engine_s_hold_and_the_stop_reach_the_plc() -> None:
    async with PlcBench() as bench:
        await bench.open()
        bench.session.submit(HoldInfeed())
        await bench.pass_ms(20)
        assert not bench.plc.admits


@on_loop
async def test_a_watchdog_that_is_not_taken_as_written_means_no_start() -> None:
    async with PlcBench(line=lambda port: line_config(port, watchdog_ms=5000)) as bench:
        bench.answer_status = lambda status: [*status[:18], 4000, *status[19:]]
        bench.start()
        lost = await bench.hears(DeviceLost)
        assert lost.why == "the PLC's watchdog is 4000 ms, expected 5000 ms as configured"
        assert not bench.session.ready
        assert not bench.plc.admits


@on_loop
async def test_a_plc_that_keeps_another_session_means_no_start() -> None:
    async with PlcBench() as bench:
        bench.answer_status = lambda status: [*status[:14], 0, *status[15:]]
        bench.start()
        assert (await bench.hears(DeviceLost)).why == "the PLC did not open our session"


@pytest.mark.parametrize(
    ("hardware", "why"),
    [
        ({"diverter_count": 1}, "the PLC has 1 diverters, the config names number 2"),
        (
            {"input_count": 33},
            "the PLC has 33 inputs, counted from 0, the config names input 33",
        ),
    ],
)
@on_loop
async def test_a_plc_without_what_the_config_names_is_refused(
    hardware: dict[str, int], why: str
) -> None:
    async with PlcBench(hardware=hardware) as bench:
        bench.start()
        assert (await bench.hears(DeviceLost)).why == why
        assert bench.writes == []


@pytest.mark.parametrize("shift", [1, -1])
@on_loop
async def test_a_map_shifted_by_one_is_refused_before_anything_is_written(shift: int) -> None:
    async with PlcBench() as bench:
        bench.answer_status = lambda status: [*status[-shift:], *status[:-shift]]
        bench.start()
        why = (await bench.hears(DeviceLost)).why
        assert "expected 21328 version 1; is this the right device" in why
        assert bench.writes == []


@on_loop
async def test_the_same_reason_is_told_once_however_often_it_is_tried() -> None:
    async with PlcBench(hardware={"diverter_count": 1}) as bench:
        tries = 0

        def count_tries(status: list[int]) -> list[int]:
            nonlocal tries
            tries += 1
            if tries == 3:
                bench.tell(BeltMoved(time_ns=0, count=0))
            return status

        bench.answer_status = count_tries
        bench.start()
        await bench.hears(BeltMoved)
        assert len(bench.all_told(DeviceLost)) == 1


@on_loop
async def test_arms_that_are_due_together_go_in_one_write() -> None:
    async with PlcBench() as bench:
        await bench.open()
        target = bench.count + 400
        await bench.arm(*(arm(sequence, target + sequence) for sequence in range(1, 6)))
        assert len(bench.all_told(ArmAccepted)) == 5
        assert [len(values) for values in bench.arm_writes] == [5 * 8]
        assert [sent.sequence for sent in bench.all_told(ArmSent)] == [1, 2, 3, 4, 5]


@on_loop
async def test_more_arms_than_slots_take_a_second_write() -> None:
    async with PlcBench() as bench:
        await bench.open()
        await bench.arm(*(arm(number, bench.count + 1000 + number) for number in range(1, 16)))
        assert len(bench.all_told(ArmAccepted)) == 15
        assert [len(values) // 8 for values in bench.arm_writes] == [12, 3]


@on_loop
async def test_an_arm_fires_on_the_plc_s_own_encoder() -> None:
    async with PlcBench() as bench:
        await bench.open()
        target = bench.count + 200
        await bench.arm(arm(1, target, side="right"))
        await bench.pass_ms(120)
        (executed,) = bench.all_told(DivertExecuted)
        assert executed.sequence == 1
        assert target <= executed.at_count <= target + 2


@on_loop
async def test_an_arm_that_is_due_already_is_not_sent() -> None:
    async with PlcBench() as bench:
        await bench.open()
        bench.session.submit(arm(1, bench.count))
        await bench.arm(arm(2, bench.count + 500))
        (unsent,) = bench.all_told(ArmUnsent)
        assert (unsent.sequence, unsent.why) == (1, "too_late")
        assert [len(values) // 8 for values in bench.arm_writes] == [1]


@on_loop
async def test_a_cancel_takes_a_waiting_arm_back() -> None:
    async with PlcBench() as bench:
        await bench.open()
        await bench.arm(arm(1, bench.count + 2000))
        bench.session.submit(CancelDivert(sequence=1))
        await bench.pass_ms(4)
        cancelled = await bench.hears(ArmCancelled)
        assert (cancelled.sequence, cancelled.why) == (1, "by_host")


@on_loop
async def test_arms_the_plc_refuses_to_take_are_known_not_to_fire() -> None:
    def refuse_arms(address: int, _values: Sequence[int]) -> bool:
        return address >= 16

    async with PlcBench() as bench:
        await bench.open()
        bench.refuse = refuse_arms
        bench.session.submit(arm(1, bench.count + 500))
        unsent = await bench.hears(ArmUnsent)
        assert "exception 3" in unsent.why
        assert "exception 3" in (await bench.hears(DeviceLost)).why
        bench.refuse = lambda *_: False
        await bench.hears(DeviceReady, 2)
        assert bench.arm_writes == []


@on_loop
async def test_a_control_that_got_no_time_finds_its_arms_gone_and_opens_a_new_session() -> None:
    async with PlcBench() as bench:
        await bench.open()
        before = bench.plc.read_input(14, 1)
        await bench.arm(arm(1, bench.count + 5000))
        bench.stall_ms(600)
        lost = await bench.hears(DeviceLost)
        assert lost.why == "safe state of the PLC: watchdog"
        assert [c.why for c in bench.all_told(ArmCancelled)] == ["watchdog"]
        await bench.hears(DeviceReady, 2)
        assert bench.plc.read_input(14, 1) != before
        assert not bench.plc.admits, "parcels are held back until the engine lets them in again"


@on_loop
async def test_an_emergency_stop_ends_the_session_and_its_reset_begins_another() -> None:
    async with PlcBench() as bench:
        await bench.open()
        bench.estop(True)
        bench.clock.now_ns += 10_000_000
        assert (await bench.hears(DeviceLost)).why == "safe state of the PLC: estop"
        assert (await bench.hears(DeviceLost, 2)).why == "emergency stop"
        bench.stall_ms(4, Edge(1, True, bench.count))
        await bench.hears(EyeBlocked)
        assert len(bench.all_told(EmergencyStopped)) == 1
        assert bench.all_told(EmergencyReset) == []
        bench.estop(False)
        ready = await bench.hears(DeviceReady, 2)
        (reset,) = bench.all_told(EmergencyReset)
        assert bench.told.index(reset) < bench.told.index(ready)
        assert len(bench.all_told(EmergencyStopped)) == 1


@on_loop
async def test_an_emergency_stop_too_short_to_be_seen_in_a_status_is_still_one() -> None:
    async with PlcBench() as bench:
        await bench.open()
        bench.estop(True)
        bench.estop(False)
        bench.stall_ms(120)
        assert (await bench.hears(DeviceLost)).why == "safe state of the PLC: estop"
        await bench.hears(DeviceReady, 2)
        emergency = [
            type(e) for e in bench.told if isinstance(e, EmergencyStopped | EmergencyReset)
        ]
        assert emergency == [EmergencyStopped, EmergencyReset]


@on_loop
async def test_an_end_lets_out_what_waits_between_two_requests() -> None:
    async with PlcBench() as bench:
        running = bench.start()
        await bench.hears(DeviceReady)
        await bench.arm(arm(1, bench.count + 3000))
        bench.session.submit(HoldInfeed())
        bench.session.submit(CancelDivert(sequence=1))
        bench.session.end()
        await asyncio.wait_for(running, 10)
        assert bench.plc.read_input(15, 1) == [0], "nothing stays armed"
        assert not bench.plc.admits
        assert not bench.session.ready


@on_loop
async def test_a_heartbeat_that_repeats_a_dead_one_s_last_is_not_sent() -> None:
    async with PlcBench() as bench:
        bench.plc.write(0, [1, 99, 1, 500])
        bench.stall_ms(700)
        await bench.open()
        assert bench.plc.read_input(3, 1)[0] >> 2 & 1, "the host counts as alive"
