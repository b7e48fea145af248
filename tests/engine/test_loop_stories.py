"""A belt that comes back to its induct eye: laps, identity per lap, and the seam."""

from __future__ import annotations

import msgspec

from sorter.control.recovery import last_run
from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.events import AnyEvent, ChuteEmptied, ChuteFilled
from sorter.engine.layout import ChutePlace, EyePlace, Layout, along_eye, confirm_eye
from sorter.engine.line import Output
from sorter.engine.reports import (
    AlarmRaised,
    ParcelDecided,
    ParcelInducted,
    ParcelRecirculated,
    StrayDetected,
)
from sorter.engine.span import Span
from tests.engine.belt_model import LAYOUT, LENGTH, SCANNER, SLIDE, TUNNEL, Belt, of
from tests.simulation.host import Entry

LAP = 9000
LOOP = msgspec.structs.replace(LAYOUT, end=LAP, lap=LAP, max_laps=3)


class Loop(Belt):
    """The line as a loop of three laps."""

    def __init__(self, layout: Layout = LOOP) -> None:
        super().__init__(layout=layout)

    def come_round(self, parcel: int, shift: int = 0, length: int = LENGTH) -> list[object]:
        """The parcel comes to the induct eye again."""
        self.births[parcel] += LAP + shift
        return list(self.eye("induct", self.births[parcel], length=length))

    def read_again(self, parcel: int, code: str = "CODE") -> list[Output]:
        """The parcel passes tunnel and scanner on a later lap."""
        return [*self.pass_tunnel(parcel), *self.scan(parcel, code)]


def full(belt: Belt, *chutes: str) -> None:
    for chute in chutes:
        belt.tell(ChuteFilled(**belt.now, chute=chute))


def decided_for_liege(belt: Loop) -> int:
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "CODE")
    belt.route(parcel, "LIEGE")
    return parcel


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


def test_a_parcel_that_slipped_on_its_way_round_is_lost_and_comes_in_anew() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    (new,) = of(belt.come_round(parcel, shift=100), ParcelInducted)
    belt.move_to(LAP + 200)
    assert belt.end_of(parcel) == ("lost", "never_seen_again")
    assert new.parcel == 2


def test_who_comes_in_the_place_of_one_that_vanished_at_its_diverter_is_new() -> None:
    """Its chute's eye may have missed it, and another has come in where it had been."""
    belt = Loop()
    parcel = decided_for_liege(belt)
    (arm,) = of(belt.said, ArmDivert)
    belt.fire(arm)
    belt.move_to(LAP - 200)
    said = belt.come_round(parcel)
    (new,) = of(said, ParcelInducted)
    assert new.parcel == 2
    assert not of(said, ParcelRecirculated)
    assert belt.end_of(parcel) == ("lost", "no_confirm")


def test_who_comes_in_the_place_of_one_that_an_eye_missed_is_new() -> None:
    """It was lifted off with nothing left to do for it, and another has come in there."""
    gate = along_eye("gate")
    belt = Loop(msgspec.structs.replace(LOOP, along=(EyePlace(gate, 7000),)))
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.move_to(LAP - 200)
    assert belt.end_of(parcel) == ("lost", "missed_eye")
    (new,) = of(belt.come_round(parcel), ParcelInducted)
    assert new.parcel == 2


def test_what_a_stray_shut_on_the_belt_is_open_when_it_has_come_in_as_a_parcel() -> None:
    belt = Loop()
    belt.eye("tunnel", 1500, length=LENGTH)
    (stray,) = of(belt.eye("induct", LAP, length=LENGTH), ParcelInducted)
    belt.births[stray.parcel] = LAP
    behind = belt.induct(LAP + 700)
    belt.pass_tunnel(stray.parcel)
    belt.pass_tunnel(behind)
    belt.scan(behind, "CODE")
    belt.route(behind, "LIEGE")
    assert belt.said_of(behind, ParcelDecided)[-1].chute == "C1"


def test_a_parcel_that_comes_round_longer_than_it_was_loses_its_place() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.come_round(parcel, length=LENGTH + 200)
    assert belt.end_of(parcel) == ("position_unknown", "length_changed")


def test_a_parcel_that_is_not_read_again_keeps_what_it_was_read_as() -> None:
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.come_round(parcel)
    belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    assert not of(belt.pass_tunnel(parcel), ArmDivert), "its reading is waited for"
    (arm,) = of(belt.move_to(LAP + LAYOUT.decide_by + 1), ArmDivert)
    assert arm.diverter == "D1"


