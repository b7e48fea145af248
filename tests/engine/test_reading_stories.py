"""Whose reading is whose: ids, places, several sides, and codes that two parcels bear."""

from __future__ import annotations

import msgspec

from sorter.engine.commands import ArmDivert, CancelDivert, LookUpRoute
from sorter.engine.events import (
    ArmAccepted,
    ChuteEmptied,
    ChuteFilled,
    EyeBlocked,
    EyeCleared,
    RouteFound,
    TelegramReceived,
)
from sorter.engine.layout import ScannerPlace
from sorter.engine.reports import ParcelDecided, ParcelScanned, TelegramUnbound
from tests.engine.belt_model import LAYOUT, LENGTH, SCANNER, TUNNEL, Belt, of

TWO_SIDES = msgspec.structs.replace(
    LAYOUT,
    scanners={side: ScannerPlace(at=SCANNER, min_delay=0, max_delay=600) for side in ("l", "r")},
)
# 200 ms of belt at 2.5 m/s.
LATE = 500


def triggered(belt: Belt, parcel: int, trigger: int) -> None:
    """The parcel comes to the tunnel eye, whose edge asks for a reading under that id."""
    head = belt.births[parcel] + TUNNEL
    belt.count = max(belt.count, head)
    belt.tell(EyeBlocked(**belt.now, eye="tunnel", at_count=head, trigger=trigger))
    belt.count = max(belt.count, head + LENGTH)
    belt.tell(EyeCleared(**belt.now, eye="tunnel", at_count=head + LENGTH))


def hear(belt: Belt, scanner: str, *codes: str, trigger: int | None = None) -> list[object]:
    """A telegram without a count comes now."""
    return list(
        belt.tell(TelegramReceived(**belt.now, scanner=scanner, codes=codes, trigger=trigger))
    )


def exact(belt: Belt, parcel: int, key: str, destination: str = "LIEGE") -> list[object]:
    """The table has the code as an exact row."""
    return list(
        belt.tell(
            RouteFound(
                **belt.now,
                why=None,
                parcel=parcel,
                rule="exact",
                destination=destination,
                key=key,
                pieces=(key,),
            )
        )
    )


def close_neighbours(belt: Belt) -> tuple[int, int]:
    """Two parcels 150 mm apart, both through the tunnel."""
    first = belt.induct(0)
    second = belt.induct(LENGTH + 150)
    triggered(belt, first, trigger=41)
    triggered(belt, second, trigger=42)
    return first, second


def test_swapped_telegrams_of_close_neighbours_are_a_conflict_by_window() -> None:
    belt = Belt(layout=msgspec.structs.replace(LAYOUT, scanners={"top": TWO_SIDES.scanners["l"]}))
    first, second = close_neighbours(belt)
    belt.count = SCANNER + LENGTH // 2 + LATE
    hear(belt, "top", "SECOND")
    hear(belt, "top", "FIRST")
    for parcel in (first, second):
        (decided,) = belt.said_of(parcel, ParcelDecided)
        assert (decided.rule, decided.chute) == ("conflict", None)


def test_swapped_telegrams_of_close_neighbours_are_both_right_by_trigger_id() -> None:
    belt = Belt()
    first, second = close_neighbours(belt)
    belt.count = SCANNER + LENGTH // 2 + LATE
    said = hear(belt, "top", "SECOND", trigger=42) + hear(belt, "top", "FIRST", trigger=41)
    asked = {order.parcel: order.codes for order in of(said, LookUpRoute)}
    assert asked == {first: ("FIRST",), second: ("SECOND",)}


def test_an_id_that_nobody_on_the_belt_has_is_foreign() -> None:
    belt = Belt()
    first, _ = close_neighbours(belt)
    (unbound,) = of(hear(belt, "top", "X", trigger=7), TelegramUnbound)
    assert (unbound.candidates, unbound.why) == ((), "foreign")
    assert not belt.said_of(first, ParcelDecided)


def test_the_sides_of_a_parcel_are_one_reading() -> None:
    belt = Belt(layout=TWO_SIDES)
    parcel = belt.induct(0)
    triggered(belt, parcel, trigger=1)
    belt.count = SCANNER + 200
    assert not of(hear(belt, "l", trigger=1), LookUpRoute), "the other side has yet to speak"
    (order,) = of(hear(belt, "r", "CODE", trigger=1), LookUpRoute)
    assert order.codes == ("CODE",)


def test_a_telegram_that_comes_twice_changes_nothing() -> None:
    belt = Belt(layout=TWO_SIDES)
    parcel = belt.induct(0)
    triggered(belt, parcel, trigger=1)
    belt.count = SCANNER + 200
    for expected in (False, True):
        (scanned,) = of(hear(belt, "l", "CODE", trigger=1), ParcelScanned)
        assert scanned.repeated is expected
    (order,) = of(hear(belt, "r", trigger=1), LookUpRoute)
    assert order.codes == ("CODE",)


