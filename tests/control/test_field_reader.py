"""What the PLC saw and where its belt is, as control is told it: once, in order, unbroken."""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.firmware import Edge
from sorter.control.field_mark import FieldMark
from sorter.engine.events import (
    ArmCancelled,
    BeltMoved,
    ChuteEmptied,
    ChuteFilled,
    DeviceLost,
    DeviceReady,
    DivertExecuted,
    EdgesMissed,
    EncoderReset,
    EncoderReversed,
    EyeBlocked,
    EyeCleared,
    EyeFoundClear,
)
from tests.control.lines import arm
from tests.control.plc_bench import PlcBench
from tests.support.loops import on_loop

WRAP = 1 << 32
# The register of the status block with the levels of inputs 0 to 15.
LEVELS = 21


@on_loop
async def test_an_edge_is_told_with_the_count_it_was_latched_at() -> None:
    async with PlcBench(count=1000) as bench:
        await bench.open()
        head, tail = bench.count + 1, bench.count + 3
        await bench.pass_ms(10, Edge(0, True, head), Edge(0, False, tail))
        (blocked,), (cleared,) = bench.all_told(EyeBlocked), bench.all_told(EyeCleared)
        assert (blocked.eye, blocked.at_count) == ("induct", head)
        assert (cleared.eye, cleared.at_count) == ("induct", tail)
        assert (blocked.ring, cleared.ring) == (1, 2)


@on_loop
async def test_what_the_eyes_saw_is_told_before_the_belt_moves_on() -> None:
    async with PlcBench() as bench:
        await bench.open()
        for number in range(40):
            await bench.pass_ms(4, Edge(1, number % 2 == 0, bench.count + 1))
        order = [e for e in bench.told if isinstance(e, EyeBlocked | EyeCleared | BeltMoved)]
        seen = 0
        for event in order:
            if isinstance(event, BeltMoved):
                seen = event.count
            else:
                assert event.at_count > seen
        assert len(bench.all_told(EyeBlocked)) == 20


@on_loop
async def test_chutes_that_are_full_at_the_start_are_told_before_the_line_is_ready() -> None:
    async with PlcBench() as bench:
        bench.stall_ms(1, Edge(33, True, bench.count))
        await bench.open()
        kinds = [type(e) for e in bench.told if not isinstance(e, BeltMoved)]
        assert kinds.index(ChuteFilled) < kinds.index(DeviceReady)
        assert [event.chute for event in bench.all_told(ChuteFilled)] == ["B"]
        assert [event.chute for event in bench.all_told(ChuteEmptied)] == ["A"]
        await bench.pass_ms(4, Edge(33, False, bench.count), Edge(32, True, bench.count))
        assert [event.chute for event in bench.all_told(ChuteFilled)] == ["B", "A"]
        assert [event.chute for event in bench.all_told(ChuteEmptied)] == ["A", "B"]


@on_loop
async def test_the_count_goes_on_over_the_wrap() -> None:
    async with PlcBench(count=WRAP - 300) as bench:
        await bench.open()
        bench.session.submit(arm(1, bench.session.unwrap(bench.count) + 260))
        await bench.pass_ms(160, Edge(0, True, bench.count + 2))
        await bench.pass_ms(10, Edge(0, False, bench.count))
        counts = [event.count for event in bench.all_told(BeltMoved)]
        assert counts == sorted(counts)
        assert counts[-1] > WRAP
        (executed,) = bench.all_told(DivertExecuted)
        assert executed.at_count > WRAP
        (cleared,) = bench.all_told(EyeCleared)
        assert cleared.at_count > WRAP


@on_loop
async def test_an_encoder_that_was_reset_ends_the_session_and_the_count_goes_on() -> None:
    async with PlcBench(count=100_000) as bench:
        await bench.open()
        await bench.arm(arm(1, bench.count + 5000))
        bench.reset_encoder(7)
        bench.stall_ms(4, Edge(0, True, 9))
        assert (await bench.hears(DeviceLost)).why == "the PLC's encoder was reset"
        assert [c.why for c in bench.all_told(ArmCancelled)] == ["encoder_reset"]
        (reset,) = bench.all_told(EncoderReset)
        assert (await bench.hears(DeviceReady, 2)).encoder_generation == 2
        counts = [event.count for event in bench.all_told(BeltMoved)]
        assert counts == sorted(counts)
        (blocked,) = bench.all_told(EyeBlocked)
        assert blocked.at_count == WRAP + 9
        assert bench.told.index(reset) < bench.told.index(blocked)


@on_loop
async def test_a_count_that_leaps_farther_than_a_belt_can_go_is_a_reset() -> None:
    async with PlcBench(count=100_000) as bench:
        await bench.open()
        for leap in (3000, -3000):
            bench.count += leap
            await bench.pass_ms(4)
        assert len(bench.all_told(EncoderReset)) == 2
        assert bench.all_told(EncoderReversed) == []


