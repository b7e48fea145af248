"""What a line does for callers at its door: it swaps tables between parcels, or says why not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sorter.cli.line_told import status_told
from sorter.control.local_commands import LocalCommands
from sorter.engine.reports import ParcelDecided, PlanInUse, TableInUse
from sorter.protocol.local import Activate, Answer, Instruct, ShowStatus, decode_answer, encode
from sorter.table import Stored, TableStore
from tests.control.line_bench import LineBench
from tests.support.loops import on_loop
from tests.table.sources import HEAD, compiled, parcels_csv

PLAN = """
line = "line-1"
revision = REVISION
[destinations]
NORTH = { chutes = ["CHUTE"] }
SOUTH = { chutes = ["B"] }
[fallback]
no_read = "end"
unknown = "end"
misread = "end"
conflict = "end"
overflow = "end"
"""


class Door(LineBench):
    """A line, its store, and somebody who asks."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "journal")
        self._sources = folder
        self.store = TableStore(folder / "store")

    def load_table(self, revision: int, destination: str) -> Stored:
        head = HEAD.replace("revision = 7", f"revision = {revision}")
        csv = parcels_csv({f"CODE-{number}": destination for number in range(9)})
        return self.store.load_table(compiled(self._sources, head, parcels=csv))

    def load_plan(self, revision: int = 1, chute: str = "A") -> Stored:
        path = self._sources / "plan.toml"
        path.write_text(PLAN.replace("REVISION", str(revision)).replace("CHUTE", chute))
        return self.store.load_plan(path, "line-1")

    def commands(self) -> LocalCommands:
        return LocalCommands(self.control, self.store, self.config)

    async def ask(self, line: bytes, commands: LocalCommands | None = None) -> Answer:
        return decode_answer(await (commands or self.commands()).answer(line, "anna"))

    async def activate(self, table: Stored, plan: Stored) -> Answer:
        return await self.ask(encode(Activate(table=table.digest, plan=plan.digest)))

    async def sort(self, code: str) -> ParcelDecided:
        """Let one parcel come to its decision."""
        head = await self.induct()
        await self.pass_tunnel(head)
        await self.scan(head, code)
        return self.journalled(ParcelDecided)[-1]


@on_loop
async def test_a_table_is_swapped_between_two_parcels(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        await door.open()
        plan = door.load_plan()
        first, second = door.load_table(1, "NORTH"), door.load_table(2, "SOUTH")
        answer = await door.activate(first, plan)
        assert answer.done == {
            "line": "line-1",
            "table": {"name": "test-hub", "revision": 1, "digest": first.digest},
            "plan": {"revision": 1, "digest": plan.digest},
        }
        before = await door.sort("CODE-1")
        head = await door.induct()
        await door.activate(second, plan)
        await door.pass_tunnel(head)
        await door.scan(head, "CODE-2")
        after = door.journalled(ParcelDecided)[-1]
        assert (before.parcel, before.chute, before.table_revision) == (1, "A", 1)
        assert (after.parcel, after.chute, after.table_revision) == (2, "B", 2)
        assert [(t.revision, t.by) for t in door.journalled(TableInUse)] == [
            (1, "anna"),
            (2, "anna"),
        ]
        active = door.store.active("line-1")
        assert active is not None
        assert active.table.digest == second.digest


@on_loop
async def test_the_status_tells_what_the_line_decides_by(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        table, plan = door.load_table(3, "NORTH"), door.load_plan()
        status = (await door.ask(encode(ShowStatus()))).done
        assert status is not None
        assert (status["plc_ready"], status["table"]) == (False, None)
        await door.open()
        await door.activate(table, plan)
        await door.induct()
        status = (await door.ask(encode(ShowStatus()))).done
        assert status is not None
        assert (status["plc_ready"], status["inducted"], status["on_belt"]) == (True, 1, 1)
        assert status["table"] == {"name": "test-hub", "revision": 3, "digest": table.digest}


@on_loop
async def test_the_status_tells_what_is_wrong_with_the_line(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        await door.open()
        await door.ask(encode(Instruct("block", "OVF")))
        status = (await door.ask(encode(ShowStatus()))).done
        assert status is not None
        assert (status["machine"], status["mode"]) == ("suspended", "production")
        assert (status["infeed"], status["held_by"]) == ("held", ["overflow_full"])
        assert status["shut"] == {"OVF": ["blocked"]}
        told = list(status_told(status))
        assert told[0].startswith("line-1: suspended, production (line: overflow_full")
        assert "  infeed   held by overflow_full" in told
        assert "  shut     OVF: blocked" in told
        assert told[-1] == (
            "  alarm    overflow_full line-1 (high, active): Empty the overflow chutes."
        )


@on_loop
async def test_a_pair_that_is_not_there_is_refused(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        table, plan = door.load_table(1, "NORTH"), door.load_plan()
        unknown = table._replace(digest="0" * 64)
        assert "no routing tables called" in ((await door.activate(unknown, plan)).refused or "")
        unknown = plan._replace(digest="f" * 64)
        assert "no chute plans of line line-1" in (
            (await door.activate(table, unknown)).refused or ""
        )
        assert door.store.active("line-1") is None
        assert door.journalled(TableInUse) == []


@on_loop
async def test_a_plan_with_a_chute_the_line_lacks_is_refused(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        table, plan = door.load_table(1, "NORTH"), door.load_plan(chute="C77")
        refused = (await door.activate(table, plan)).refused
        assert refused is not None
        assert "destinations.NORTH" in refused
        assert "C77" in refused
        assert "A, B, OVF" in refused
        assert door.store.active("line-1") is None
        assert door.journalled(PlanInUse) == []


@pytest.mark.parametrize("at", [0, 40, -1])
@on_loop
async def test_a_damaged_table_is_refused_and_the_old_one_decides_on(
    tmp_path: Path, at: int
) -> None:
    async with Door(tmp_path) as door:
        await door.open()
        plan = door.load_plan()
        first, second = door.load_table(1, "NORTH"), door.load_table(2, "SOUTH")
        await door.activate(first, plan)
        content = bytearray(second.path.read_bytes())
        content[at] ^= 0xFF
        second.path.write_bytes(content)
        refused = (await door.activate(second, plan)).refused
        assert refused is not None
        assert str(second.path) in refused
        assert (await door.sort("CODE-1")).table_revision == 1
        active = door.store.active("line-1")
        assert active is not None
        assert active.table.digest == first.digest


@on_loop
async def test_what_is_no_request_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        for line in (b"\n", b"{}\n", b'{"do": "fire"}\n', b"\xff\n", b'{"do":"activate"}\n'):
            assert ((await door.ask(line)).refused or "").startswith("no request: ")
        assert door.journalled(TableInUse) == []


@on_loop
async def test_of_two_activations_at_once_line_and_store_agree_on_the_last(tmp_path: Path) -> None:
    async with Door(tmp_path) as door:
        plan = door.load_plan()
        tables = [door.load_table(revision, "NORTH") for revision in range(1, 6)]
        commands = door.commands()
        await asyncio.gather(
            *(
                door.ask(encode(Activate(table=table.digest, plan=plan.digest)), commands)
                for table in tables
            )
        )
        active = door.store.active("line-1")
        assert active is not None
        assert door.journalled(TableInUse)[-1].digest == active.table.digest
        assert len(door.journalled(TableInUse)) == 5
