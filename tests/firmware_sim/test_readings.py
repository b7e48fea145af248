"""Readings that the PLC triggers at the tunnel eye and numbers, and the scanner's gates."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from firmware_sim.description import DescriptionError
from firmware_sim.faults import MissEdge
from firmware_sim.line import Line
from firmware_sim.manifest import Manifest
from firmware_sim.plant import ScannerFraming, read_plant
from tests.firmware_sim.bench import (
    EDGE_OFF,
    EDGE_ON,
    INDUCT_INPUT,
    TUNNEL_INPUT,
    ScriptedHost,
    parcel,
    small_plant,
)

NUMBERED = ScannerFraming(count_prefix=None, trigger_prefix="#")


def run(*faults: MissEdge, **plant: object) -> tuple[ScriptedHost, list[str]]:
    """Three parcels through the tunnel; gives the host, and what the scanner said."""
    built = msgspec.structs.replace(small_plant(scanner=NUMBERED), **plant)
    plans = tuple(parcel(name) for name in ("P1", "P2", "P3"))
    line = Line(built, Manifest(seed=1, parcels=plans, faults=faults), 1)
    line.feeder.start()
    host = ScriptedHost(line)
    host.run_until_done()
    return host, [
        telegram.decode("latin-1").strip("\x02\x03") for telegram in line.take_telegrams()
    ]


def numbers(host: ScriptedHost, kind: int, eye: int) -> list[int]:
    """What stands as `sequence` in an eye's edges."""
    return [entry[4] for entry in host.entries if entry[1:3] == (kind, eye)]


def test_each_head_at_the_tunnel_eye_triggers_a_reading_and_numbers_it() -> None:
    host, said = run()
    assert numbers(host, EDGE_ON, TUNNEL_INPUT) == [1, 2, 3]
    assert said == [f"#000000000{n};CODE-P{n}" for n in (1, 2, 3)]
    assert set(numbers(host, EDGE_OFF, TUNNEL_INPUT)) == {0}
    assert set(numbers(host, EDGE_ON, INDUCT_INPUT)) == {0}


@pytest.mark.parametrize("bits", [16, 32])
def test_a_counter_that_is_used_up_begins_at_1(bits: int) -> None:
    host, said = run(last_trigger=(1 << bits) - 2, trigger_bits=bits)
    assert numbers(host, EDGE_ON, TUNNEL_INPUT) == [(1 << bits) - 1, 1, 2]
    assert [int(telegram[1:11]) for telegram in said] == [(1 << bits) - 1, 1, 2]


def test_a_parcel_whose_head_was_missed_gets_nobody_s_number() -> None:
    host, said = run(MissEdge(parcel="P2", eye="tunnel", edge="head"))
    assert numbers(host, EDGE_ON, TUNNEL_INPUT) == [1, 2]
    assert said == ["#0000000001;CODE-P1", "CODE-P2", "#0000000002;CODE-P3"]


def test_a_plc_without_triggers_numbers_nothing() -> None:
    host, said = run(scanner=ScannerFraming(count_prefix=None))
    assert set(numbers(host, EDGE_ON, TUNNEL_INPUT)) == {0}
    assert said == ["CODE-P1", "CODE-P2", "CODE-P3"]


def test_a_last_number_wider_than_its_counter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plant.json"
    plant = msgspec.structs.replace(small_plant(), last_trigger=1 << 16, trigger_bits=16)
    path.write_bytes(msgspec.json.encode(plant))
    with pytest.raises(DescriptionError, match="last_trigger is 65536, expected a number of 16"):
        read_plant(path)
