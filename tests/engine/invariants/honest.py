"""Only bodies go wrong here, and nobody lies: then no body enters a chute of another destination.

Bodies slip, are lifted off, laid down, shifted by hand at an emergency stop, missed by an eye;
control dies, the PLC goes away, the encoder loses its count. What no eye can see is left out, and
nothing else:

- An exchange for a body as long: here no two are as long while one of them can be missed, and two
  that touch are not as long together as one that does not.
- A body that is moved away and back between two eyes, another being where it should be when it is
  read: here each is moved one way only.
- A body that is moved where no eye proves it any more before its diverter: there it slips by no
  more than the room that the layout asks for.
- A slip between tunnel eye and scanner, when telegrams tell neither id nor count.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sorter.engine.events import ChuteEmptied, ChuteFilled, DeviceLost, EdgesMissed, EncoderReset
from sorter.engine.instructions import CutOffLifted, CutOffPassed
from sorter.engine.layout import TUNNEL_EYE
from sorter.engine.run_events import LineStopped
from tests.engine.belt_model import LAYOUT, PLAN, SCANNER, TUNNEL
from tests.engine.invariants.bodies import Body
from tests.engine.invariants.layouts import ALONG, LINE, LOOP, PLACES
from tests.engine.invariants.ways import Way, ways
from tests.engine.invariants.world import World

# Longer than a length may err, so that the odd ones differ from each other and from two of them.
GRAIN = LAYOUT.length_tolerance + 1
LENGTHS = tuple(GRAIN * odd for odd in range(5, 38, 2))
# The first eye that may be the last to prove a parcel for its diverter.
LAST_PROOF = ALONG[0]
LONG_WAY = 1_000_000


class BodiesGoWrong(RuleBasedStateMachine):
    """A belt in a hall, without a lie."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self._in_chutes: set[tuple[str, str | None]] = set()

    @initialize(loops=st.booleans(), stamped=st.booleans(), delay=st.integers(0, 140), way=ways)
    def the_line_starts(self, loops: bool, stamped: bool, delay: int, way: Way) -> None:
        self.world = World(LOOP if loops else LINE)
        self.world.stamped, self.world.delay = stamped, delay
        self.world.begin()
        self.goes_on(way)

    @rule(way=ways)
    def goes_on(self, way: Way) -> None:
        self._feed(way)
        self.world.run(way.distance)
        self._judge()

    @rule(way=ways)
    def a_body_slips(self, way: Way) -> None:
        self.goes_on(way)
        if bodies := self.world.on_belt:
            self._move(way.one_of(bodies), abs(way.by) if way.is_even else abs(way.by) // 10)
            self.world.settle_eyes()

    @rule(way=ways)
    def a_body_is_lifted_off(self, way: Way) -> None:
        self.goes_on(way)
        if bodies := self.world.on_belt:
            self.world.lift(way.one_of(bodies))

    @rule(way=ways, at=st.integers(0, LAST_PROOF - 1))
    def a_body_is_laid_down(self, way: Way, at: int) -> None:
        self.goes_on(way)
        world, length = self.world, self._length(way)
        at = at if world.stamped else at % TUNNEL
        if length is not None and at > length and self._is_free(world.count - at, length):
            body = world.feed(0, length)
            body.head_count, body.moved = world.count - at, 1
            world.settle_eyes()

    @rule(way=ways, eye=st.sampled_from(list(PLACES)))
    def an_eye_misses_a_body(self, way: Way, eye: str) -> None:
        self.goes_on(way)
        bodies = [body for body in self.world.on_belt if not body.moved and not body.unseen]
        if bodies and (self.world.stamped or eye != TUNNEL_EYE):
            way.one_of(bodies).unseen = frozenset({eye})
            self.world.settle_eyes()

    @rule(way=ways, coast=st.integers(0, 600), removed=st.integers(0, 50))
    def an_emergency_stop_with_hands(self, way: Way, coast: int, removed: int) -> None:
        self.goes_on(way)
        self.world.emergency_stop(coast)
        self._judge()
        if bodies := self.world.on_belt:
            self._move(way.one_of(bodies), way.by, by_hand=True)
            self.world.lift(bodies[removed % len(bodies)])
        self.world.emergency_over()

    @rule(way=ways)
    def a_chute_fills_or_empties(self, way: Way) -> None:
        self.goes_on(way)
        kind = ChuteFilled if way.is_even else ChuteEmptied
        self.world.tell(kind(**self.world.now, chute=way.one_of(list(LAYOUT.chutes))))

    @rule(way=ways)
    def the_plan_changes_or_a_departure_closes(self, way: Way) -> None:
        self.goes_on(way)
        kind = CutOffPassed if way.is_even else CutOffLifted
        self.world.tell(kind(**self.world.now, destination="LIEGE", local_time="18:30"))
        if way.by < 0:
            self.world.activate(2 + way.which % 8, without=way.one_of(["", "LIEGE", "NAMUR"]))

    @rule(way=ways)
    def the_plc_refuses_or_a_diverter_sticks(self, way: Way) -> None:
        self.world.refuses = way.is_even and way.by < 0
        self.world.diverters.stuck = {way.one_of(["", "D1", "D2", "D3"])}
        self.goes_on(way)

    @rule(way=ways)
    def the_plc_is_away(self, way: Way) -> None:
        self.goes_on(way)
        self.world.tell(DeviceLost(**self.world.now, device="plc", why="no answer"))
        self.world.run(1 + abs(way.by) * 5)
        self.world.ready()

    @rule(way=ways)
    def all_places_are_forgotten(self, way: Way) -> None:
        self.goes_on(way)
        world = self.world
        if way.is_even:
            world.drop_arms("watchdog")
            world.is_blind = True
            world.run(1 + abs(way.by) * 5)
            world.is_blind = False
            world.tell(EdgesMissed(**world.now, missed=7))
        else:
            world.jump(abs(way.by) * 50)
            world.tell(EncoderReset(**world.now))
        world.ready()

    @rule(way=ways)
    def the_belt_runs_back(self, way: Way) -> None:
        """And on again, while tails may be missed."""
        self.goes_on(way)
        self.world.reverse(1 + abs(way.by) * 5)
        self.world.misses_tails = way.is_even
        self.world.run(1000)
        self.world.misses_tails = False

    @rule(way=ways)
    def control_begins_anew(self, way: Way) -> None:
        self.goes_on(way)
        if way.is_even:
            self.world.tell(LineStopped(**self.world.now, why="SIGTERM"))
        self.world.restart()

    def teardown(self) -> None:
        if self.world.fed:
            self.world.run(4000)
            self._judge()
            self.world.watched.check_replay()

    def _judge(self) -> None:
        """Whoever was swept into a chute was to go there; what is told to be in one is there."""
        for body, sweep in self.world.diverters.taken:
            serves = PLAN[body.destination].chutes if body.destination else ()
            overflows = LAYOUT.chutes[sweep.chute].overflow
            assert overflows or sweep.chute in serves, f"{body} was misdiverted by {sweep}"
            self._in_chutes |= {(code, sweep.chute) for code in body.codes}
        self.world.diverters.taken.clear()
        for end in self.world.watched.arrivals:
            # Two that touch are one parcel, and perhaps only one of them was swept.
            is_there = not end.codes or any((c, end.chute) in self._in_chutes for c in end.codes)
            assert is_there, f"{end} is not there"
        self.world.watched.arrivals.clear()

    def _feed(self, way: Way) -> None:
        """The next body comes in, at most one on the belt close behind another."""
        world, length = self.world, self._length(way)
        heads = {body.head_count for body in world.on_belt}
        is_paired = any(body.tail_count in heads for body in world.bodies)
        if length is not None:
            body = world.feed(max(way.gap, is_paired), length)
            if world.layout.lap and not self._is_free(body.head_count, length, body):
                world.bodies.remove(body)

    def _length(self, way: Way) -> int | None:
        """A length that nobody has who is on the belt, or was and is not yet missed."""
        taken = [body.length for body in self.world.bodies]
        taken += [p.length or 0 for p in self.world.watched.line.parcels.values()]
        free = [one for one in LENGTHS if all(abs(one - other) >= GRAIN for other in taken)]
        return free[way.length % len(free)] if free else None

    def _is_free(self, head_count: int, length: int, but: Body | None = None) -> bool:
        """Whether a body of that length can lie there and touch nobody."""
        place = Body(head_count, length, 0)
        others = [body for body in self.world.bodies if body.chute is None and body is not but]
        return all(self._between(place, o) > 0 and self._between(o, place) > 0 for o in others)

    def _between(self, front: Body, other: Body) -> int:
        """How far it is from a body's tail back to the other's head; below 0 if they overlap.

        On a line it is as good as endless when the other does not lie behind.
        """
        lap = self.world.layout.lap
        if not lap:
            behind = other.head_count - front.tail_count
            return behind if other.tail_count > front.head_count else LONG_WAY
        way = (other.head_count - front.head_count) % lap
        return way - front.length

    def _head(self, body: Body) -> int:
        """Where its head is: pulses from the induct eye."""
        way = self.world.count - body.head_count
        return way % self.world.layout.lap if self.world.layout.lap else way

    def _move(self, body: Body, by: int, *, by_hand: bool = False) -> None:
        """Along the belt, back if `by` is above 0, as far as neighbours let it and eyes see it."""
        world, head = self.world, self._head(body)
        others = [other for other in world.bodies if other.chute is None and other is not body]
        room = [self._between(*((body, o) if by > 0 else (o, body))) - 1 for o in others]
        by = max(min([abs(by), *room]), 0) * (1 if by > 0 else -1)
        if body.unseen or body.moved * by < 0:
            return
        if head < LAST_PROOF and head - by < LAST_PROOF:
            body.slipped = 0
            if not world.stamped and TUNNEL <= head <= SCANNER + body.length:
                return
        elif not by_hand and body.slipped + by > world.layout.slip:
            return
        elif not by_hand:
            body.slipped += by
        body.head_count += by
        body.moved += by
