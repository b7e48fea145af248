"""What happens to a belt full of parcels when its places can't be trusted any more, and after."""

from __future__ import annotations

from sorter.engine.commands import ArmDivert, CancelDivert
from sorter.engine.events import (
    DeviceLost,
    EncoderReset,
    EncoderReversed,
    EyeBlocked,
    EyeCleared,
    EyeFoundClear,
)
from sorter.engine.instructions import EmergencyReset, EmergencyStopped, MachineCommanded
from sorter.engine.line import Output
from sorter.engine.reports import (
    AlarmCleared,
    AlarmRaised,
    ParcelClosed,
    ParcelInducted,
    StrayDetected,
)
from tests.engine.belt_model import LAYOUT, LENGTH, TUNNEL, Belt, of
from tests.engine.invariants.layouts import PLACES
from tests.engine.invariants.world import World

DESTINED = {"LIEGE": ("C1", "C3", "OVF"), "NAMUR": ("C2", "OVF"), None: ()}


def line_with(parcels: int) -> World:
    """A line with so many parcels on its belt, the foremost before the first diverter."""
    wild = World()
    wild.begin()
    for _ in range(parcels):
        wild.feed(200, 150)
    wild.run(4350)
    return wild


def said_since(wild: World, since: int) -> list[Output]:
    return [output for _, said in wild.watched.told[since:] for output in said]


def seen_whole_since(wild: World, since: int, arm: ArmDivert) -> bool:
    """Whether an eye over the belt saw a tail just before the parcel was armed."""
    events = wild.watched.told[since:]
    at = next(n for n, (_, said) in enumerate(events) if arm in said)
    cause = events[at][0]
    return isinstance(cause, EyeCleared) and cause.eye in PLACES


def chutes_of(wild: World) -> list[tuple[str | None, str]]:
    """Destination and chute of each body that a diverter took."""
    return [(body.destination, body.chute) for body in wild.bodies if body.chute is not None]


def test_an_emergency_stop_with_twelve_on_the_belt_and_three_armed() -> None:
    """The belt coasts 600 mm; one is lifted off and one put 300 mm back before the line runs again.

    Both are told by the next eye, and no other parcel is armed before an eye has proven it anew.
    """
    wild = line_with(12)
    assert len(wild.bodies) == 12
    assert len(wild.arms) == 3
    since = len(wild.watched.told)
    wild.drop_arms("estop")
    wild.tell(EmergencyStopped(**wild.now, cause="guard open"))
    wild.tell(DeviceLost(**wild.now, device="plc", why="emergency stop"))
    wild.run(600)
    assert not of(said_since(wild, since), ArmDivert)
    lifted, shifted = wild.bodies[6], wild.bodies[-1]
    wild.lift(lifted)
    shifted.head_count += 300
    wild.settle_eyes()
    heads = {p.head_count: p.number for p in wild.watched.line.parcels.values()}
    wild.tell(EmergencyReset(**wild.now))
    wild.ready()
    for command in ("clear", "reset", "start"):
        wild.tell(MachineCommanded(**wild.now, command=command, by="ann"))
    assert not of(said_since(wild, since), ArmDivert), "neither reset nor start arms anything"
    wild.run(12_000)
    said = said_since(wild, since)
    closed = {end.parcel: end for end in of(said, ParcelClosed)}
    assert closed[heads[lifted.head_count]].outcome == "lost"
    assert closed[heads[shifted.head_count - 300]].outcome == "lost"
    assert of(said, StrayDetected), "the shifted one is nobody's where it comes"
    arms = of(said, ArmDivert)
    assert arms
    assert all(seen_whole_since(wild, since, arm) for arm in arms)
    assert all(chute in DESTINED[destination] for destination, chute in chutes_of(wild))
    assert [end.outcome for end in closed.values()].count("confirmed") >= 2
    wild.watched.check_empty()


def test_the_encoder_is_reset_in_mid_flow() -> None:
    """Whoever is on the belt goes straight on, and whoever comes after is sorted as ever."""
    wild = line_with(12)
    since = len(wild.watched.told)
    inducted = wild.watched.line.ledger.inducted
    wild.drop_arms("encoder_reset")
    wild.jump(77_000)
    wild.tell(EncoderReset(**wild.now))
    ends = of(said_since(wild, since), ParcelClosed)
    assert {end.outcome for end in ends} == {"position_unknown"}
    assert len(ends) == inducted
    wild.run(2000)
    for _ in range(4):
        wild.feed(600, 200)
    wild.run(14_000)
    said = said_since(wild, since)
    later = [end for end in of(said, ParcelClosed) if end not in ends]
    assert [end.outcome for end in later].count("confirmed") >= 2
    assert all(chute in DESTINED[destination] for destination, chute in chutes_of(wild))
    assert "encoder_reset" in [alarm.cause for alarm in of(said, AlarmCleared)]
    wild.watched.check_empty()


