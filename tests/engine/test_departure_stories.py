"""A departure closes while its parcels are on the belt."""

from __future__ import annotations

from sorter.engine.events import PlanActivated, PlanEntry
from sorter.engine.instructions import CutOffLifted, CutOffPassed
from sorter.engine.reports import DepartureState, ParcelDecided
from tests.engine.belt_model import Belt, of
from tests.engine.test_proof_stories import PROVING, WatchedBelt


def _belt() -> Belt:
    belt = Belt()
    entry = PlanEntry(("C1",), cut_off="18:30", reopens="04:00", after_cut_off=("C3", "OVF"))
    belt.tell(
        PlanActivated(
            **belt.now,
            revision=2,
            digest="d",
            destinations={"LIEGE": entry, "NAMUR": PlanEntry(("C2",))},
            fallback={},
            by="test",
        )
    )
    return belt


def _told(belt: Belt, parcel: int) -> tuple[str | None, str]:
    decision = belt.said_of(parcel, ParcelDecided)[-1]
    return decision.chute, decision.reason


def test_parcels_decided_after_the_cut_off_go_where_late_parcels_go() -> None:
    belt = _belt()
    early, late, other, next_day = (belt.induct(head) for head in (0, 600, 1200, 1800))
    belt.decided(early)
    said = belt.tell(CutOffPassed(**belt.now, destination="LIEGE", local_time="18:30"))
    assert of(said, DepartureState) == [
        DepartureState(destination="LIEGE", is_closed=True, local_time="18:30")
    ]
    belt.decided(late)
    belt.decided(other, "NAMUR")
    belt.tell(CutOffLifted(**belt.now, destination="LIEGE", local_time="04:00"))
    belt.decided(next_day)
    assert _told(belt, early) == ("C1", "assigned")
    assert _told(belt, late) == ("C3", "after_cut_off")
    assert _told(belt, other) == ("C2", "assigned")
    assert _told(belt, next_day) == ("C1", "assigned")


def test_a_destination_without_a_departure_is_served_as_ever() -> None:
    belt = Belt()
    belt.tell(CutOffPassed(**belt.now, destination="LIEGE", local_time="18:30"))
    parcel = belt.induct(0)
    belt.decided(parcel)
    assert _told(belt, parcel) == ("C1", "assigned")


def test_a_cut_off_that_passes_between_decision_and_arming_counts_for_whom_is_not_armed() -> None:
    belt = WatchedBelt()
    entry = PlanEntry(("C1",), cut_off="18:30", reopens="04:00", after_cut_off=("C2",))
    belt.tell(
        PlanActivated(
            **belt.now, revision=2, digest="d", destinations={"LIEGE": entry}, fallback={}, by="x"
        )
    )
    parcel = belt.wait_for_eye("LIEGE")
    assert _told(belt, parcel) == ("C1", "assigned")
    belt.tell(CutOffPassed(**belt.now, destination="LIEGE", local_time="18:30"))
    (arm,) = belt.pass_eye(parcel, PROVING)
    assert arm.side == "right"
    assert _told(belt, parcel) == ("C2", "after_cut_off")
