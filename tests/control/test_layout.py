"""A line's millimetres and milliseconds as the engine's pulses."""

from __future__ import annotations

import pytest

from sorter.config import LineConfig
from sorter.control.layout import LayoutError, layout_of
from tests.control.lines import line_config


def with_(line: LineConfig, **changes: object) -> LineConfig:
    """The same line with some sections changed."""
    return LineConfig.model_validate(line.model_dump() | changes)


def test_places_scale_with_the_encoder_and_delays_with_the_speed() -> None:
    line = line_config()
    fine = with_(line, belt=line.belt.model_dump() | {"pulses_per_m": 2 * line.belt.pulses_per_m})
    coarse_layout, fine_layout = layout_of(line), layout_of(fine)
    assert fine_layout.tunnel == 2 * coarse_layout.tunnel
    assert fine_layout.end == 2 * coarse_layout.end
    assert fine_layout.pulses_per_m == fine.belt.pulses_per_m
    for name, diverter in coarse_layout.diverters.items():
        assert fine_layout.diverters[name].lead == 2 * diverter.lead
        assert fine_layout.diverters[name].pulse_ms == diverter.pulse_ms


def test_a_diverter_acts_before_the_head_comes_and_is_away_after_it_has_gone() -> None:
    line = line_config()
    layout = layout_of(line)
    for config in line.diverters:
        place = layout.diverters[config.name]
        acting_mm = config.actuation_ms * line.belt.speed_mps
        returning_mm = config.return_ms * line.belt.speed_mps
        assert place.lead * 1000 / line.belt.pulses_per_m > acting_mm
        assert place.clear * 1000 / line.belt.pulses_per_m > returning_mm


def test_a_scanner_whose_telegrams_come_too_late_for_the_first_diverter_is_refused() -> None:
    line = line_config()
    slow = [scanner.model_dump() | {"max_delay_ms": 9000} for scanner in line.scanners]
    with pytest.raises(LayoutError, match="move the scanner forward or the diverter back"):
        layout_of(with_(line, scanners=slow))


def test_what_shuts_a_chute_is_told_in_the_engine_s_units() -> None:
    line = line_config()
    chute = line.chutes[0].model_dump() | {
        "full_after_ms": 500,
        "room": 6,
        "rate": {"parcels": 10, "in_s": 60.0},
    }
    layout = layout_of(with_(line, chutes=[chute], release_after_ms=3000))
    place = layout.chutes[line.chutes[0].name]
    assert (place.full_after_ns, place.open_after_ns) == (500_000_000, 2_000_000_000)
    assert (place.room, place.rate, place.rate_window) == (6, 10, 150_000)
    assert layout.release_after_ns == 3_000_000_000
    assert layout.jam_after == 2 * layout.max_length
    assert {diverter.fault_after for diverter in layout.diverters.values()} == {3}


def test_a_chute_without_limits_has_none() -> None:
    layout = layout_of(line_config())
    assert {(place.room, place.rate) for place in layout.chutes.values()} == {(0, 0)}


def test_eyes_along_the_belt_stand_in_the_layout_in_their_order() -> None:
    line = line_config()
    along = [
        {"name": "A1", "at_mm": 2600, "input": 50},
        {"name": "A2", "at_mm": 3500, "input": 51},
    ]
    layout = layout_of(with_(line, eyes=line.eyes.model_dump() | {"along": along}))
    places = [(eye.eye, eye.at) for eye in layout.along]
    assert places == [("along:A1", 2600), ("along:A2", 3500)]


def as_loop(line: LineConfig, loop_mm: float) -> LineConfig:
    """The same belt, come back to its induct eye."""
    belt = line.belt.model_dump() | {"loop_mm": loop_mm, "max_laps": 4}
    return with_(line, belt=belt, eyes=line.eyes.model_dump() | {"end": None})


def test_a_loop_ends_where_it_begins() -> None:
    layout = layout_of(as_loop(line_config(), 9000.0))
    assert (layout.end, layout.lap, layout.max_laps) == (9000, 9000, 4)
    assert layout_of(line_config()).lap == 0


def test_a_chute_behind_the_seam_of_a_loop_is_refused() -> None:
    line = line_config()
    last_mm = max(diverter.at_mm for diverter in line.diverters)
    with pytest.raises(LayoutError, match=r"move diverter D\d forward"):
        layout_of(as_loop(line, last_mm + 200))
