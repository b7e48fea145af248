"""Stories of a belt that is a loop: what comes round, and what is let in between."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from firmware_sim.description import DescriptionError
from firmware_sim.line import Line
from firmware_sim.manifest import Manifest
from firmware_sim.parcels import Parcel
from firmware_sim.physics import Physics
from firmware_sim.plant import Plant, read_plant
from tests.firmware_sim.bench import EDGE_ON, INDUCT_INPUT, TUNNEL_INPUT, ScriptedHost, parcel
from tests.firmware_sim.test_faults import exact_plant

LAP_MM = 4000.0


def loop(**changes: object) -> Plant:
    """The small plant without its end, 4 m around."""
    return exact_plant(end_eye_mm=None, end_input=None, **changes)


def fed(*lengths_mm: float) -> tuple[Physics, list[Parcel]]:
    physics = Physics(loop())
    bodies = [
        Parcel(parcel(f"P{n}", length_mm=length), 1) for n, length in enumerate(lengths_mm, 1)
    ]
    for place, body in enumerate(bodies):
        physics.feed(body, place * 1000.0)
        physics.advance(place * 400 + 1, place * 1000.0 + 1)
    return physics, bodies


def test_what_nobody_takes_off_comes_to_the_induct_eye_again() -> None:
    plant = loop()
    line = Line(plant, Manifest(seed=1, parcels=(parcel("P1"),)), 1)
    host = ScriptedHost(line)
    line.feeder.start()
    host.run(4400)
    counts = [
        count
        for _, kind, index, count, _ in host.entries
        if (kind, index) == (EDGE_ON, INDUCT_INPUT)
    ]
    assert [count - counts[0] for count in counts] == [0, LAP_MM, 2 * LAP_MM]
    tunnel = [1 for _, kind, index, *_ in host.entries if (kind, index) == (EDGE_ON, TUNNEL_INPUT)]
    assert len(tunnel) == 3
    assert line.status().on_belt == 1


def test_it_is_read_on_each_lap() -> None:
    physics, (body,) = fed(300.0)
    read = 0
    for n in range(1, 101):
        physics.advance(n * 48, n * 120.0 + 2)
        read += len(physics.readings)
    assert body.laps == 3
    assert read == 3, "it is not at the scanner yet on the fourth lap"


@pytest.mark.parametrize(
    ("travel_mm", "has_room"),
    [
        (100.0, False),  # it has only just gone in
        (1000.0, True),
        (3000.0, True),
        (3600.0, False),  # it comes round before the other would be in
        (4200.0, False),
        (4700.0, True),
    ],
)
def test_a_parcel_is_let_in_where_what_comes_round_leaves_room(
    travel_mm: float, has_room: bool
) -> None:
    physics, _ = fed(300.0)
    physics.advance(10_000, travel_mm)
    newcomer = Parcel(parcel("N", length_mm=300.0, gap_mm=250.0), 1)
    assert physics.bodies.has_room(newcomer, None, travel_mm) is has_room


def test_the_last_body_is_the_neighbour_ahead_of_the_first() -> None:
    physics, (first, last) = fed(300.0, 400.0)
    ahead_mm, behind_mm = physics.bodies.room_mm(first)
    assert (ahead_mm, behind_mm) == (4000 - 1000 - 400, 1000 - 300)
    assert physics.bodies.room_mm(last) == (1000 - 300, 4000 - 1000 - 400)


def test_a_plant_has_both_an_end_eye_and_its_input_or_neither(tmp_path: Path) -> None:
    file = tmp_path / "plant.json"
    file.write_bytes(msgspec.json.encode(loop()))
    assert read_plant(file).is_loop
    file.write_bytes(msgspec.json.encode(exact_plant(end_input=None)))
    with pytest.raises(DescriptionError, match="expected both, or none of them on a loop"):
        read_plant(file)
