"""Eyes along the belt: where a parcel is, is proven anew before its diverter is told to fire."""

from __future__ import annotations

import msgspec

from sorter.engine.commands import ArmDivert, CancelDivert
from sorter.engine.events import (
    ArmAccepted,
    DeviceLost,
    DeviceReady,
    PlanActivated,
    PlanEntry,
)
from sorter.engine.instructions import CutOffPassed
from sorter.engine.layout import EyePlace, Layout, along_eye
from sorter.engine.reports import DivertUnconfirmed, ParcelDecided, StrayDetected
from tests.engine.belt_model import FALLBACK, LAYOUT, PLAN, Belt, of

# The first proves for D1 at 4500, the second for D2 and looks once more at what D1 shall take.
PROVING, GATE = 3000, 4300
WATCHED_LINE = msgspec.structs.replace(
    LAYOUT, along=tuple(EyePlace(along_eye(str(at)), at) for at in (PROVING, GATE))
)


class WatchedBelt(Belt):
    """The line with eyes along it."""

    def __init__(self, layout: Layout = WATCHED_LINE) -> None:
        super().__init__(layout=layout)

    def pass_eye(self, parcel: int, at: int, shift: int = 0, length: int = 300) -> list[ArmDivert]:
        """The parcel is seen whole at the eye, `shift` pulses late; gives the arms it leads to."""
        return of(
            self.eye(along_eye(str(at)), self.births[parcel] + at + shift, length=length), ArmDivert
        )

    def wait_for_eye(self, destination: str = "LIEGE") -> int:
        """A parcel that is decided and comes to the first eye along the belt."""
        parcel = self.induct(self.count)
        self.pass_tunnel(parcel)
        self.scan(parcel, f"CODE{parcel}")
        assert not of(self.route(parcel, destination), ArmDivert)
        return parcel


def test_a_parcel_is_armed_when_the_eye_before_its_diverter_has_seen_it_whole() -> None:
    belt = WatchedBelt()
    parcel = belt.wait_for_eye()
    (arm,) = belt.pass_eye(parcel, PROVING, shift=12)
    assert (arm.diverter, arm.target_count) == ("D1", 12 + 4500 - 100)


def test_a_parcel_for_a_later_diverter_waits_for_its_own_eye() -> None:
    belt = WatchedBelt()
    first = belt.wait_for_eye()
    belt.tell(
        PlanActivated(
            **belt.now,
            revision=2,
            digest="e",
            by="test",
            fallback=FALLBACK,
            destinations={"LIEGE": PlanEntry(("C3",))},
        )
    )
    assert not belt.pass_eye(first, PROVING)
    (arm,) = belt.pass_eye(first, GATE)
    assert arm.diverter == "D2"


def test_a_parcel_that_slipped_too_far_is_lost_and_what_came_is_a_stray() -> None:
    belt = WatchedBelt()
    parcel = belt.wait_for_eye()
    said = belt.eye(along_eye(str(PROVING)), PROVING + 90, length=300)
    assert of(said, StrayDetected)
    assert not of(said, ArmDivert)
    belt.move_to(PROVING + 400)
    assert belt.end_of(parcel) == ("lost", "missed_eye")


def test_neighbours_that_were_exchanged_are_told_by_their_lengths() -> None:
    belt = WatchedBelt()
    short = belt.wait_for_eye()
    long = belt.induct(belt.count + 200, length=600)
    assert not belt.pass_eye(short, PROVING, length=600)
    assert belt.end_of(short) == ("position_unknown", "length_changed")
    assert belt.closed(long) is None


def test_a_parcel_that_is_not_where_it_was_armed_for_is_called_back() -> None:
    belt = WatchedBelt()
    parcel = belt.wait_for_eye()
    (arm,) = belt.pass_eye(parcel, PROVING)
    belt.tell(ArmAccepted(**belt.now, sequence=arm.sequence))
    said = belt.eye(along_eye(str(GATE)), GATE + 40)
    (cancel,) = of(said, CancelDivert)
    assert cancel.sequence == arm.sequence


def test_a_parcel_that_the_gate_does_not_see_is_not_diverted() -> None:
    belt = WatchedBelt()
    parcel = belt.wait_for_eye()
    (arm,) = belt.pass_eye(parcel, PROVING)
    belt.tell(ArmAccepted(**belt.now, sequence=arm.sequence))
    assert of(belt.move_to(GATE + 61), CancelDivert)
    assert belt.end_of(parcel) == ("lost", "missed_eye")