@on_loop
async def test_a_belt_that_runs_backwards_is_told_of_before_what_its_eyes_see() -> None:
    async with PlcBench(count=100_000) as bench:
        await bench.open()
        await bench.pass_ms(4, Edge(1, True, bench.count))
        bench.count -= 100
        bench.stall_ms(4, Edge(1, False, bench.count))
        reversed_ = await bench.hears(EncoderReversed)
        assert reversed_.by == 100 - 2 * 4
        cleared = await bench.hears(EyeCleared)
        assert bench.told.index(reversed_) < bench.told.index(cleared)
        await bench.pass_ms(50)
        assert len(bench.all_told(EncoderReversed)) == 1
        assert bench.all_told(EncoderReset) == []


@on_loop
async def test_a_belt_that_springs_back_when_it_stops_is_not_reversed() -> None:
    async with PlcBench(count=100_000) as bench:
        await bench.open()
        bench.count -= 15
        await bench.pass_ms(20)
        assert bench.all_told(EncoderReversed) == []


@on_loop
async def test_a_tail_that_the_plc_missed_is_found_by_the_eyes_level() -> None:
    async with PlcBench() as bench:
        await bench.open()
        await bench.pass_ms(10, Edge(1, True, bench.count))
        assert bench.all_told(EyeFoundClear) == []
        bench.answer_status = without_level(1)
        await bench.pass_ms(20)
        assert [event.eye for event in bench.all_told(EyeFoundClear)] == ["tunnel"]
        bench.answer_status = lambda registers: registers
        await bench.pass_ms(4, Edge(1, False, bench.count), Edge(1, True, bench.count))
        await bench.pass_ms(20)
        assert len(bench.all_told(EyeFoundClear)) == 1


def without_level(number: int) -> Callable[[list[int]], list[int]]:
    """A status block in which an input up to 15 is off, whatever edge it had."""

    def answer(registers: list[int]) -> list[int]:
        if len(registers) > LEVELS:
            registers = registers.copy()
            registers[LEVELS] &= ~(1 << number)
        return registers

    return answer


@on_loop
async def test_a_plc_that_restarted_is_read_from_the_start_of_its_ring() -> None:
    async with PlcBench(count=50_000) as bench:
        await bench.open()
        await bench.pass_ms(10, Edge(0, True, bench.count), Edge(0, False, bench.count))
        bench.reboot(count=20)
        bench.stall_ms(2, Edge(1, True, 21))
        ready = await bench.hears(DeviceReady, 2)
        assert ready.boot_counter == 2
        assert bench.all_told(DeviceLost)[0].why == "the PLC was restarted"
        assert len(bench.all_told(EncoderReset)) == 1
        last = bench.all_told(EyeBlocked)[-1]
        assert (last.eye, last.ring, last.at_count) == ("tunnel", 1, WRAP + 21)


@on_loop
async def test_another_plc_with_the_same_boot_counter_is_found_out_by_its_ring() -> None:
    async with PlcBench(mark=FieldMark(boot_counter=1, ring=900, count=5000)) as bench:
        bench.stall_ms(1, Edge(0, True, bench.count))
        await bench.open()
        assert len(bench.all_told(EncoderReset)) == 1
        assert [event.ring for event in bench.all_told(EyeBlocked)] == [1]


@on_loop
async def test_a_first_start_does_not_take_old_edges_for_news() -> None:
    async with PlcBench() as bench:
        bench.stall_ms(5, Edge(0, True, 1001), Edge(0, False, 1003))
        await bench.open()
        assert bench.all_told(EyeBlocked) == []
        assert bench.all_told(EncoderReset) == []


@on_loop
async def test_a_start_after_a_break_reads_on_where_the_journal_ends() -> None:
    mark = FieldMark(boot_counter=1, encoder_generation=1, ring=1, count=WRAP + 1002)
    async with PlcBench(mark=mark) as bench:
        bench.stall_ms(5, Edge(0, True, 1001), Edge(0, False, 1003), Edge(1, True, 1005))
        await bench.open()
        assert bench.all_told(EncoderReset) == []
        assert [event.at_count for event in bench.all_told(EyeCleared)] == [WRAP + 1003]
        assert [event.ring for event in bench.all_told(EyeBlocked)] == [3]


@on_loop
async def test_a_ring_that_ran_over_says_how_much_was_missed() -> None:
    async with PlcBench(hardware={"ring_capacity": 4}) as bench:
        await bench.open()
        edges = [Edge(0, number % 2 == 0, bench.count) for number in range(7)]
        await bench.pass_ms(4, *edges)
        (missed,) = bench.all_told(EdgesMissed)
        assert missed.missed == 3
        read = [event.ring for event in bench.told if isinstance(event, EyeBlocked | EyeCleared)]
        assert read == [4, 5, 6, 7]
        assert bench.session.ready


@on_loop
async def test_a_ring_that_is_overwritten_while_it_is_read_is_read_again_from_its_rest() -> None:
    async with PlcBench(hardware={"ring_capacity": 4}) as bench:
        await bench.open()

        def enter_more(status: list[int]) -> list[int]:
            bench.answer_status = lambda later: later
            bench.stall_ms(1, *(Edge(0, bool(n % 2), bench.count) for n in range(6)))
            return status

        bench.answer_status = enter_more
        bench.stall_ms(4, Edge(0, True, bench.count))
        assert "entry 5 where 1 was expected" in (await bench.hears(DeviceLost)).why
        await bench.hears(DeviceReady, 2)
        assert [event.missed for event in bench.all_told(EdgesMissed)] == [3]
