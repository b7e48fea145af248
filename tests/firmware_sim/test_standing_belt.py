"""Stories of a belt that is cut, stands and rolls back, and of hands that push what lies on it."""

from __future__ import annotations

import pytest

from firmware_sim.drive import Drive
from firmware_sim.encoder import Encoder
from firmware_sim.faults import SlipParcel
from firmware_sim.parcels import Parcel
from firmware_sim.physics import Physics
from tests.firmware_sim.bench import TUNNEL_INPUT, parcel
from tests.firmware_sim.test_faults import ALONG_INPUT, exact_plant

LENGTH_MM = 300.0


def laid(head_mm: float) -> tuple[Physics, Parcel]:
    """A belt that stands, and one body on it."""
    physics = Physics(exact_plant())
    body = Parcel(parcel("P1", length_mm=LENGTH_MM), 1)
    physics.put_down(body, head_mm, 0.0)
    physics.sensors.changes.clear()
    return physics, body


def edges(physics: Physics) -> list[tuple[int, bool, float]]:
    return [(change.input, change.on, change.travel_mm) for change in physics.sensors.changes]


def test_a_drive_that_is_cut_coasts_and_stands_until_it_is_started() -> None:
    drive = Drive(2.5)
    assert sum(drive.advance(1) for _ in range(2000)) == pytest.approx(5000)
    drive.cut(600.0)
    assert sum(drive.advance(1) for _ in range(60_000)) == pytest.approx(600, rel=0.01)
    assert drive.stands
    drive.start()
    assert sum(drive.advance(1) for _ in range(2000)) > 4000
    assert drive.speed_mps == 2.5


def test_a_drive_is_cut_while_it_comes_up_too() -> None:
    drive = Drive(2.5)
    drive.stop(600.0, 100)
    while drive.speed_mps > 0:
        drive.advance(1)
    for _ in range(300):
        drive.advance(1)
    assert 0 < drive.speed_mps < 2.5
    drive.cut(600.0)
    for _ in range(5000):
        drive.advance(1)
    assert drive.stands


def test_what_is_pushed_ahead_comes_under_an_eye_and_leaves_it() -> None:
    physics, body = laid(1550.0)
    physics.push(body, 100.0, 0.0)
    assert edges(physics) == [(ALONG_INPUT, True, 0.0)]
    physics.push(body, 300.0, 0.0)
    assert edges(physics)[1:] == [(ALONG_INPUT, False, 0.0)]
    assert body.head_mm(0.0) == 1950.0


def test_what_is_pushed_back_under_an_eye_is_seen_once_more() -> None:
    physics, body = laid(1950.0)
    physics.push(body, -100.0, 0.0)
    physics.push(body, -300.0, 0.0)
    assert [on for _, on, _ in edges(physics)] == [True, False]
    physics.advance(1000, 500.0)
    assert [on for number, on, _ in edges(physics) if number == ALONG_INPUT] == [True, False]


def test_what_happened_to_it_before_it_was_pushed_back_does_not_happen_again() -> None:
    physics = Physics(exact_plant())
    body = Parcel(parcel("P1"), 1, (SlipParcel("P1", 1000.0, 50.0),))
    physics.feed(body, 0.0)
    physics.advance(1000, 1200.0)
    physics.push(body, -250.0, 1200.0)
    physics.advance(2000, 2500.0)
    assert physics.injected == {"slip": 1}


def test_a_belt_that_rolls_back_is_seen_by_eyes_at_the_counts_of_its_way() -> None:
    physics, body = laid(1620.0)
    other = Parcel(parcel("P2", length_mm=LENGTH_MM), 1)
    physics.put_down(other, 530.0, 0.0)
    physics.sensors.changes.clear()
    physics.roll_back(50.0, 0.0)
    assert edges(physics) == [(ALONG_INPUT, False, -20.0), (TUNNEL_INPUT, False, -30.0)]
    assert (body.head_mm(0.0), other.head_mm(0.0)) == (1570.0, 480.0)
    physics.advance(100, 60.0)
    assert edges(physics) == [(TUNNEL_INPUT, True, 20.0), (ALONG_INPUT, True, 30.0)]


def test_an_encoder_counts_back_with_the_belt_and_jumps_when_it_is_reset() -> None:
    encoder = Encoder(1000, start=10)
    assert encoder.pulses_at(100.0) == 110
    encoder.roll_back(30.0)
    assert encoder.pulses_at(100.0) == 80
    assert encoder.pulses_at(150.0) == 130
    encoder.reset(150.0, 7)
    assert encoder.pulses_at(160.0) == 17
    assert encoder.travel_at(17) == pytest.approx(160.0)
