"""A belt on which anything may happen: what the field does, and every way in which it can lie.

Each rule lets the belt run on first, so that parcels get far whatever goes wrong.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

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
    EyeFoundCovered,
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
from sorter.engine.run_events import LineStopped
from tests.engine.belt_model import LAYOUT
from tests.engine.invariants.answers import answer
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
    "found",
    "stopped",
    "restarted",
)

READINGS = ((), ("CODE1",), ("CODE2",), ("CODE1", "CODE3"), ("CODE1", "CODE2"))


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

    @rule(way=ways)
    def a_chute_fills_after_an_arm(self, way: Way) -> None:
        self.goes_on(way)
        world = self.world
        if world.arms:
            arm = way.one_of(list(world.arms.values()))
            world.run(max(arm.target_count - LAYOUT.min_ahead - world.count + way.by // 5, 1))
        kind = ChuteFilled if way.is_even else ChuteEmptied
        world.tell(kind(**world.now, chute=way.one_of(CHUTES)))

    @rule(way=ways)
    def a_body_slips(self, way: Way) -> None:
        self.goes_on(way)
        if bodies := self.world.on_belt:
            way.one_of(bodies).head_count += way.by if way.is_even else way.by // 4
            self.world.settle_eyes()

    @rule(way=ways)
    def a_body_is_lifted_off(self, way: Way) -> None:
        self.goes_on(way)
        if bodies := self.world.on_belt:
            self.world.lift(way.one_of(bodies))

    @rule(way=ways)
    def an_eye_flickers(self, way: Way) -> None:
        self.goes_on(way)
        world = self.world
        kind = EyeBlocked if way.is_even else EyeCleared
        world.tell(kind(**world.now, eye=way.one_of(EYES), at_count=world.count - way.by))

    @rule(way=ways, eye=st.sampled_from(list(PLACES)))
    def an_eye_sees_something_beside_a_parcel(self, way: Way, eye: str) -> None:
        self.goes_on(way)
        world = self.world
        if not world.watched.line.parcels:
            return
        parcel = way.one_of(list(world.watched.line.parcels.values()))
        at_count = parcel.head_count + PLACES[eye] + way.by
        world.tell(EyeBlocked(**world.now, eye=eye, at_count=at_count))
        if way.is_even:
            world.tell(EyeCleared(**world.now, eye=eye, at_count=at_count + 50))

    @rule(way=ways, scanner=st.sampled_from(["top", "side"]))
    def a_scanner_speaks_out_of_turn(self, way: Way, scanner: str) -> None:
        self.goes_on(way)
        world, codes = self.world, way.one_of(READINGS)
        sent = world.count - way.by if way.is_even else None
        world.tell(TelegramReceived(**world.now, scanner=scanner, codes=codes, sent_count=sent))
        world.tell(TelegramGarbled(**world.now, scanner=scanner, why="noise", text=""))

    @rule(way=ways, destination=st.sampled_from([None, "LIEGE", "NAMUR", "NOWHERE"]))
    def a_route_comes_unasked(self, way: Way, destination: str | None) -> None:
        self.goes_on(way)
        parcel = way.one_of(self.world.watched.unrouted or [way.which])
        rule_name = "exact" if destination else "unknown"
        self.world.tell(answer(self.world.now, parcel, rule_name, destination))

    @rule(way=ways, why=st.sampled_from(WHYS), answer=st.integers(0, 6))
    def the_plc_says_anything_about_an_arm(self, way: Way, why: str, answer: int) -> None:
        self.goes_on(way)
        sequence = way.one_of(list(self.world.watched.arms.live) or [way.which])
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

    @rule(way=ways)
    def the_plc_keeps_silent_or_speaks(self, way: Way) -> None:
        self.world.answers, self.world.misses_tails = way.is_even, way.by < 0
        self.goes_on(way)

    @rule(way=ways)
    def a_person_shuts_or_opens_a_chute(self, way: Way) -> None:
        self.goes_on(way)
        now = self.world.now
        kind = ChuteBlocked if way.is_even else ChuteUnblocked
        self.world.tell(kind(**now, chute=way.one_of(CHUTES), by="ann"))
        self.world.tell(DiverterReset(**now, diverter="D1", by="ann"))
        self.world.tell(ShiftBegan(**now, name="late", by="ann"))

    @rule(way=ways)
    def the_plan_changes(self, way: Way) -> None:
        self.goes_on(way)
        self.world.activate(2 + way.which % 8, without=way.one_of(["", "LIEGE", "NAMUR"]))

    @rule(way=ways)
    def a_departure_closes_or_opens(self, way: Way) -> None:
        self.goes_on(way)
        kind = CutOffPassed if way.is_even else CutOffLifted
        self.world.tell(kind(**self.world.now, destination="LIEGE", local_time="18:30"))

    @rule(way=ways, command=st.sampled_from(COMMANDS))
    def somebody_tells_the_machine_something(self, way: Way, command: str) -> None:
        self.goes_on(way)
        self.world.tell(MachineCommanded(**self.world.now, command=command, by="ann"))
        self.world.tell(ModeChosen(**self.world.now, mode=way.one_of(MODES), by="ann"))
        # Most often the line shall go on to run.
        if command != "stop":
            self.world.command("clear", "reset", "start", "unhold", "unsuspend")

    @rule(way=ways, coast=st.integers(0, 600), removed=st.integers(0, 50))
    def an_emergency_stop_with_hands(self, way: Way, coast: int, removed: int) -> None:
        self.goes_on(way)
        world = self.world
        world.emergency_stop(coast)
        if bodies := world.on_belt:
            way.one_of(bodies).head_count += way.by
            world.lift(bodies[removed % len(bodies)])
        world.emergency_over()

    @rule(way=ways, mishap=st.sampled_from(MISHAPS))
    def everything_stops_or_starts_anew(self, way: Way, mishap: str) -> None:
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
                world.jump(abs(way.by) * 50)
                world.tell(EncoderReset(**world.now))
            case "reversed":
                world.reverse(abs(way.by) * 2)
            case "found":
                eye = way.one_of(EYES)
                found = EyeFoundClear(**now, eye=eye)
                covered = EyeFoundCovered(**now, eye=eye)
                world.tell(found if way.by < 0 else covered)
            case "missed":
                world.tell(EdgesMissed(**now, missed=7))
            case "stopped":
                world.tell(LineStopped(**now, why="SIGTERM"))
            case "restarted":
                world.restart()
        if way.is_even:
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
                world.tell(answer(world.now, world.watched.unrouted.pop(), "unknown"))
        world.watched.check_empty()
