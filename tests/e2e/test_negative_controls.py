"""The demo must be able to fail: controllers that are wrong in ways that hurt are found out."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from sorter.demo.mix import Mix, make_mix
from sorter.demo.plant import EYES, SCANNER_MM
from sorter.demo.reconcile import Reconciliation
from sorter.demo.run import Demo, DemoOptions

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

LIFTED = "P0004"
# Its tail is past the tunnel eye, its middle before the scanner: proven, and never read.
LIFTED_BEHIND_TUNNEL_MM = 20.0


def test_one_parcel_lifted_off_costs_only_itself(tmp_path: Path) -> None:
    mix = make_mix(30, 18_000, seed=8)
    result = _run(tmp_path, mix, lifted=LIFTED)
    assert (result.misdiverted, result.lost) == (0, 0)
    assert result.outcomes["lost"] == 1
    assert result.diverted >= result.divertable - 1


def test_a_lost_parcels_task_handed_to_the_next_one_makes_the_demo_fail(tmp_path: Path) -> None:
    mix = make_mix(30, 18_000, seed=8)
    result = _run(tmp_path, mix, fault="by_order", lifted=LIFTED)
    assert result.misdiverted > 0
    assert any("in a wrong chute" in failure for failure in result.failures)


def test_a_register_map_shifted_by_one_makes_the_demo_fail(tmp_path: Path) -> None:
    mix = make_mix(20, 18_000, seed=9)
    result = _run(tmp_path, mix, fault="shifted_map")
    assert result.diverted == 0
    assert any("are in their chute" in failure for failure in result.failures)
    assert result.misdiverted == 0, "a refused frame must not divert anybody"


def _run(
    folder: Path, mix: Mix, *, fault: str | None = None, lifted: str | None = None
) -> Reconciliation:
    async def run() -> Reconciliation:
        control = DemoOptions(folder).control_argv
        if fault is not None:
            control = (sys.executable, "-m", "tests.e2e.bad_control", fault)
        demo = Demo(mix, DemoOptions(folder, control_argv=control))
        if lifted is not None:
            _lift_off(demo.world.manifest, lifted)
        return await demo.run(lambda _progress: None)

    return asyncio.run(run())


def _lift_off(manifest: Path, parcel: str) -> None:
    """Have somebody take the parcel off the belt between tunnel eye and scanner."""
    content = json.loads(manifest.read_text())
    length_mm = next(p["length_mm"] for p in content["parcels"] if p["id"] == parcel)
    at_mm = EYES["tunnel"][0] + length_mm + LIFTED_BEHIND_TUNNEL_MM
    assert at_mm < SCANNER_MM + length_mm / 2, "too long to be lifted off between the two"
    content["faults"] = [{"kind": "remove", "parcel": parcel, "at_mm": at_mm}]
    manifest.write_text(json.dumps(content))