def test_a_belt_run_backwards_proves_nothing_and_nothing_stays_armed() -> None:
    belt = Belt()
    arm = belt.decided(belt.induct(0))
    belt.count -= 100
    said = belt.tell(EncoderReversed(**belt.now, by=100))
    assert [cancel.sequence for cancel in of(said, CancelDivert)] == [arm.sequence]
    assert [(a.cause, a.detail) for a in of(said, AlarmRaised)] == [
        ("encoder_reversed", "by 100 mm")
    ]
    assert not of(belt.cancel(arm.sequence), ArmDivert), "no eye is to come that could prove it"
    belt.reach_end(1)
    assert belt.end_of(1) == ("flushed", "flushed")


def test_what_an_eye_sees_again_on_the_way_back_and_forth_is_no_ghost() -> None:
    belt = Belt()
    first, second = belt.induct(0), belt.induct(600)
    belt.pass_tunnel(first)
    belt.scan(first, "A")
    farthest = belt.count
    belt.count -= 300
    belt.tell(EncoderReversed(**belt.now, by=300))
    belt.tell(EyeBlocked(**belt.now, eye="tunnel", at_count=TUNNEL + LENGTH))
    belt.tell(EyeCleared(**belt.now, eye="tunnel", at_count=TUNNEL))
    belt.tell(EyeBlocked(**belt.now, eye="tunnel", at_count=TUNNEL))
    belt.tell(EyeCleared(**belt.now, eye="tunnel", at_count=TUNNEL + LENGTH))
    belt.move_to(farthest)
    assert not of(belt.said, StrayDetected)
    assert belt.closed(first) is None
    assert belt.decided(second, "NAMUR").diverter == "D1"
    belt.reach_end(first)
    assert belt.end_of(first) == ("flushed", "flushed")


def test_the_alarm_of_a_reversed_belt_is_over_when_a_parcel_arrives_where_it_should() -> None:
    belt = Belt()
    belt.tell(EncoderReversed(**belt.now, by=50))
    belt.fire(belt.decided(belt.induct(500)))
    assert "encoder_reversed" in [a.cause for a in of(belt.confirm(1, "C1"), AlarmCleared)]


def test_a_tail_that_no_edge_told_of_proves_nothing_and_leaves_no_jam() -> None:
    belt = Belt()
    parcel = belt.induct(0)
    belt.eye("tunnel", TUNNEL)
    belt.count = TUNNEL + LENGTH + 10
    belt.tell(EyeFoundClear(**belt.now, eye="tunnel"))
    belt.scan(parcel, "A")
    belt.move_to(LAYOUT.decide_by + 1)
    assert not of(belt.said, ArmDivert)
    belt.reach_end(parcel)
    assert belt.end_of(parcel) == ("discharged_end", "missed_eye")
    assert not of(belt.said, AlarmRaised)


def test_a_tail_missed_at_the_induct_eye_leaves_a_parcel_without_a_length() -> None:
    belt = Belt()
    (inducted,) = of(belt.eye("induct", 0), ParcelInducted)
    belt.count = 400
    belt.tell(EyeFoundClear(**belt.now, eye="induct"))
    behind = 2
    belt.births[behind] = 700
    belt.eye("induct", 700, length=LENGTH)
    belt.eye("tunnel", TUNNEL, length=LENGTH)
    assert belt.end_of(inducted.parcel) == ("position_unknown", "no_length")
    belt.pass_tunnel(behind)
    assert belt.closed(behind) is None


def test_a_stray_whose_tail_was_missed_is_kept_clear_of() -> None:
    belt = Belt()
    belt.pass_tunnel(belt.induct(0))
    belt.eye("tunnel", TUNNEL + LENGTH + 40)
    belt.count = TUNNEL + LENGTH + 200
    belt.tell(EyeFoundClear(**belt.now, eye="tunnel"))
    close = belt.induct(580)
    belt.pass_tunnel(close)
    belt.scan(close, "A")
    assert not of(belt.route(close, "NAMUR"), ArmDivert), "it may reach to 80 before its head"