def test_a_hole_in_the_loop_that_the_infeed_fills_is_not_filled_with_a_destination() -> None:
    """Another parcel as long as the one that was lifted off, just where that would be."""
    belt = Loop()
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    belt.come_round(parcel, shift=20, length=LENGTH + 10)
    assert not of(belt.read_again(parcel, "ANOTHER"), ArmDivert)
    assert belt.end_of(parcel) == ("position_unknown", "exchanged")
    (new,) = of(belt.come_round(parcel), ParcelInducted)
    belt.births[new.parcel] = belt.births[parcel]
    (order,) = of(belt.read_again(new.parcel, "ANOTHER"), LookUpRoute)
    assert order.codes == ("ANOTHER",)


def test_who_fills_a_hole_after_an_eye_saw_it_empty_is_new() -> None:
    watched = msgspec.structs.replace(LOOP, along=(EyePlace(along_eye("late"), 8000),))
    belt = Loop(watched)
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.move_to(8500)
    (new,) = of(belt.come_round(parcel), ParcelInducted)
    assert new.parcel != parcel
    assert belt.end_of(parcel) == ("lost", "missed_eye")


def test_a_stray_that_comes_round_is_a_parcel_and_not_its_own_obstacle() -> None:
    belt = Loop()
    belt.eye("tunnel", 200 + TUNNEL, length=LENGTH)
    stray = belt.induct(LAP + 200)
    belt.pass_tunnel(stray)
    (order,) = of(belt.scan(stray, "CODE"), LookUpRoute)
    assert order.parcel == stray
    assert of(belt.route(stray, "LIEGE"), ArmDivert)


def test_a_code_read_on_two_that_circulate_stays_in_dispute() -> None:
    belt = Loop()
    one, other = belt.induct(0), belt.induct(800)
    for parcel in (one, other):
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "CODE")
        belt.route(parcel, "LIEGE", key="CODE")
    belt.cancel(1)
    for parcel in (one, other):
        belt.come_round(parcel)
    for parcel in (one, other):
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "CODE")
        assert not of(belt.route(parcel, "LIEGE", key="CODE"), ArmDivert)
        assert belt.said_of(parcel, ParcelDecided)[-1].reason == "duplicate"


def test_two_that_could_come_round_are_both_unknown() -> None:
    belt = Loop()
    one, other = belt.induct(0, length=30), belt.induct(80, length=30)
    for parcel in (one, other):
        belt.pass_tunnel(parcel, length=30)
        belt.stamp(belt.births[parcel] + SCANNER + 15)
    said = belt.eye("induct", LAP + 40)
    assert of(said, StrayDetected)
    assert not of(said, ParcelInducted)
    for parcel in (one, other):
        assert belt.end_of(parcel) == ("position_unknown", "two_in_window")


def test_a_parcel_that_comes_round_has_not_strayed_into_a_chute() -> None:
    """Its diverter missed it, while something was seen in the chute on the other side."""
    chutes = LOOP.chutes | {"C9": ChutePlace("D3", "right", SLIDE)}
    belt = Loop(msgspec.structs.replace(LOOP, max_laps=1, chutes=chutes))
    full(belt, "C1", "C3")
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "CODE")
    (arm,) = of(belt.route(parcel, "LIEGE"), ArmDivert)
    belt.fire(arm)
    belt.eye(confirm_eye("C9"), 7500 + SLIDE, length=50)
    (round_again,) = of(belt.come_round(parcel), ParcelRecirculated)
    assert round_again.reason == "no_confirm"


def test_room_is_asked_for_across_the_seam() -> None:
    """A body near the end of its lap lies just before one that has begun the next."""
    assert Span(9100, 9400).meets(Span(50, 90), LAP) is False
    assert Span(9100, 9400).meets(Span(50, 150), LAP)
    assert Span(50, 150).meets(Span(9100, 9400), LAP)
    assert Span(-100, 10).meets(Span(17_950, 17_960), LAP)


def test_a_loop_goes_on_after_control_was_away() -> None:
    """What was on the loop comes round, is proven by the tunnel, and tries its chutes again."""
    belt = Loop()
    journal: list[Entry] = []
    tell = belt.tell

    def recorded(event: AnyEvent) -> list[Output]:
        said = tell(event)
        journal.extend([Entry(event), *map(Entry, said)])
        return said

    belt.tell = recorded  # type: ignore[method-assign]  # every event is recorded from here on
    full(belt, "C1", "C3")
    parcel = decided_for_liege(belt)
    belt.come_round(parcel)
    belt.pass_tunnel(parcel)

    started = last_run(journal).started(LOOP, belt.now["time_ns"])
    (survivor,) = started.survivors
    assert (survivor.lap, survivor.head_count, survivor.destination) == (2, LAP, "LIEGE")
    tell(started)
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
