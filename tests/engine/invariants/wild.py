"""A belt on which anything may happen: what the field does, and every way in which it can lie.

Each rule lets the belt run on first, so that parcels get far whatever goes wrong.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sorter.engine.events import (
    AnyEvent,
    ArmAccepted,
    ArmCancelled,
    ArmRefused,
    ArmSent,
    ArmUnknown,
    ArmUnsent,
    BeltMoved,
    ChuteEmptied,
    ChuteFilled,
    DeviceLost,
    DivertExecuted,
    EdgesMissed,
    EncoderReset,
    EyeBlocked,
    EyeCleared,
    EyeFoundClear,
    TelegramGarbled,
    TelegramReceived,
)
from sorter.engine.instructions import (
    ChuteBlocked,
    ChuteUnblocked,
    CutOffLifted,
    CutOffPassed,
    DiverterReset,
    EmergencyReset,
    EmergencyStopped,
    MachineCommanded,
    ModeChosen,
    ShiftBegan,
)
from sorter.engine.layout import confirm_eye
from sorter.engine.parcel import Parcel
from sorter.engine.run_events import LineStopped
from tests.engine.belt_model import LAYOUT
from tests.engine.invariants.layouts import LINE, LOOP, PLACES
from tests.engine.invariants.ways import Way, ways
from tests.engine.invariants.world import World

EYES = (*PLACES, "end", "nowhere", *map(confirm_eye, LAYOUT.chutes))
CHUTES = (*LAYOUT.chutes, "NONE")
WHYS = ("by_host", "target_passed", "watchdog", "estop", "not_ready", "new_session")
COMMANDS = ("stop", "hold", "suspend", "complete", "abort", "reset", "nonsense")
MODES = ("production", "production", "shadow", "maintenance")
MISHAPS = (
    "lost",
    "ready",
    "emergency",
    "reset",
    "reversed",
    "missed",
    "clear",
    "stopped",
    "restarted",
)

nearby = st.integers(-400, 400)
chosen = st.integers(0, 50)


class AnythingGoes(RuleBasedStateMachine):
    """An honest belt, and every way to lie about it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(loops=st.booleans(), stamped=st.booleans(), delay=st.integers(0, 180), way=ways)
    def the_line_starts(self, loops: bool, stamped: bool, delay: int, way: Way) -> None:
        self.world = World(LOOP if loops else LINE)
        self.world.stamped, self.world.delay = stamped, delay
        self.world.begin()
        self.goes_on(way)

    @rule(way=ways)
    def goes_on(self, way: Way) -> None:
        # Now and then a code comes again.
        self.world.feed(way.gap, way.length, self.world.fed % 20)
        self.world.run(way.distance)

    @rule(way=ways, which=chosen, by=st.integers(-80, 80), full=st.booleans())
    def a_chute_fills_after_an_arm(self, way: Way, which: int, by: int, full: bool) -> None:
        self.goes_on(way)
        world = self.world
        if world.arms:
            arm = list(world.arms.values())[which % len(world.arms)]
            world.run(max(arm.target_count - LAYOUT.min_ahead - world.count + by, 1))
        kind = ChuteFilled if full else ChuteEmptied
        world.tell(kind(**world.now, chute=CHUTES[which % len(CHUTES)]))

    @precondition(lambda self: self.world.on_belt)
    @rule(way=ways, which=chosen, by=st.one_of(st.integers(-100, 100), st.integers(-500, 500)))
    def a_body_slips(self, way: Way, which: int, by: int) -> None:
        self.goes_on(way)
        if bodies := self.world.on_belt:
            bodies[which % len(bodies)].head_count += by
            self.world.settle_eyes()

    @precondition(lambda self: self.world.on_belt)
    @rule(way=ways, which=chosen)
    def a_body_is_lifted_off(self, way: Way, which: int) -> None:
        self.goes_on(way)
        if bodies := self.world.on_belt:
            self.world.lift(bodies[which % len(bodies)])

    @rule(way=ways, eye=st.sampled_from(EYES), ago=nearby, head=st.booleans())
    def an_eye_flickers(self, way: Way, eye: str, ago: int, head: bool) -> None:
        self.goes_on(way)
        kind = EyeBlocked if head else EyeCleared
        self.world.tell(kind(**self.world.now, eye=eye, at_count=self.world.count - ago))

    @rule(way=ways, which=chosen, eye=st.sampled_from(list(PLACES)), off=nearby, tail=st.booleans())
    def an_eye_sees_something_beside_a_parcel(
        self, way: Way, which: int, eye: str, off: int, tail: bool
    ) -> None:
        self.goes_on(way)
        if not (parcels := self._parcels()):
            return
        at_count = parcels[which % len(parcels)].head_count + PLACES[eye] + off
        self.world.tell(EyeBlocked(**self.world.now, eye=eye, at_count=at_count))
        if tail:
            self.world.tell(EyeCleared(**self.world.now, eye=eye, at_count=at_count + 50))

    @rule(
        way=ways,
        ago=st.one_of(st.none(), nearby),
        scanner=st.sampled_from(["top", "side"]),
        codes=st.lists(st.sampled_from(["CODE1", "CODE2", "CODE3"]), max_size=2),
    )
    def a_scanner_speaks_out_of_turn(
        self, way: Way, ago: int | None, scanner: str, codes: list[str]
    ) -> None:
        self.goes_on(way)
        sent = None if ago is None else self.world.count - ago
        now = self.world.now
        self.world.tell(
            TelegramReceived(**now, scanner=scanner, codes=tuple(codes), sent_count=sent)
        )
        self.world.tell(TelegramGarbled(**now, scanner=scanner, why="noise", text=""))

    @rule(way=ways, number=chosen, destination=st.sampled_from([None, "LIEGE", "NAMUR", "NOWHERE"]))
    def a_route_comes_unasked(self, way: Way, number: int, destination: str | None) -> None:
        self.goes_on(way)
        unrouted = self.world.watched.unrouted
        parcel = unrouted[number % len(unrouted)] if unrouted else number
        self.world.answer_route(parcel, "exact" if destination else "unknown", destination)

    @rule(way=ways, which=chosen, why=st.sampled_from(WHYS), answer=st.integers(0, 6))
    def the_plc_says_anything_about_an_arm(
        self, way: Way, which: int, why: str, answer: int
    ) -> None:
        self.goes_on(way)
        live = list(self.world.watched.arms.live)
        sequence = live[which % len(live)] if live and which < 40 else which
        now = self.world.now
        if answer not in {0, 1, 2}:
            self.world.arms.pop(sequence, None)
        answers: tuple[AnyEvent, ...] = (
            ArmAccepted(**now, sequence=sequence),
            ArmSent(**now, sequence=sequence, sent_ns=0),
            ArmUnknown(**now, sequence=sequence),
            ArmRefused(**now, sequence=sequence, why=why),
            ArmUnsent(**now, sequence=sequence, why=why),
            ArmCancelled(**now, sequence=sequence, why=why),
            DivertExecuted(**now, sequence=sequence, at_count=self.world.count),
        )
        self.world.tell(answers[answer])

    @rule(way=ways, answers=st.booleans(), misses=st.booleans())
    def the_plc_keeps_silent_or_speaks(self, way: Way, answers: bool, misses: bool) -> None:
        self.world.answers, self.world.misses_tails = answers, misses
        self.goes_on(way)

    @rule(way=ways, chute=st.sampled_from(CHUTES), blocked=st.booleans())
    def a_person_shuts_or_opens_a_chute(self, way: Way, chute: str, blocked: bool) -> None:
        self.goes_on(way)
        kind = ChuteBlocked if blocked else ChuteUnblocked
        self.world.tell(kind(**self.world.now, chute=chute, by="ann"))
        self.world.tell(DiverterReset(**self.world.now, diverter="D1", by="ann"))
        self.world.tell(ShiftBegan(**self.world.now, name="late", by="ann"))

    @rule(way=ways, revision=st.integers(2, 9), without=st.sampled_from(["", "LIEGE", "NAMUR"]))
    def the_plan_changes(self, way: Way, revision: int, without: str) -> None:
        self.goes_on(way)
        self.world.activate(revision, without=without)

    @rule(way=ways, passed=st.booleans())
    def a_departure_closes_or_opens(self, way: Way, passed: bool) -> None:
        self.goes_on(way)
        kind = CutOffPassed if passed else CutOffLifted
        self.world.tell(kind(**self.world.now, destination="LIEGE", local_time="18:30"))

    @rule(way=ways, command=st.sampled_from(COMMANDS), mode=st.sampled_from(MODES))
    def somebody_tells_the_machine_something(self, way: Way, command: str, mode: str) -> None:
        self.goes_on(way)
        self.world.tell(MachineCommanded(**self.world.now, command=command, by="ann"))
        self.world.tell(ModeChosen(**self.world.now, mode=mode, by="ann"))
        # Most often the line shall go on to run.
        if command != "stop":
            self.world.command("clear", "reset", "start", "unhold", "unsuspend")

    @rule(way=ways, coast=st.integers(0, 600), removed=chosen, shifted=chosen, by=nearby)
    def an_emergency_stop_with_hands(
        self, way: Way, coast: int, removed: int, shifted: int, by: int
    ) -> None:
        self.goes_on(way)
        world = self.world
        world.emergency_stop(coast)
        if bodies := world.on_belt:
            bodies[shifted % len(bodies)].head_count += by
            world.lift(bodies[removed % len(bodies)])
        world.emergency_over()

    @rule(way=ways, mishap=st.sampled_from(MISHAPS), by=st.integers(0, 20_000))
    def everything_stops_or_starts_anew(self, way: Way, mishap: str, by: int) -> None:
        self.goes_on(way)
        world, now = self.world, self.world.now
        match mishap:
            case "lost":
                world.tell(DeviceLost(**now, device="plc", why="no answer"))
            case "ready":
                world.ready()
            case "emergency":
                world.tell(EmergencyStopped(**now, cause="guard"))
                world.tell(EmergencyReset(**now))
            case "reset":
                world.jump(by)
                world.tell(EncoderReset(**world.now))
            case "reversed":
                world.reverse(by % 1000)
            case "clear":
                world.tell(EyeFoundClear(**now, eye=EYES[by % len(EYES)]))
            case "missed":
                world.tell(EdgesMissed(**now, missed=7))
            case "stopped":
                world.tell(LineStopped(**now, why="SIGTERM"))
            case "restarted":
                world.restart()
        if by % 2:
            world.ready()

    def teardown(self) -> None:
        world = self.world
        if not world.fed:
            return
        world.watched.check_replay()
        world.answers = False
        world.bodies.clear()
        world.count += 50_000
        # One BeltMoved takes each parcel one state further; none has more than five to go.
        for _ in range(6):
            world.tell(BeltMoved(**world.now))
            while world.watched.unrouted:
                world.answer_route(world.watched.unrouted.pop(), "unknown")
        world.watched.check_empty()

    def _parcels(self) -> list[Parcel]:
        return list(self.world.watched.line.parcels.values())
