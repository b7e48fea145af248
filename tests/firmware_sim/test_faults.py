"""Stories of what goes wrong on a belt, and what the plant and its eyes make of it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.drive import Drive
from firmware_sim.faults import (
    AnyFault,
    MissEdge,
    ShortGap,
    SlipParcel,
    StopBelt,
    StrayBody,
    SwapParcels,
)
from firmware_sim.hands import CLEARANCE_MM
from firmware_sim.line import Line
from firmware_sim.manifest import Manifest, ParcelPlan
from firmware_sim.parcels import Parcel
from firmware_sim.physics import Physics
from firmware_sim.plant import AlongEye, Guard, Plant
from tests.firmware_sim.bench import (
    EDGE_OFF,
    EDGE_ON,
    END_INPUT,
    INDUCT_INPUT,
    TUNNEL_INPUT,
    ScriptedHost,
    parcel,
    row_of,
    small_plant,
)

ALONG_INPUT = 3


def exact_plant(**changes: object) -> Plant:
    """The small plant with eyes and an encoder that do not err, and an eye along the belt."""
    plan: dict[str, object] = {
        **msgspec.structs.asdict(small_plant()),
        "along": (AlongEye("gate", 1600, ALONG_INPUT),),
        "eye_jitter_mm": 0.0,
        "encoder_error": 0.0,
        **changes,
    }
    return msgspec.convert(plan, Plant)


def heads(
    faults: list[AnyFault], parcels: list[ParcelPlan], **changes: object
) -> tuple[Line, dict[tuple[int, int], list[int]]]:
    """The line after its run, and the counts of each (edge, input) since the first head."""
    manifest = Manifest(seed=1, parcels=tuple(parcels), faults=tuple(faults))
    line = Line(exact_plant(**changes), manifest, 1)
    line.feeder.start()
    host = ScriptedHost(line)
    host.run_until_done()
    seen: dict[tuple[int, int], list[int]] = {}
    for _, kind, index, count, _ in host.entries:
        seen.setdefault((kind, index), []).append(count - host.entries[0][3])
    return line, seen


def test_an_eye_along_the_belt_sees_every_head_and_tail() -> None:
    _, seen = heads([], [parcel("P1")])
    assert seen[EDGE_ON, ALONG_INPUT] == [pytest.approx(1600, abs=1)]
    assert seen[EDGE_OFF, ALONG_INPUT] == [pytest.approx(1900, abs=1)]


@pytest.mark.parametrize("by_mm", [-120.0, 120.0])
def test_a_slip_moves_a_parcel_against_the_belt_for_good(by_mm: float) -> None:
    _, seen = heads([SlipParcel("P1", 900.0, by_mm)], [parcel("P1")])
    assert seen[EDGE_ON, TUNNEL_INPUT] == [pytest.approx(500, abs=1)]
    assert seen[EDGE_ON, ALONG_INPUT] == [pytest.approx(1600 - by_mm, abs=1)]
    assert seen[EDGE_OFF, END_INPUT] == [pytest.approx(4100 - by_mm, abs=1)]


@pytest.mark.parametrize(("by_mm", "length"), [(-120.0, 420), (120.0, 240)])
def test_a_parcel_that_slips_under_an_eye_seems_longer_or_shorter(
    by_mm: float, length: int
) -> None:
    _, seen = heads([SlipParcel("P1", 600.0, by_mm)], [parcel("P1")])
    head, tail = seen[EDGE_ON, TUNNEL_INPUT][0], seen[EDGE_OFF, TUNNEL_INPUT][0]
    # What slips ahead leaves the eye before it has gained everything.
    assert tail - head == pytest.approx(length if by_mm < 0 else 300 - 100, abs=2)


def test_a_slip_ends_at_the_neighbour() -> None:
    slips: list[AnyFault] = [SlipParcel("P1", 900.0, -300.0), SlipParcel("P3", 900.0, 300.0)]
    line, seen = heads(slips, [parcel(f"P{n}", gap_mm=100.0) for n in (1, 2, 3)])
    gate = seen[EDGE_ON, ALONG_INPUT]
    assert gate == [pytest.approx(1700, abs=1)], "the three are one body now"
    assert seen[EDGE_OFF, ALONG_INPUT][-1] - gate[0] == pytest.approx(900, abs=2)
    assert line.injected == {"slip": 2}


@pytest.mark.parametrize(
    ("eye", "index"), [("induct", INDUCT_INPUT), ("tunnel", TUNNEL_INPUT), ("gate", ALONG_INPUT)]
)
@pytest.mark.parametrize(("edge", "kind"), [("head", EDGE_ON), ("tail", EDGE_OFF)])
def test_an_edge_that_is_missed_is_never_told(eye: str, index: int, edge: str, kind: int) -> None:
    fault = msgspec.convert(
        {"kind": "miss_edge", "parcel": "P1", "eye": eye, "edge": edge}, MissEdge
    )
    line, seen = heads([fault], [parcel("P1"), parcel("P2")])
    assert len(seen[kind, index]) == 1
    assert len(seen[EDGE_ON + EDGE_OFF - kind, index]) == 2
    assert (row_of(line, "P1").induct_count is None) is (eye == "induct" and edge == "head")
    assert line.plc.read_input(21, 4) == [0, 0, 0, 0], "the input shows the truth all the same"


def test_a_gap_is_short_when_the_manifest_says_so() -> None:
    line, seen = heads([ShortGap("P2", 25.0)], [parcel("P1"), parcel("P2"), parcel("P3")])
    tails, ons = seen[EDGE_OFF, INDUCT_INPUT], seen[EDGE_ON, INDUCT_INPUT]
    gaps = [on - off for off, on in zip(tails, ons[1:], strict=False)]
    assert gaps == [pytest.approx(25, abs=1), pytest.approx(250, abs=1)]
    assert line.injected == {"short_gap": 1}


def test_something_else_is_put_into_the_next_gap_that_has_room() -> None:
    fault = StrayBody("P1", 1400.0, length_mm=200.0, destination="BB")
    line, seen = heads(
        [fault], [parcel("P1", gap_mm=200.0), parcel("P2", gap_mm=200.0), parcel("P3")]
    )
    assert len(seen[EDGE_ON, INDUCT_INPUT]) == 3
    assert len(seen[EDGE_ON, ALONG_INPUT]) == 4
    stray = line.truth().parcels[-1]
    assert (stray.id, stray.ended, stray.induct_count) == ("P1+", "end", None)


def test_neighbours_that_are_swapped_lie_in_each_other_s_place_a_second_later() -> None:
    fault = SwapParcels("P1", 1000.0, takes_ms=1000.0, errors_mm=(10.0, -15.0))
    _, seen = heads([fault], [parcel("P1"), parcel("P2", length_mm=200.0)])
    # Lifted at 1000 and 450, laid down 2500 further on: the gate saw neither.
    assert (EDGE_ON, ALONG_INPUT) not in seen
    on, off = seen[EDGE_ON, END_INPUT], seen[EDGE_OFF, END_INPUT]
    assert [tail - head for head, tail in zip(on, off, strict=True)] == [
        pytest.approx(200, abs=1),
        pytest.approx(300, abs=1),
    ]
    assert on == [pytest.approx(3800 + 15, abs=2), pytest.approx(3800 + 550 - 10, abs=2)]


def test_what_has_happened_to_a_parcel_does_not_happen_to_it_again() -> None:
    fault = SwapParcels("P1", 1000.0, takes_ms=50.0, errors_mm=(0.0, 0.0))
    line, seen = heads([fault], [parcel("P1"), parcel("P2", length_mm=200.0)])
    # P1 was laid down 550 mm farther back and 125 mm on, and comes by 1000 mm once more.
    assert line.injected == {"swap": 1}
    assert len(seen[EDGE_ON, END_INPUT]) == 2


@given(st.floats(-20.0, 320.0), st.integers(0, 100))
def test_an_eye_is_free_when_what_was_laid_under_it_has_gone(ahead_mm: float, seed: int) -> None:
    physics = Physics(exact_plant(eye_jitter_mm=9.0), seed)
    physics.put_down(Parcel(parcel("P1"), seed), 1600 + ahead_mm, 0.0)
    changes = physics.sensors.changes
    physics.advance(2000, 5000.0)
    changes += physics.sensors.changes
    edges = [change.on for change in changes if change.input == ALONG_INPUT]
    assert edges in ([True, False], [])
    assert all(not eye.covered_by for eye in physics.sensors.over_belt)


def test_hands_wait_until_a_body_is_out_of_the_guards() -> None:
    fault = msgspec.convert({"kind": "remove", "parcel": "P1", "at_mm": 1500}, dict)
    line, seen = heads(
        [msgspec.convert(fault, type=AnyFault)], [parcel("P1")], guards=(Guard(1400, 2000),)
    )
    assert len(seen[EDGE_OFF, ALONG_INPUT]) == 1
    place = float(row_of(line, "P1").why.removeprefix("taken off the belt at ").split()[0])
    assert 2300 <= place <= 2300 + 60
    assert place > CLEARANCE_MM


def test_a_belt_that_stops_coasts_stands_and_goes_on() -> None:
    plain, _ = heads([], [parcel("P1")])
    line, seen = heads([StopBelt("P1", 1000.0, coast_mm=600.0, for_ms=2000.0)], [parcel("P1")])
    assert seen[EDGE_ON, ALONG_INPUT] == [pytest.approx(1600, abs=1)], "places stay what they are"
    # 600 mm at half the speed, twice, cost 480 ms; and it stands for 2 s.
    assert line.now_ms - plain.now_ms == pytest.approx(2480, abs=5)


def test_a_drive_runs_out_over_the_way_it_was_given() -> None:
    drive = Drive(2.5)
    assert drive.advance(10) == 25
    drive.stop(600, for_ms=100)
    drive.stop(50, for_ms=9)
    way, ms = 0.0, 0
    while drive.speed_mps > 0:
        way += drive.advance(1)
        ms += 1
    assert way == pytest.approx(600, abs=2)
    assert ms == 480
    assert sum(drive.advance(1) for _ in range(100)) == 0
    while drive.speed_mps < 2.5:
        way += drive.advance(1)
    assert way == pytest.approx(1200, abs=4)
