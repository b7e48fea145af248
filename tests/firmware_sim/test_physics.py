"""Stories of the belt: what diverters, eyes and chutes do to parcels, whatever was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from firmware_sim.diverters import DiverterArm
from firmware_sim.faults import RemoveParcel
from firmware_sim.truth import ParcelTruth
from tests.firmware_sim.bench import (
    EDGE_OFF,
    EDGE_ON,
    END_INPUT,
    EXECUTED,
    INDUCT_INPUT,
    LEFT,
    RIGHT,
    TUNNEL_INPUT,
    ScriptedHost,
    parcel,
    row_of,
    slot,
    small_line,
    small_plant,
    story,
)

EARLY = 135
"""Pulses before the head is at a diverter: 75 for its actuation and 60 to be sure."""


def fire(
    number: int,
    head: int,
    *,
    diverter: int = 1,
    side: int = LEFT,
    late: int = 0,
    pulse_ms: int = 60,
) -> list[int]:
    """Arm a diverter for the parcel whose head was at the induct eye at `head`."""
    at_mm = {1: 2000, 2: 3000}[diverter]
    return slot(
        number + 1, head + at_mm - EARLY + late, diverter=diverter, side=side, pulse_ms=pulse_ms
    )


def only(wanted: int, **changes: int) -> Callable[[int, int], Iterable[list[int]]]:
    """A plan that fires for one parcel and lets the others pass."""
    return lambda number, head: [fire(number, head, **changes)] if number == wanted else []


def told(truth: ParcelTruth) -> tuple[str, str | None, bool | None]:
    return truth.ended, truth.chute, truth.right


def test_a_parcel_that_nobody_diverts_goes_to_the_end() -> None:
    line = small_line([parcel("P1")])
    ScriptedHost(line).run_until_done()
    assert told(row_of(line, "P1")) == ("end", None, None)


def test_parcels_go_to_the_side_that_was_armed() -> None:
    line = small_line([parcel("P1"), parcel("P2", "BB"), parcel("P3"), parcel("P4", "XX")])
    sides = [
        {"side": LEFT},
        {"side": RIGHT},
        None,
        {"diverter": 2},
    ]

    def plan(number: int, head: int) -> list[list[int]]:
        changes = sides[number]
        return [] if changes is None else [fire(number, head, **changes)]

    host = ScriptedHost(line, plan)
    host.run_until_done()
    assert [told(row) for row in line.truth().parcels] == [
        ("chute", "A", True),
        ("chute", "B", True),
        ("end", None, None),
        ("chute", "OVF", True),
    ]
    truth = line.truth()
    assert (truth.misdiverted, truth.lost, truth.divertable, truth.diverted) == (0, 0, 4, 2)


def test_the_wrong_chute_is_the_twin_s_own_judgement() -> None:
    line = small_line([parcel("P1", "BB"), parcel("P2", None)])
    ScriptedHost(line, lambda number, head: [fire(number, head)]).run_until_done()
    assert [told(row) for row in line.truth().parcels] == [("chute", "A", False)] * 2
    assert line.truth().misdiverted == 2


def test_a_side_without_a_chute_loses_the_parcel() -> None:
    line = small_line([parcel("P1")])
    ScriptedHost(line, only(0, diverter=2, side=RIGHT)).run_until_done()
    assert told(row_of(line, "P1")) == ("lost", None, False)
    assert "no chute on that side" in row_of(line, "P1").why
    assert line.truth().lost == 1


def test_a_diverter_that_comes_out_in_the_middle_of_a_parcel_takes_it_too() -> None:
    line = small_line([parcel("P1")])
    ScriptedHost(line, only(0, late=200)).run_until_done()
    assert row_of(line, "P1").ended == "chute"
    assert "behind its head" in row_of(line, "P1").why


def test_too_late_misses_the_parcel_and_takes_the_next() -> None:
    line = small_line([parcel("P1"), parcel("P2", "BB", gap_mm=100.0)])
    ScriptedHost(line, only(0, late=400)).run_until_done()
    assert story(line) == [("P1", "end", None), ("P2", "chute", "A")]
    assert line.truth().misdiverted == 1


def test_a_gap_too_small_takes_the_neighbour_with_it() -> None:
    line = small_line([parcel("P1"), parcel("P2", "BB", gap_mm=40.0, length_mm=200.0)])
    ScriptedHost(line, only(1, side=RIGHT)).run_until_done()
    assert [told(row) for row in line.truth().parcels] == [
        ("chute", "B", False),
        ("chute", "B", True),
    ]
    assert "behind its head" in row_of(line, "P1").why
    assert row_of(line, "P2").why == "diverter 1 right was active when its head came"


def test_a_pulse_shorter_than_the_actuation_takes_nobody() -> None:
    line = small_line([parcel("P1")])
    host = ScriptedHost(line, only(0, pulse_ms=29, late=EARLY))
    host.run_until_done()
    assert EXECUTED in {kind for _, kind, *_ in host.entries}
    assert row_of(line, "P1").ended == "end"


def test_a_removed_parcel_is_removed_and_its_task_falls_on_nobody() -> None:
    line = small_line(
        [parcel("P1"), parcel("P2", "BB")], faults=[RemoveParcel(parcel="P1", at_mm=900)]
    )
    ScriptedHost(line, only(0)).run_until_done()
    assert story(line) == [("P1", "removed", None), ("P2", "end", None)]
    assert row_of(line, "P1").why == "taken off the belt at 900 mm"
    assert line.truth().lost == 0


def test_an_eye_comes_free_when_the_parcel_under_it_is_lifted() -> None:
    line = small_line([parcel("P1")], faults=[RemoveParcel(parcel="P1", at_mm=600)])
    host = ScriptedHost(line)
    host.run_until_done()
    edges = [(kind, index) for _, kind, index, *_ in host.entries]
    assert edges == [
        (EDGE_ON, INDUCT_INPUT),
        (EDGE_OFF, INDUCT_INPUT),
        (EDGE_ON, TUNNEL_INPUT),
        (EDGE_OFF, TUNNEL_INPUT),
    ]


def test_every_eye_latches_head_and_tail_where_they_are() -> None:
    line = small_line([parcel("P1", length_mm=312.4)])
    host = ScriptedHost(line)
    host.run_until_done()
    counts = {
        (kind, index): count - host.entries[0][3] for _, kind, index, count, _ in host.entries
    }
    for index, at_mm in ((INDUCT_INPUT, 0), (TUNNEL_INPUT, 500), (END_INPUT, 3800)):
        # Two eyes may be wrong by 2 mm each, the encoder by 0.05 % and one pulse.
        assert counts[EDGE_ON, index] == pytest.approx(at_mm, abs=4 + at_mm * 0.0005 + 1)
        assert counts[EDGE_OFF, index] == pytest.approx(
            at_mm + 312.4, abs=4 + (at_mm + 312) * 0.0005 + 1
        )


def test_the_induct_count_of_the_truth_is_the_one_in_the_ring() -> None:
    line = small_line([parcel("P1"), parcel("P2")])
    heads: list[int] = []

    def note(_: int, head: int) -> list[list[int]]:
        heads.append(head)
        return []

    ScriptedHost(line, note).run_until_done()
    assert heads == [row.induct_count for row in line.truth().parcels]


def test_a_confirm_eye_sees_the_diverted_parcel_slide_past() -> None:
    line = small_line([parcel("P1")])
    host = ScriptedHost(line, only(0))
    host.run_until_done()
    head = host.entries[0][3]
    confirms = [(kind, count - head) for _, kind, index, count, _ in host.entries if index == 8]
    assert [kind for kind, _ in confirms] == [EDGE_ON, EDGE_OFF]
    assert confirms[0][1] == pytest.approx(2000 + 350, abs=15 + 2 + 2 + 5)
    assert confirms[1][1] - confirms[0][1] == pytest.approx(300, abs=5)


def test_a_chute_tells_that_it_is_full_and_still_takes_what_comes() -> None:
    line = small_line([parcel(f"P{n}") for n in range(4)], plant=small_plant(full_at=2))
    host = ScriptedHost(line, lambda number, head: [fire(number, head)])
    host.run_until_done()
    assert [kind for _, kind, index, *_ in host.entries if index == 32] == [EDGE_ON]
    assert line.plc.read_input(21, 4)[2] & 1 == 1
    assert [chute for _, _, chute in story(line)] == ["A"] * 4


def test_a_chute_that_is_emptied_is_no_longer_full() -> None:
    line = small_line([parcel("P1")], plant=small_plant(full_at=1, empty_after_s=0.5))
    host = ScriptedHost(line, only(0))
    host.run_until_done()
    host.run(499)
    assert line.plc.read_input(21, 4)[2] & 1 == 1
    host.run(1)
    assert line.plc.read_input(21, 4)[2] & 1 == 0
    assert [kind for _, kind, index, *_ in host.entries if index == 32] == [EDGE_ON, EDGE_OFF]


def test_an_emergency_stop_freezes_the_parcels_where_they_are() -> None:
    line = small_line([parcel("P1")])
    host = ScriptedHost(line)
    host.run(500)
    line.estop = True
    before = line.travel_mm
    host.run(5000)
    assert line.travel_mm == before
    assert row_of(line, "P1").ended == "on_belt"
    line.estop = False
    host.run_until_done()
    assert row_of(line, "P1").ended == "end"


@pytest.mark.parametrize(
    ("switches", "active"),
    [
        ({0: True, 100: False}, (30, 130)),
        ({0: True, 29: False}, None),
        ({0: True, 40: False, 60: True, 80: False}, (30, 110)),
        ({0: True, 10: False, 20: True, 90: False}, (50, 120)),
    ],
)
def test_an_arm_follows_its_output_late(
    switches: dict[int, bool], active: tuple[int, int] | None
) -> None:
    arm = DiverterArm(actuation_ms=30, return_ms=30)
    out = []
    for now_ms in range(300):
        if now_ms in switches:
            arm.switch(switches[now_ms], now_ms)
        if arm.is_active(now_ms):
            out.append(now_ms)
    assert out == ([] if active is None else list(range(*active)))
    assert arm.is_idle(300)
