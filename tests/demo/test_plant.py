"""Twin and controller are told the same line."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_sim.manifest import read_manifest
from firmware_sim.plant import Plant, read_plant
from sorter.config import LineConfig, load_config
from sorter.demo.mix import make_mix, write_manifest
from sorter.demo.plant import (
    ACTUATION_MS,
    FILLING_CHUTE,
    LINE_NAME,
    MIN_GAP_MM,
    RETURN_MS,
    SPEED_MPS,
    line_toml,
    write_plant,
)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return read_plant(write_plant(tmp_path, full_at=14, never=301))


@pytest.fixture
def line(tmp_path: Path) -> LineConfig:
    config = tmp_path / "sorter.toml"
    config.write_text(
        '[box]\nname = "box-1"\nsite = "liege"\n' + line_toml(plc_port=1502, scanner_port=2112)
    )
    return load_config(config).line(LINE_NAME)


def test_belt_and_eyes_are_the_same_for_twin_and_config(plant: Plant, line: LineConfig) -> None:
    assert line.belt.speed_mps == plant.speed_mps
    assert line.belt.pulses_per_m == plant.pulses_per_m
    eyes = line.eyes
    assert eyes.end is not None
    assert [(eye.at_mm, eye.input) for eye in (eyes.induct, eyes.tunnel, eyes.end)] == [
        (plant.induct_eye_mm, plant.induct_input),
        (plant.tunnel_eye_mm, plant.tunnel_input),
        (plant.end_eye_mm, plant.end_input),
    ]


def test_the_config_expects_the_telegrams_that_the_scanner_sends(
    plant: Plant, line: LineConfig
) -> None:
    (scanner,) = line.scanners
    assert (line.plc.port, scanner.port) == (1502, 2112)
    assert scanner.at_mm == plant.scanner_mm
    for field in ("frame_start", "frame_end", "separator", "no_read", "count_prefix"):
        assert getattr(scanner, field) == getattr(plant.scanner, field)
    assert scanner.min_delay_ms <= plant.scanner.delay_ms[0]
    assert scanner.max_delay_ms >= plant.scanner.delay_ms[1]


def test_diverters_and_chutes_are_the_same_for_twin_and_config(
    plant: Plant, line: LineConfig
) -> None:
    numbers = {diverter.name: diverter.number for diverter in line.diverters}
    assert [(d.number, d.at_mm, d.actuation_ms, d.return_ms) for d in line.diverters] == [
        (d.number, d.at_mm, d.actuation_ms, d.return_ms) for d in plant.diverters
    ]
    assert [
        (c.name, numbers[c.diverter], c.side, c.confirm_input, c.full_input, c.slide_mm)
        for c in line.chutes
    ] == [
        (c.name, c.diverter, c.side, c.confirm_input, c.full_input, c.slide_mm)
        for c in plant.chutes
    ]
    assert [c.name for c in line.chutes if c.overflow] == [
        c.name for c in plant.chutes if c.destinations == ("*",)
    ]


def test_one_chute_fills_and_no_other_can(plant: Plant) -> None:
    assert {c.full_at for c in plant.chutes if c.name == FILLING_CHUTE} == {14}
    assert {c.full_at for c in plant.chutes if c.name != FILLING_CHUTE} == {301}


def test_the_smallest_gap_leaves_a_diverter_the_time_it_needs() -> None:
    assert (ACTUATION_MS + RETURN_MS) * SPEED_MPS + 30 == MIN_GAP_MM


def test_the_twin_takes_the_manifest(tmp_path: Path) -> None:
    mix = make_mix(40, 18_000, seed=5)
    plant = read_plant(write_plant(tmp_path, full_at=mix.full_at, never=41))
    manifest = read_manifest(write_manifest(tmp_path, mix), plant)
    assert [parcel.id for parcel in manifest.parcels] == [parcel.id for parcel in mix.parcels]