def test_a_side_that_contradicts_itself_makes_a_conflict() -> None:
    belt = Belt(layout=TWO_SIDES)
    parcel = belt.induct(0)
    triggered(belt, parcel, trigger=1)
    belt.count = SCANNER + 200
    hear(belt, "l", trigger=1)
    hear(belt, "l", "CODE", trigger=1)
    (decided,) = belt.said_of(parcel, ParcelDecided)
    assert (decided.rule, decided.reason) == ("conflict", "ambiguous_telegram")


def test_a_telegram_after_the_decision_is_told_as_late_and_changes_nothing() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.decided(1)
    (scanned,) = of(belt.scan(parcel, "OTHER", late=400), ParcelScanned)
    assert scanned.late
    assert len(belt.said_of(parcel, ParcelDecided)) == 1


def test_a_code_that_is_live_on_the_belt_makes_both_parcels_a_duplicate() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(900)
    belt.pass_tunnel(first)
    belt.scan(first, "S")
    (arm,) = of(exact(belt, first, "S"), ArmDivert)
    belt.tell(ArmAccepted(**belt.now, sequence=arm.sequence))
    belt.pass_tunnel(second)
    belt.scan(second, "S")
    (cancel,) = of(exact(belt, second, "S"), CancelDivert)
    assert cancel.sequence == arm.sequence
    belt.cancel(arm.sequence)
    for parcel in (first, second):
        belt.reach_end(parcel)
        assert belt.end_of(parcel) == ("discharged_end", "duplicate")


def test_a_code_that_was_confirmed_a_moment_ago_is_a_duplicate() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(3500)
    belt.pass_tunnel(first)
    belt.scan(first, "S")
    (arm,) = of(exact(belt, first, "S"), ArmDivert)
    belt.fire(arm)
    belt.confirm(first, "C1")
    assert belt.end_of(first) == ("confirmed", "assigned")
    belt.pass_tunnel(second)
    belt.scan(second, "S")
    assert not of(exact(belt, second, "S"), ArmDivert)
    belt.reach_end(second)
    assert belt.end_of(second) == ("discharged_end", "duplicate")


def test_a_code_that_turns_up_while_its_first_owner_is_called_back_is_a_duplicate() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(900)
    belt.pass_tunnel(first)
    belt.scan(first, "S")
    (arm,) = of(exact(belt, first, "S"), ArmDivert)
    belt.pass_tunnel(second)
    belt.tell(ChuteFilled(**belt.now, chute="C1"))
    belt.tell(ChuteEmptied(**belt.now, chute="C1"))
    belt.scan(second, "S")
    exact(belt, second, "S")
    assert not of(belt.cancel(arm.sequence), ArmDivert)
    belt.reach_end(first)
    assert belt.end_of(first) == ("discharged_end", "duplicate")


def test_a_third_body_with_a_disputed_code_is_a_duplicate_too() -> None:
    belt = Belt()
    for number in range(3):
        parcel = belt.induct(900 * number)
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "S")
        said = exact(belt, parcel, "S")
        if number:
            assert not of(said, ArmDivert)
        else:
            belt.cancel(1)
    belt.reach_end(1)
    belt.reach_end(2)
    late = belt.induct(9000 + 2000)
    belt.pass_tunnel(late)
    belt.scan(late, "S")
    assert not of(exact(belt, late, "S"), ArmDivert), "the third is still on the belt"


def test_a_code_comes_again_long_after_its_parcel_has_left() -> None:
    belt = Belt()
    first = belt.induct(0)
    belt.pass_tunnel(first)
    belt.scan(first, "S")
    (arm,) = of(exact(belt, first, "S"), ArmDivert)
    belt.fire(arm)
    belt.confirm(first, "C1")
    second = belt.induct(3 * LAYOUT.end)
    belt.pass_tunnel(second)
    belt.scan(second, "S")
    assert of(exact(belt, second, "S"), ArmDivert)


def test_codes_that_many_parcels_bear_by_right_are_no_duplicates() -> None:
    """A postcode label is the same on every parcel that goes there."""
    belt = Belt()
    for number in (1, 2):
        parcel = belt.induct(900 * number)
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "4204000")
        said = belt.tell(
            RouteFound(
                **belt.now,
                why=None,
                parcel=parcel,
                rule="postcode",
                destination="LIEGE",
                key="BE4000",
                pieces=(),
            )
        )
        assert of(said, ArmDivert)


def test_a_carrier_s_number_read_on_two_bodies_is_a_duplicate_whatever_decided_them() -> None:
    """Both have the piece's number beside a postcode label; one was copied or read past."""
    belt = Belt()
    for number in (1, 2):
        parcel = belt.induct(900 * number)
        belt.pass_tunnel(parcel)
        belt.scan(parcel, "4204000", "RB123456785GB")
        belt.route(parcel, "LIEGE", rule="postcode", pieces=("RB123456785GB",))
    assert [decided.reason for decided in belt.said_of(2, ParcelDecided)] == ["duplicate"]
    (cancel,) = of(belt.said, CancelDivert)
    belt.cancel(cancel.sequence)
    assert belt.said_of(1, ParcelDecided)[-1].reason == "duplicate"
