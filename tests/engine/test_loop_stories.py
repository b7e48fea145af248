"""A belt that comes back to its induct eye: laps, overflow on the last, restarts, and the seam."""

from __future__ import annotations

import msgspec

from sorter.control.recovery import last_run
from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.events import AnyEvent, ChuteEmptied
from sorter.engine.line import Output
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    InfeedState,
    ParcelDecided,
    ParcelInducted,
    ParcelRecirculated,
)
from sorter.engine.span import Span
from tests.engine.belt_model import LENGTH, TUNNEL, of
from tests.engine.loop_model import LAP, LOOP, Loop, decided_for_liege, full
from tests.simulation.host import Entry


def test_a_parcel_whose_chutes_are_full_tries_them_again_on_the_next_lap() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    (round_again,) = of(belt.come_round(parcel), ParcelRecirculated)
    assert (round_again.parcel, round_again.lap, round_again.reason) == (parcel, 2, "full")
    belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    said = belt.read_again(parcel)
    (arm,) = of(said, ArmDivert)
    assert not of(said, LookUpRoute), "it keeps its destination"
    assert arm.target_count == LAP + 4500 - 100
    belt.fire(arm)
    belt.confirm(parcel, "C1")
    assert belt.end_of(parcel) == ("confirmed", "assigned")


def test_on_its_last_lap_overflow_takes_it() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    chosen = [belt.said_of(parcel, ParcelDecided)[-1].chute]
    for _ in range(2):
        belt.come_round(parcel)
        belt.read_again(parcel)
        chosen.append(belt.said_of(parcel, ParcelDecided)[-1].chute)
    assert chosen == [None, None, "OVF"]
    assert belt.said_of(parcel, ParcelDecided)[-1].reason == "max_laps"


def test_with_overflow_full_too_it_goes_on_and_somebody_is_called() -> None:
    belt = Loop()
    full(belt, "C1", "C3", "OVF")
    parcel = decided_for_liege(belt)
    for _ in range(3):
        belt.come_round(parcel)
        belt.read_again(parcel)
    assert belt.closed(parcel) is None
    assert "laps_exhausted" in {alarm.cause for alarm in of(belt.said, AlarmRaised)}
    belt.tell(ChuteEmptied(**belt.now, chute="OVF"))
    belt.come_round(parcel)
    (arm,) = of(belt.read_again(parcel), ArmDivert)
    belt.fire(arm)
    belt.confirm(parcel, "OVF")
    assert belt.end_of(parcel) == ("overflow", "max_laps")


def test_the_alarm_of_used_up_laps_goes_with_the_parcel_however_it_goes() -> None:
    belt = Loop(msgspec.structs.replace(LOOP, max_laps=1))
    full(belt, "C1", "C3", "OVF")
    parcel = decided_for_liege(belt)
    belt.come_round(parcel)
    said = belt.move_to(3 * LAP)
    assert belt.end_of(parcel)[0] == "lost"
    assert [alarm.cause for alarm in of(said, AlarmCleared)] == ["laps_exhausted"]


def test_a_loop_that_carries_all_it_can_takes_no_more() -> None:
    belt = Loop(msgspec.structs.replace(LOOP, max_parcels=2))
    belt.induct(0)
    said = belt.eye("induct", 600, length=LENGTH)
    assert [state.held_by for state in of(said, InfeedState)] == [("loop_full",)]
    said = belt.move_to(TUNNEL + 200)
    assert belt.end_of(1)[0] == "lost"
    assert [state.held_by for state in of(said, InfeedState)] == [()]


def test_what_was_not_read_is_read_on_the_next_lap() -> None:
    belt = Loop()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel)
    assert belt.said_of(parcel, ParcelDecided)[-1].rule == "no_read"
    belt.come_round(parcel)
    belt.pass_tunnel(parcel)
    (order,) = of(belt.scan(parcel, "CODE"), LookUpRoute)
    assert (order.parcel, order.codes) == (parcel, ("CODE",))


def test_a_new_parcel_comes_in_between_those_that_come_round() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    said = belt.eye("induct", LAP - 700, length=LENGTH)
    (new,) = of(said, ParcelInducted)
    assert new.parcel == 2
    assert not of(said, ParcelRecirculated)
    assert of(belt.come_round(parcel), ParcelRecirculated)


def test_room_is_asked_for_across_the_seam() -> None:
    """A body near the end of its lap lies just before one that has begun the next."""
    assert Span(9100, 9400).meets(Span(50, 90), LAP) is False
    assert Span(9100, 9400).meets(Span(50, 150), LAP)
    assert Span(50, 150).meets(Span(9100, 9400), LAP)
    assert Span(-100, 10).meets(Span(17_950, 17_960), LAP)


def recorded_loop() -> tuple[Loop, list[Entry]]:
    """A loop, and the journal that grows as it is told events."""
    belt = Loop()
    journal: list[Entry] = []
    tell = belt.tell

    def recorded(event: AnyEvent) -> list[Output]:
        said = tell(event)
        journal.extend([Entry(event), *map(Entry, said)])
        return said

    belt.tell = recorded  # type: ignore[method-assign]  # every event is recorded from here on
    return belt, journal


def test_what_was_not_read_on_the_lap_before_a_restart_is_read_anew_after_it() -> None:
    belt, journal = recorded_loop()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel)
    assert belt.said_of(parcel, ParcelDecided)[-1].rule == "no_read"
    belt.come_round(parcel)
    belt.tell(last_run(journal).started(LOOP, belt.now["time_ns"]))
    belt.tell_plan()
    belt.tell_ready()
    assert of(belt.read_again(parcel), LookUpRoute)
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    assert arm.parcel == parcel


def test_a_loop_goes_on_after_control_was_away() -> None:
    """What was on the loop comes round, is proven by the tunnel, and tries its chutes again."""
    belt, journal = recorded_loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.come_round(parcel)
    belt.pass_tunnel(parcel)

    started = last_run(journal).started(LOOP, belt.now["time_ns"])
    (survivor,) = started.survivors
    assert (survivor.lap, survivor.head_count, survivor.destination) == (2, LAP, "LIEGE")
    belt.tell(started)
    belt.tell_plan()
    belt.tell_ready()
    (round_again,) = of(belt.come_round(parcel), ParcelRecirculated)
    assert round_again.lap == 3
    (arm,) = of(belt.read_again(parcel), ArmDivert)
    assert arm.target_count == 2 * LAP + 4500 - 100


def test_strays_of_different_laps_do_not_shut_the_belt_between_them() -> None:
    belt = Loop()
    for lap in range(3):
        belt.eye("tunnel", lap * LAP + 1500, length=LENGTH)
    between = belt.induct(2 * LAP + 2000)
    belt.pass_tunnel(between)
    belt.scan(between, "CODE")
    belt.route(between, "LIEGE")
    assert belt.said_of(between, ParcelDecided)[-1].chute == "C1"