def test_a_plan_changed_between_decision_and_arming_counts_for_whom_is_not_armed() -> None:
    belt = WatchedBelt()
    parcel = belt.wait_for_eye("NAMUR")
    belt.tell(
        PlanActivated(
            **belt.now,
            revision=2,
            digest="e",
            by="test",
            fallback=FALLBACK,
            destinations=PLAN | {"NAMUR": PlanEntry(("C1",))},
        )
    )
    (arm,) = belt.pass_eye(parcel, PROVING)
    assert (arm.diverter, arm.side) == ("D1", "left")
    was, now = belt.said_of(parcel, ParcelDecided)
    assert (was.chute, was.plan_revision) == ("C2", 1)
    assert (now.chute, now.plan_revision) == ("C1", 2)


def test_a_parcel_armed_before_the_plan_changed_keeps_its_chute() -> None:
    belt = WatchedBelt()
    parcel = belt.wait_for_eye("NAMUR")
    (arm,) = belt.pass_eye(parcel, PROVING)
    belt.tell(
        PlanActivated(
            **belt.now,
            revision=2,
            digest="e",
            by="test",
            fallback=FALLBACK,
            destinations=PLAN | {"NAMUR": PlanEntry(("C1",))},
        )
    )
    belt.fire(arm)
    belt.confirm(parcel, "C2")
    assert belt.end_of(parcel) == ("confirmed", "assigned")
    (decided,) = belt.said_of(parcel, ParcelDecided)
    assert decided.plan_revision == 1


def test_a_parcel_that_an_eye_sees_behind_its_diverter_was_not_diverted() -> None:
    beyond = EyePlace(along_eye("5500"), 5500)
    belt = WatchedBelt(msgspec.structs.replace(WATCHED_LINE, along=(*WATCHED_LINE.along, beyond)))
    parcel = belt.wait_for_eye()
    (arm,) = belt.pass_eye(parcel, PROVING)
    belt.eye(along_eye(str(GATE)), GATE)
    belt.fire(arm)
    (unconfirmed,) = of(belt.eye(beyond.eye, 5500), DivertUnconfirmed)
    assert (unconfirmed.parcel, unconfirmed.reason) == (parcel, "no_confirm")
    belt.reach_end(parcel)
    assert belt.end_of(parcel) == ("discharged_end", "no_confirm")


def test_after_an_emergency_stop_nothing_is_armed_before_an_eye_has_seen_it_whole() -> None:
    belt = WatchedBelt()
    parcel = belt.wait_for_eye()
    (arm,) = belt.pass_eye(parcel, PROVING)
    belt.tell(ArmAccepted(**belt.now, sequence=arm.sequence))
    belt.tell(DeviceLost(**belt.now, device="plc", why="estop"))
    assert not of(belt.cancel(arm.sequence, "estop"), ArmDivert)
    belt.tell(DeviceReady(**belt.now, device="plc", boot_counter=1, encoder_generation=1))
    (again,) = belt.pass_eye(parcel, GATE)
    assert again.diverter == "D2", "its first chute is out of reach by now, the next one is not"
    belt.fire(again)
    belt.confirm(parcel, "C3")
    assert belt.end_of(parcel) == ("confirmed", "alternate")


def test_a_departure_s_cut_off_passes_while_its_parcels_are_on_the_belt() -> None:
    """Who is armed catches the departure, who still waits goes to the chute of the next one."""
    belt = WatchedBelt()
    plan = PLAN | {"LIEGE": PlanEntry(("C1",), after_cut_off=("C3",))}
    belt.tell(
        PlanActivated(
            **belt.now, revision=2, digest="e", destinations=plan, fallback=FALLBACK, by="test"
        )
    )
    caught = belt.wait_for_eye()
    (arm,) = belt.pass_eye(caught, PROVING)
    missed = belt.wait_for_eye()
    belt.tell(CutOffPassed(**belt.now, destination="LIEGE", local_time="22:30"))
    belt.fire(arm)
    belt.confirm(caught, "C1")
    assert belt.end_of(caught)[0] == "confirmed"
    assert not belt.pass_eye(missed, PROVING)
    assert [said.chute for said in belt.said_of(missed, ParcelDecided)] == ["C1", "C3"]
    (later,) = belt.pass_eye(missed, GATE)
    assert later.diverter == "D2"
