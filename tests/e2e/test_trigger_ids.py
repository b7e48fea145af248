"""Neighbours 150 mm apart whose telegrams come late and swapped are both right by trigger id."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from sorter.demo.mix import make_mix
from sorter.demo.reconcile import Reconciliation
from sorter.demo.run import Demo, DemoOptions
from sorter.disk.journal import JournalReader
from sorter.engine.events import TelegramReceived
from sorter.engine.reports import ParcelScanned, TelegramUnbound

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PARCELS = 20
LATE_MS = (200, 600)
LENGTH_MM = 260.0
GAP_MM = 150.0
# The counter of the PLC is used up while they pass.
COUNTER = {"last_trigger": (1 << 16) - 8, "trigger_bits": 16}


def test_swapped_telegrams_of_close_neighbours_find_their_parcels(tmp_path: Path) -> None:
    result, codes = _run(tmp_path)
    told = _journalled(tmp_path, TelegramReceived)
    numbers = [telegram.trigger for telegram in told]
    in_order = sorted(numbers, key=lambda n: (n + 100) % 0xFFFF)
    assert {0xFFFF, 1} < set(numbers), "the counter went over its end"
    assert numbers != in_order, "none was swapped: the story tells nothing"
    assert all(telegram.sent_count is None for telegram in told)
    scanned = {report.parcel: report.codes for report in _journalled(tmp_path, ParcelScanned)}
    assert scanned == dict(enumerate(codes, start=1))
    assert not _journalled(tmp_path, TelegramUnbound)
    assert (result.misdiverted, result.lost) == (0, 0), result.failures


def _run(folder: Path) -> tuple[Reconciliation, list[tuple[str, ...]]]:
    async def run() -> tuple[Reconciliation, list[tuple[str, ...]]]:
        demo = Demo(make_mix(PARCELS, 18_000, seed=8), DemoOptions(folder))
        codes = _close_together(demo.world.manifest)
        _numbered_readings(demo.world.plant)
        write_config = demo.world.write_config

        def write_numbered(**ports: Any) -> None:
            write_config(**ports)
            text = demo.world.config.read_text()
            text = text.replace('count_prefix = "@"', 'trigger_prefix = "#"')
            text = re.sub(r"max_delay_ms = \d+", f"max_delay_ms = {LATE_MS[1] + 50}", text)
            demo.world.config.write_text(text)

        demo.world.write_config = write_numbered  # type: ignore[method-assign] # another scanner
        return await demo.run(lambda _progress: None), codes

    return asyncio.run(run())


def _close_together(manifest: Path) -> list[tuple[str, ...]]:
    """Parcels of one length in pairs; gives their codes in the order of the belt."""
    content = json.loads(manifest.read_text())
    for number, parcel in enumerate(content["parcels"]):
        parcel["length_mm"] = LENGTH_MM
        parcel["gap_mm"] = GAP_MM if number % 2 else 3 * GAP_MM
    manifest.write_text(json.dumps(content))
    return [tuple(parcel["codes"]) for parcel in content["parcels"]]


def _numbered_readings(plant: Path) -> None:
    """A scanner that counts nothing, is late, and sends back the number it was triggered with."""
    content = json.loads(plant.read_text()) | COUNTER | {"min_gap_mm": GAP_MM}
    content["scanner"] |= {"count_prefix": None, "trigger_prefix": "#", "delay_ms": LATE_MS}
    plant.write_text(json.dumps(content))


def _journalled(folder: Path, kind: type[Any]) -> list[Any]:
    (journal,) = (folder / "box" / "journal").iterdir()
    with JournalReader(journal) as reader:
        return [r.body for r in reader.read_new(100_000) if isinstance(r.body, kind)]
