"""One turn of a line: what is journalled, in which order, and before what is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sorter.disk.journal import FrameKind
from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.events import (
    ArmAccepted,
    BeltMoved,
    DeviceReady,
    DivertExecuted,
    EyeBlocked,
    RouteFound,
    TelegramGarbled,
    TelegramReceived,
)
from sorter.engine.reports import (
    ParcelClosed,
    ParcelDecided,
    ParcelInducted,
    ParcelScanned,
    TableInUse,
    TelegramUnreadable,
)
from sorter.engine.run_events import LineStarted, LineStopped
from sorter.protocol.telegram import Malformed, Telegram
from tests.control.line_bench import CONFIRM_A, INDUCT, LineBench
from tests.support.loops import on_loop
from tests.table.sources import parcels_csv, table_of


@on_loop
async def test_a_parcel_s_way_into_its_chute(tmp_path: Path) -> None:
    async with LineBench(tmp_path / "journal") as bench:
        bench.decide_by(table_of(tmp_path, parcels=parcels_csv({"CODE-1": "NORTH"})))
        await bench.open()
        head = await bench.induct()
        await bench.pass_tunnel(head)
        await bench.scan(head, "CODE-1")
        (order,) = bench.journalled(ArmDivert)
        assert order.target_count == head + 2000 - 100
        await bench.belt_to(order.target_count + 10)
        await bench.belt_to(head + 2350)
        await bench.edge(CONFIRM_A, True, head + 2350)
        (closed,) = bench.journalled(ParcelClosed)
        assert (closed.outcome, closed.chute, closed.reason) == ("confirmed", "A", "assigned")
        assert (closed.rule, closed.destination) == ("exact", "NORTH")
        assert bench.control.ledger.on_belt == 0
        assert bench.control.status()["closed"] == bench.control.ledger.closed
        story = [
            type(record.body)
            for record in bench.journal()
            if isinstance(
                record.body,
                EyeBlocked
                | ParcelInducted
                | TelegramReceived
                | ParcelScanned
                | LookUpRoute
                | RouteFound
                | ParcelDecided
                | ArmDivert
                | ArmAccepted
                | DivertExecuted
                | ParcelClosed,
            )
        ]
        assert story == [
            EyeBlocked,
            ParcelInducted,
            EyeBlocked,
            TelegramReceived,
            ParcelScanned,
            LookUpRoute,
            RouteFound,
            ParcelDecided,
            ArmDivert,
            ArmAccepted,
            DivertExecuted,
            EyeBlocked,
            ParcelClosed,
        ]


@on_loop
async def test_an_intent_is_in_the_journal_before_the_plc_hears_of_it(tmp_path: Path) -> None:
    async with LineBench(tmp_path / "journal") as bench:
        bench.decide_by(table_of(tmp_path, parcels=parcels_csv({"CODE-1": "NORTH"})))
        await bench.open()
        intents_at_write = []

        def look_into_the_journal(address: int, values: Sequence[int]) -> bool:
            if address >= 16:
                known = [order.sequence for order in bench.journalled(ArmDivert)]
                intents_at_write.append((values[2] << 16 | values[3], known))
            return False

        bench.refuse = look_into_the_journal
        head = await bench.induct()
        await bench.pass_tunnel(head)
        await bench.scan(head, "CODE-1")
        await bench.pass_ms(4)
        assert intents_at_write == [(1, [1])]


@on_loop
async def test_a_belt_that_only_moves_leaves_no_trace(tmp_path: Path) -> None:
    async with LineBench(tmp_path / "journal") as bench:
        await bench.open()
        before = len(bench.journal())
        await bench.pass_ms(200)
        assert len(bench.all_told(BeltMoved)) > 5
        assert len(bench.journal()) == before
        await bench.edge(INDUCT, True, bench.count)
        await bench.pass_ms(400)
        (closed,) = bench.journalled(ParcelClosed)
        assert (closed.outcome, closed.reason) == ("lost", "missed_eye")
        assert len(bench.journalled(BeltMoved)) == 1, "the one that had an effect"


@on_loop
async def test_without_a_table_every_parcel_is_unknown(tmp_path: Path) -> None:
    async with LineBench(tmp_path / "journal") as bench:
        await bench.open()
        head = await bench.induct()
        await bench.pass_tunnel(head)
        await bench.scan(head, "CODE-1")
        (decided,) = bench.journalled(ParcelDecided)
        assert (decided.rule, decided.chute, decided.table_revision) == ("unknown", None, 0)
        assert bench.journalled(ArmDivert) == []


@on_loop
async def test_a_telegram_that_is_none_is_journalled_and_reported(tmp_path: Path) -> None:
    async with LineBench(tmp_path / "journal") as bench:
        bench.control.hear(
            "top", Malformed("byte 0xff is not ASCII", "CO\\xff"), bench.clock.now_ns
        )
        (event,), (report,) = (
            bench.journalled(TelegramGarbled),
            bench.journalled(TelegramUnreadable),
        )
        assert event.why == report.why == "byte 0xff is not ASCII"


@on_loop
async def test_a_telegram_heard_late_says_how_far_the_belt_may_have_gone_since(
    tmp_path: Path,
) -> None:
    async with LineBench(tmp_path / "journal") as bench:
        await bench.open()
        now_ns = bench.clock.now_ns
        for late_ms in (0, 20, 300):
            bench.control.hear("top", Telegram(("A",), None), now_ns + late_ms * 1_000_000)
        prompt, late, too_late = bench.journalled(TelegramReceived)
        assert prompt.waited is not None
        assert late.waited == prompt.waited + 40, "20 ms at 2 pulses a ms"
        assert late.count == prompt.count + 40
        assert too_late.waited is None, "older than what position and speed can tell"


@on_loop
async def test_a_run_begins_and_ends_in_the_journal(tmp_path: Path) -> None:
    async with LineBench(tmp_path / "journal") as bench:
        await bench.open()
        bench.control.stop("asked to stop")
        assert isinstance(bench.journal()[0].body, LineStarted)
        assert len(bench.journalled(DeviceReady)) == 1
        (stopped,) = bench.journalled(LineStopped)
        assert stopped.why == "asked to stop"


@on_loop
async def test_reports_are_numbered_without_a_hole_and_say_which_table(tmp_path: Path) -> None:
    async with LineBench(tmp_path / "journal") as bench:
        bench.decide_by(table_of(tmp_path, parcels=parcels_csv({"CODE-1": "NORTH"})))
        await bench.open()
        await bench.induct()
        reports = [record for record in bench.journal() if record.kind == FrameKind.REPORT]
        assert [report.seq for report in reports] == list(range(1, len(reports) + 1))
        assert reports[-1].table_revision == 7
        assert [report.revision for report in bench.journalled(TableInUse)] == [7]
