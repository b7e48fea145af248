"""Plant and manifest files are refused with every fault they have, and nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware_sim.description import DescriptionError
from firmware_sim.faults import RemoveParcel
from firmware_sim.manifest import read_manifest
from firmware_sim.plant import read_plant
from tests.firmware_sim.bench import small_plant

MANIFEST: dict[str, Any] = {
    "seed": 1,
    "parcels": [
        {
            "id": "P1",
            "length_mm": 312.4,
            "codes": ["A"],
            "destination": None,
            "kind": "no_read",
            "divertable": False,
            "gap_mm": 190.0,
            "hold": None,
        }
    ],
    "faults": [{"kind": "remove", "parcel": "P1", "at_mm": 900.0}],
}


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def plant_with(**changes: object) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(small_plant())
    return {**plain, **changes}


def test_a_good_pair_of_files_is_read(tmp_path: Path) -> None:
    plant = read_plant(written(tmp_path / "plant.json", plant_with()))
    assert plant == small_plant()
    manifest = read_manifest(written(tmp_path / "manifest.json", MANIFEST), plant)
    assert manifest.parcels[0].length_mm == 312.4
    assert manifest.faults == (RemoveParcel(parcel="P1", at_mm=900),)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"speed_mps": 0}, "speed_mps is 0.0, expected more than 0"),
        ({"end_eye_mm": 4001}, "end_eye_mm is 4001.0, expected 0 to belt_length_mm"),
        ({"tunnel_input": 0}, "input 0 is used 2 times"),
        ({"tunnel_input": 64}, "input 64 does not exist, expected 0 to 63"),
        ({"diverters": []}, "chute A: diverter 1 does not exist"),
        (
            {"diverters": [{"number": 2, "at_mm": 9, "actuation_ms": -1, "return_ms": 0}]},
            "numbered [2], expected 1, 2, 3",
        ),
        ({"scanner": {"delay_ms": [5, 4]}}, "delay_ms is [5, 4]"),
        ({"scanner": {"frame_end": ""}}, "frame_end is empty"),
        ({"scanner": {"separator": "\u20ac"}}, "beyond Latin-1"),
        (
            {"along": [{"name": "tunnel", "at_mm": 100.0, "input": 3}]},
            "eye 'tunnel' is used 2 times",
        ),
        (
            {"along": [{"name": "gate", "at_mm": 100.0, "input": 3}]},
            "eye gate: at_mm is 100.0, expected between tunnel_eye_mm (500.0) and end_eye_mm",
        ),
        ({"guards": [{"from_mm": 9, "to_mm": 8}]}, "guard from_mm 9.0 is not before to_mm 8.0"),
        ({"eye_jitter_mm": 10}, "eye_jitter_mm is 10.0, expected 0 to 9"),
        ({"encoder_error": -0.1}, "encoder_error is -0.1, expected 0 to 0.02"),
        ({"speed": 2}, "unknown field `speed`"),
        ({"speed_mps": "fast"}, "$.speed_mps"),
    ],
)
def test_a_plant_that_cannot_be_built_is_refused(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    path = written(tmp_path / "plant.json", plant_with(**changes))
    with pytest.raises(DescriptionError) as refused:
        read_plant(path)
    assert told in str(refused.value)
    assert str(path) in str(refused.value)


def test_chutes_are_judged_each_by_name(tmp_path: Path) -> None:
    chutes = plant_with()["chutes"]
    chutes[1].update(name="A", side="left", full_at=0, slide_mm=3)
    with pytest.raises(DescriptionError) as refused:
        read_plant(written(tmp_path / "plant.json", plant_with(chutes=chutes)))
    faults = str(refused.value).splitlines()
    assert [fault.split(": ", 1)[1] for fault in faults] == [
        "chute 'A' is used 2 times, expected once",
        "outlet '1 left' is used 2 times, expected once",
        "chute A: full_at is 0, expected 1 or more",
        "chute A: slide_mm is 3.0, expected 20 or more",
    ]


def test_a_manifest_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    bad = {**MANIFEST["parcels"][0], "length_mm": 10.0, "gap_mm": 5.0, "codes": ["\u20ac"]}
    manifest = {
        "seed": 1,
        "parcels": [bad, bad],
        "faults": [{"kind": "remove", "parcel": "P9", "at_mm": 9e9}],
    }
    with pytest.raises(DescriptionError) as refused:
        read_manifest(written(tmp_path / "manifest.json", manifest), small_plant())
    text = str(refused.value)
    for told in (
        "parcel 'P1' is used 2 times",
        "length_mm is 10.0, expected 50 to 4000",
        "gap_mm is 5.0, expected at least min_gap_mm (20",
        "holds characters beyond Latin-1",
        "fault P9: no such parcel",
        "at_mm is 9000000000.0",
    ):
        assert told in text


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"kind": "slip", "at_mm": 4001.0, "by_mm": 30.0}, "fault P1: at_mm is 4001.0"),
        ({"kind": "miss_edge", "eye": "gate", "edge": "head"}, "no eye 'gate', which are: chute"),
        ({"kind": "miss_edge", "eye": "end", "edge": "side"}, "Invalid enum value 'side'"),
        ({"kind": "short_gap", "gap_mm": -1.0}, "gap_mm is -1.0, expected 0 or more"),
        ({"kind": "stray", "at_mm": 9.0, "length_mm": 5.0}, "stray: length_mm is 5.0"),
        (
            {"kind": "swap", "at_mm": 9.0, "takes_ms": 0.0, "errors_mm": [0.0, 0.0]},
            "takes_ms is 0.0, expected more than 0",
        ),
        (
            {"kind": "stop", "at_mm": 9.0, "coast_mm": 9.0, "for_ms": -1.0},
            "coast_mm 9.0 or for_ms -1.0 is negative",
        ),
        ({"kind": "explode"}, "Invalid value 'explode'"),
    ],
)
def test_a_fault_that_cannot_happen_is_refused(
    tmp_path: Path, fault: dict[str, object], told: str
) -> None:
    path = written(tmp_path / "manifest.json", {**MANIFEST, "faults": [{"parcel": "P1", **fault}]})
    with pytest.raises(DescriptionError) as refused:
        read_manifest(path, small_plant())
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "Input data was truncated"), (b"\xff\xfe{}", "invalid character"), (b"[]", "Expected")],
)
def test_a_file_that_is_no_description_is_refused(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "plant.json"
    path.write_bytes(content)
    with pytest.raises(DescriptionError, match=r"plant\.json") as refused:
        read_plant(path)
    assert told in str(refused.value)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="cannot be read: No such file"):
        read_plant(tmp_path / "plant.json")
