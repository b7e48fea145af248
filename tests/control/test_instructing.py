"""What a person tells a line at its door becomes an event; what came of it is the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from sorter.control.layout import layout_of
from sorter.control.recovery import last_run
from sorter.engine.instructions import ChuteBlocked
from sorter.engine.reports import AlarmInHand, ChuteState, MachineState, ShiftEnded
from sorter.protocol.local import Instruct, encode
from tests.control.test_local_commands import Door
from tests.support.loops import on_loop


@on_loop
async def test_a_person_blocks_a_chute_and_the_journal_has_who(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        answer = await door.ask(encode(Instruct("block", "A")))
        assert answer.done == {
            "changed": True,
            "said": [{"kind": "chute", "chute": "A", "shut": ["blocked"], "by": "anna"}],
        }
        assert [event.by for event in door.journalled(ChuteBlocked)] == ["anna"]
        assert (await door.ask(encode(Instruct("block", "A")))).done == {
            "changed": False,
            "said": [],
        }
        await door.ask(encode(Instruct("unblock", "A")))
        assert [state.shut for state in door.journalled(ChuteState)] == [("blocked",), ()]


@on_loop
async def test_what_does_not_fit_is_refused_with_what_would(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        await door.open()
        refused = (await door.ask(encode(Instruct("machine", "unhold")))).refused
        assert refused == (
            "the machine is execute; allowed are hold, suspend, complete, stop, abort"
        )
        assert "no such chute" in ((await door.ask(encode(Instruct("block", "C77")))).refused or "")
        assert "no such diverter" in (
            (await door.ask(encode(Instruct("reset", "D77")))).refused or ""
        )


@on_loop
async def test_the_line_is_stopped_put_in_shadow_and_started_again(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        await door.open()
        for instruction, what in (
            ("machine", "stop"),
            ("mode", "shadow"),
            ("machine", "reset"),
            ("machine", "start"),
        ):
            request = encode(Instruct(instruction, what))  # type: ignore[arg-type]  # one of the literals
            assert (await door.ask(request)).refused is None
        last = door.journalled(MachineState)[-1]
        assert (last.state, last.mode) == ("execute", "shadow")


@on_loop
async def test_an_alarm_is_taken_in_hand_and_a_shift_begins(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        await door.ask(encode(Instruct("block", "OVF")))
        await door.ask(encode(Instruct("ack", "overflow_full")))
        (in_hand,) = door.journalled(AlarmInHand)
        assert (in_hand.cause, in_hand.place, in_hand.by) == ("overflow_full", "line-1", "anna")
        assert (await door.ask(encode(Instruct("shift", "late")))).done == {
            "changed": True,
            "said": [],
        }
        assert [ended.by for ended in door.journalled(ShiftEnded)] == ["anna"]


@on_loop
async def test_what_people_told_the_line_outlives_control(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        await door.open()
        for request in (
            Instruct("shift", "late"),
            Instruct("block", "A"),
            Instruct("machine", "stop"),
            Instruct("mode", "maintenance"),
        ):
            await door.ask(encode(request))
        started = last_run(door.journal()).started(layout_of(door.config), 1)
        assert (started.mode, started.machine, started.machine_by) == (
            "maintenance",
            "stopped",
            "anna",
        )
        assert started.shut == {"A": ("blocked",)}
        assert started.shift is not None
        assert started.shift.name == "late"


@pytest.mark.parametrize(
    "line",
    [
        b'{"do": "instruct", "instruction": "explode", "what": "A"}',
        b'{"do": "instruct", "instruction": "block", "what": "A\\u0000"}',
        b'{"do": "instruct", "instruction": "block", "what": "", "by": "root"}',
        b'{"do": "instruct", "instruction": "block"}',
    ],
)
@on_loop
async def test_what_is_no_instruction_is_refused(tmp_path: Path, line: bytes) -> None:
    async with Door(tmp_path) as door:
        assert "no request" in ((await door.ask(line)).refused or "")


@on_loop
async def test_a_parcel_that_was_removed_is_named_by_its_number(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        answer = await door.ask(encode(Instruct("removed", "P7")))
        assert answer.refused == "found 'P7', expected the number of a parcel"
        answer = await door.ask(encode(Instruct("removed", "7")))
        assert answer.refused == "no parcel of that number is on the belt"
