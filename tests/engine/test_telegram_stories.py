"""Whose telegram it is: by place on the belt, and nobody's where that leaves a doubt."""

from __future__ import annotations

import msgspec

from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.events import (
    ChuteFilled,
    DeviceLost,
    EyeBlocked,
    TelegramReceived,
)
from sorter.engine.layout import ScannerPlace, confirm_eye
from sorter.engine.reports import (
    ParcelDecided,
    ParcelScanned,
    TelegramUnbound,
)
from tests.engine.belt_model import (
    LAYOUT,
    LENGTH,
    SCANNER,
    TUNNEL,
    Belt,
    of,
)


def test_a_silent_scanner_is_waited_for_only_as_far_as_the_belt_allows() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    assert not belt.move_to(LAYOUT.decide_by)
    (decided,) = of(belt.move_to(LAYOUT.decide_by + 1), ParcelDecided)
    assert decided.rule == "no_read"
    assert not of(belt.scan(parcel, "LATE"), LookUpRoute)


def test_an_unstamped_telegram_that_fits_two_parcels_makes_both_a_conflict() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(450)
    belt.pass_tunnel(first)
    belt.pass_tunnel(second)
    belt.count = 450 + SCANNER + 20
    said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",)))
    (unbound,) = of(said, TelegramUnbound)
    assert unbound.candidates == (first, second)
    for parcel in (first, second):
        belt.reach_end(parcel)
        end = belt.closed(parcel)
        assert end is not None
        assert (end.rule, end.reason) == ("conflict", "ambiguous_telegram")


def test_an_unstamped_telegram_that_fits_one_parcel_is_bound() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(700)
    belt.pass_tunnel(first)
    belt.count = SCANNER + 300
    said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",)))
    assert [look_up.parcel for look_up in of(said, LookUpRoute)] == [first]
    assert second


def test_a_telegram_for_nobody_is_told_and_changes_nothing() -> None:
    belt = Belt()
    said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",), sent_count=50_000))
    (unbound,) = of(said, TelegramUnbound)
    assert unbound.candidates == ()


def test_an_unstamped_telegram_of_an_untracked_body_is_not_given_to_its_neighbour() -> None:
    belt = Belt()
    slipped, behind = belt.induct(0), belt.induct(450)
    belt.pass_tunnel(slipped, length=LENGTH + 40)
    assert belt.end_of(slipped) == ("position_unknown", "length_changed")
    belt.pass_tunnel(behind)
    belt.count = 450 + SCANNER + 20
    said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("SLIPPED",)))
    assert not of(said, LookUpRoute)
    (unbound,) = of(said, TelegramUnbound)
    assert unbound.candidates == (behind,)
    (decided,) = of(said, ParcelDecided)
    assert (decided.rule, decided.reason) == ("conflict", "ambiguous_telegram")


def test_a_contested_parcel_is_decided_when_it_is_proven_not_before() -> None:
    belt = Belt()
    first, second = belt.induct(0, length=100), belt.induct(150, length=100)
    belt.pass_tunnel(first, length=100)
    belt.eye("tunnel", 150 + TUNNEL)
    belt.count = 150 + SCANNER + 60
    belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",)))
    assert [d.parcel for d in of(belt.said, ParcelDecided)] == [first]
    belt.eye_clears("tunnel", 250 + TUNNEL)
    assert [d.parcel for d in of(belt.said, ParcelDecided)] == [first, second]


def test_without_the_encoder_an_unstamped_telegram_has_no_place() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.tell(DeviceLost(**belt.now, device="plc", why="no answer"))
    belt.count = SCANNER + 100
    (unbound,) = of(
        belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",))), TelegramUnbound
    )
    assert unbound.candidates == ()


def test_a_scanner_that_read_nothing_and_then_something_saw_two_parcels_in_one_body() -> None:
    layout = msgspec.structs.replace(
        LAYOUT, scanners={**LAYOUT.scanners, "side": ScannerPlace(SCANNER + 300, 0, 200)}
    )
    belt = Belt(layout=layout)
    parcel = belt.induct(0, length=600)
    belt.pass_tunnel(parcel, length=600)
    belt.scan(parcel)
    said = belt.scan(parcel, "OF-THE-SECOND")
    assert of(said, ParcelScanned)
    assert not of(said, LookUpRoute)
    (decided,) = of(said, ParcelDecided)
    assert decided.rule == "conflict"


def test_an_unknown_scanner_eye_or_chute_changes_nothing() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.tell(TelegramReceived(**belt.now, scanner="side", codes=("A",), sent_count=SCANNER))
    belt.tell(EyeBlocked(**belt.now, eye=confirm_eye("C9"), at_count=belt.count))
    assert not belt.tell(ChuteFilled(**belt.now, chute="C9"))
    belt.scan(parcel, "B")
    assert of(belt.route(parcel, "LIEGE"), ArmDivert)


def test_a_telegram_that_waited_for_control_can_belong_to_more_parcels() -> None:
    for waited, candidates in ((0, 1), (500, 2), (None, 0)):
        belt = Belt()
        for parcel in (belt.induct(0), belt.induct(700)):
            belt.pass_tunnel(parcel)
        belt.count = 700 + SCANNER + 250
        said = belt.tell(TelegramReceived(**belt.now, scanner="top", codes=("A",), waited=waited))
        bound = [scan.parcel for scan in of(said, ParcelScanned)]
        unbound = [n for told in of(said, TelegramUnbound) for n in told.candidates]
        assert len(bound + unbound) == candidates
        assert not bound or bound == [2]
