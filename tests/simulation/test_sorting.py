"""The engine against real-valued physics in virtual time: the plant says where parcels ended.

Every run wraps the encoder, errs at its eyes by millimetres and at its encoder by its scale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from firmware_sim.line import Line
from firmware_sim.ring import EventRing
from sorter.engine.belt import Belt
from sorter.engine.events import EdgesMissed, TelegramReceived
from sorter.engine.layout import Layout
from sorter.engine.parcel import Parcel
from tests.simulation.host import Host
from tests.simulation.plant import Mix, Site
from tests.simulation.run import Absence, Run, assert_sound, simulate

EXCUSES = {"gap", "too_late", "full", "overflow"}


def assert_sorted(run: Run, *, least: float = 0.98) -> None:
    """Nearly everything that can be is in a chute of its destination, the rest with an excuse."""
    assert_sound(run)
    assert run.truth.diverted >= least * run.truth.divertable
    assert {reason.partition("/")[2] for reason in run.undiverted} <= EXCUSES, run.undiverted


def test_two_thousand_parcels_reach_their_chutes() -> None:
    run = simulate(Mix(2000, 1))
    assert_sorted(run)
    assert run.ledger.closed["lost"] == 0
    counts = [row.induct_count or 0 for row in run.truth.parcels]
    assert counts != sorted(counts), "the encoder did not wrap"


def test_a_scanner_without_stamps_is_bound_by_the_time_it_takes() -> None:
    assert_sorted(simulate(Mix(400, 3), Site(stamped=False)))


def test_a_stamped_telegram_finds_its_parcel_however_late_it_comes() -> None:
    run = simulate(Mix(300, 4), Site(delay_ms=(15, 1200)))
    assert_sound(run)
    # Beyond the decision a telegram is too late, and changes nothing.
    assert set(run.undiverted) == {"discharged_end/no_read"}


@pytest.mark.parametrize(
    "where",
    [(50.0, 1450.0), (1520.0, 1690.0), (1900.0, 4400.0), (50.0, 10_000.0)],
    ids=["before the tunnel", "before the scanner", "before its diverter", "anywhere"],
)
def test_parcels_lifted_off_are_lost_and_shift_nobody(where: tuple[float, float]) -> None:
    run = simulate(Mix(300, 5, removed=0.05, removed_at_mm=where))
    assert_sorted(run)
    removed = [run.word_on(row) for row in run.truth.parcels if row.ended == "removed"]
    assert len(removed) > 3
    assert run.ledger.closed["lost"] <= len(removed)
    # Lifted off from under the tunnel eye, it is a parcel that became shorter.
    outcomes = {end.outcome for end in removed if end is not None}
    assert outcomes <= {"lost", "position_unknown"}


def test_full_chutes_spill_to_the_next_and_to_overflow() -> None:
    full_at = {"C1": 8, "C6": 10, "C2": 15}
    run = simulate(Mix(400, 6), Site(full_at=full_at, empty_after_s=15.0))
    assert_sorted(run, least=0.8)
    assert run.ledger.closed["overflow"] > 10


def test_parcels_too_close_together_go_straight_on_rather_than_wrong() -> None:
    run = simulate(Mix(400, 7, least_gap_mm=1.0, mean_spare_mm=120.0, shortest_mm=60.0))
    # Nose to tail, two of them are one body to the eyes.
    assert_sound(run, all_seen=False)
    assert run.truth.diverted > 0.3 * run.truth.divertable
    assert run.undiverted["discharged_end/gap"] > 50


@pytest.mark.parametrize("stamped", [True, False])
def test_control_dies_and_comes_back(stamped: bool) -> None:
    absences = tuple(Absence(at, for_ms, dies=True) for at, for_ms in _ABSENCES)
    run = simulate(Mix(300, 8), Site(stamped=stamped), absences=absences)
    assert_sound(run)
    assert run.ledger.closed["flushed"] > 10
    assert run.truth.diverted > 0.75 * run.truth.divertable


def test_control_stalls_until_the_watchdog_of_the_plc_acts() -> None:
    absences = tuple(Absence(at, for_ms, dies=False) for at, for_ms in _ABSENCES)
    run = simulate(Mix(300, 9), absences=absences)
    assert_sound(run)
    assert run.ledger.closed["flushed"] > 5


@pytest.mark.parametrize("for_ms", [120, 200])
def test_a_scanner_without_stamps_is_given_more_doubt_while_control_is_busy(for_ms: int) -> None:
    absences = tuple(Absence(at, for_ms, dies=False) for at in range(9_000, 60_000, 3_700))
    run = simulate(Mix(200, 0, no_read=0.1), Site(stamped=False), absences=absences)
    assert_sound(run)
    assert run.truth.diverted > 0.85 * run.truth.divertable


def test_an_emergency_stop_flushes_what_was_seen_and_sorts_what_comes_after() -> None:
    def script(line: Line) -> None:
        line.estop = any(at <= line.now_ms < at + 2000 for at in (15_000, 30_000, 30_300, 50_000))

    run = simulate(Mix(300, 10), script=script)
    assert_sound(run)
    assert run.ledger.closed["flushed"] > 10
    assert run.truth.diverted > 0.75 * run.truth.divertable


def test_edges_that_were_overwritten_unread_cost_places_and_nothing_else() -> None:
    def script(line: Line) -> None:
        if line.now_ms == 0:
            line.plc.hardware = replace(line.plc.hardware, ring_capacity=16)
            line.plc.ring = EventRing(16)

    absences = tuple(Absence(at, 450, dies=False) for at in range(10_000, 90_000, 8_000))
    mix = Mix(300, 11, least_gap_mm=10.0, mean_spare_mm=120.0, shortest_mm=60.0)
    run = simulate(mix, absences=absences, script=script)
    assert_sound(run, all_seen=False)
    assert any(isinstance(entry.body, EdgesMissed) for entry in run.journal)
    assert run.ledger.closed["position_unknown"] > 10


def test_binding_by_order_of_arrival_would_misdivert() -> None:
    def next_in_line(
        _layout: Layout, parcels: Iterable[Parcel], telegram: TelegramReceived
    ) -> list[Parcel]:
        order.append(telegram)
        return [parcel for parcel in parcels if parcel.number == len(order)]

    order: list[TelegramReceived] = []
    run = simulate(Mix(100, 12, removed=0.05), bind=next_in_line)
    assert run.truth.removed > 0
    assert run.truth.misdiverted > 20


def test_taking_a_telegram_read_late_for_one_just_sent_would_misdivert(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Host, "_waited", lambda _: 0)
    absences = tuple(Absence(at, 200, dies=False) for at in range(9_000, 60_000, 3_700))
    run = simulate(Mix(200, 0, no_read=0.1), Site(stamped=False), absences=absences)
    assert run.truth.misdiverted > 0


def test_diverting_without_room_would_misdivert(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Belt, "has_room", lambda *_: True)
    run = simulate(Mix(200, 13, least_gap_mm=1.0, mean_spare_mm=60.0, shortest_mm=60.0))
    assert run.truth.misdiverted > 10


_ABSENCES = ((12_000, 200), (20_000, 480), (30_000, 700), (45_000, 1500), (60_000, 6000))
