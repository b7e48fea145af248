"""What lies beyond the last eye before a diverter, when people may have been at the belt there."""

from __future__ import annotations

from sorter.engine.instructions import ChuteBlocked
from tests.engine.invariants.bodies import Body
from tests.engine.invariants.world import World

LIEGE, NAMUR = 1, 2


def swept(world: World) -> list[tuple[int, str]]:
    """The bodies that were taken off the belt, by number, and their chutes."""
    return [(body.number, sweep.chute) for body, sweep in world.diverters.taken]


def line_of_second_diverter() -> World:
    """A line on which the parcels for Liege go to the second diverter: the first chute is shut."""
    world = World()
    world.begin()
    world.tell(ChuteBlocked(**world.now, chute="C1", by="ann"))
    return world


def test_a_stray_before_a_parcel_is_known_no_more_after_a_restart_and_is_not_swept_along() -> None:
    world = line_of_second_diverter()
    parcel = world.feed(200, 300, LIEGE)
    world.run(200 + 2800)
    stray = Body(parcel.head_count - 20 - 155, 155, NAMUR)
    world.bodies.append(stray)
    world.run(1425)
    assert world.count - stray.head_count == 4400, "no eye will see its head before the diverter"
    world.restart()
    world.run(6000)
    assert swept(world) == []


def test_a_parcel_that_hands_moved_beyond_the_last_eye_is_not_swept_along_with_another() -> None:
    world = line_of_second_diverter()
    ahead = world.feed(200, 155, NAMUR)
    world.feed(260, 300, LIEGE)
    world.tell(ChuteBlocked(**world.now, chute="C2", by="ann"))
    world.run(200 + 4665)
    world.emergency_stop(0)
    ahead.head_count += 200
    world.emergency_over()
    world.run(6000)
    assert swept(world) == []


def test_who_is_far_behind_what_hands_may_have_moved_is_armed_as_ever() -> None:
    world = line_of_second_diverter()
    world.feed(200, 155, NAMUR)
    world.feed(1500, 300, LIEGE)
    world.tell(ChuteBlocked(**world.now, chute="C2", by="ann"))
    world.run(200 + 4665)
    world.emergency_stop(0)
    world.emergency_over()
    world.run(6000)
    assert swept(world) == [(LIEGE, "C3")]


def test_a_body_that_hands_moved_under_the_last_eye_is_known_by_its_tail() -> None:
    """The eye stays covered while it is put back, close before another: its tail comes late."""
    world = line_of_second_diverter()
    moved = world.feed(200, 600, NAMUR)
    world.feed(260, 300, LIEGE)
    world.tell(ChuteBlocked(**world.now, chute="C2", by="ann"))
    world.run(200 + 4560)
    world.emergency_stop(0)
    moved.head_count += 250
    world.emergency_over()
    world.run(6000)
    assert swept(world) == []
