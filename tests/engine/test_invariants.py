"""What always holds, whatever the field says: tried with lines on which everything goes wrong."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sorter.engine.events import (
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
    RouteFound,
    TelegramGarbled,
    TelegramReceived,
)
from sorter.engine.instructions import (
    ChuteBlocked,
    ChuteUnblocked,
    DiverterReset,
    EmergencyReset,
    EmergencyStopped,
    MachineCommanded,
    ModeChosen,
    ShiftBegan,
)
from sorter.engine.layout import confirm_eye
from sorter.engine.parcel import UNDECIDED, Parcel
from sorter.engine.run_events import LineStopped
from tests.engine.belt_model import LAYOUT
from tests.engine.wild_line import PLACES, WildLine

EYES = (*PLACES, "nowhere", *map(confirm_eye, LAYOUT.chutes))
CHUTES = (*LAYOUT.chutes, "NONE")
WHYS = ("by_host", "target_passed", "watchdog", "estop", "not_ready", "new_session")
COMMANDS = ("stop", "hold", "suspend", "complete", "abort", "reset", "nonsense")
MODES = ("production", "production", "shadow", "maintenance")
MISHAPS = (
    "emergency",
    "lost",
    "ready",
    "ready",
    "reset",
    "missed",
    "stopped",
    "restarted",
    "restarted",
)

gaps = st.one_of(st.integers(0, 60), st.integers(150, 250), st.integers(250, 1500))
lengths = st.one_of(st.integers(150, 400), st.integers(20, 1500))
nearby = st.integers(-400, 400)
chosen = st.integers(0, 50)
traffic = st.lists(st.tuples(gaps, lengths), max_size=6)


class AnythingGoes(RuleBasedStateMachine):
    """An honest belt, and every way to lie about it."""

    def __init__(self) -> None:
        super().__init__()
        self.wild = WildLine()

    @initialize(stamped=st.booleans())
    def start(self, stamped: bool) -> None:
        self.wild.stamped = stamped
        self.wild.begin()

    @rule(gap=gaps, length=lengths)
    def a_body_comes(self, gap: int, length: int) -> None:
        self.wild.feed(gap, length)

    @rule(spans=traffic, distance=st.integers(1, 5000))
    def the_belt_runs(self, spans: list[tuple[int, int]], distance: int) -> None:
        for gap, length in spans:
            self.wild.feed(gap, length)
        self.wild.run(distance)

    @rule(spans=traffic, distance=st.integers(1000, 4000), which=chosen, by=st.integers(-80, 80))
    def the_belt_runs_and_a_chute_fills(
        self, spans: list[tuple[int, int]], distance: int, which: int, by: int
    ) -> None:
        self.the_belt_runs(spans, distance)
        if self.wild.arms:
            arms = list(self.wild.arms.values())
            arm = arms[which % len(arms)]
            self.wild.run(max(arm.target_count - LAYOUT.min_ahead - self.wild.count + by, 1))
            self.wild.tell(ChuteFilled(**self.wild.now, chute=CHUTES[which % len(CHUTES)]))

    @precondition(lambda self: self.wild.bodies)
    @rule(which=chosen, by=st.one_of(st.integers(-100, 100), st.integers(-500, 500)))
    def a_body_slips(self, which: int, by: int) -> None:
        self.wild.bodies[which % len(self.wild.bodies)].head_count += by

    @precondition(lambda self: self.wild.bodies)
    @rule(which=chosen)
    def a_body_is_lifted_off(self, which: int) -> None:
        del self.wild.bodies[which % len(self.wild.bodies)]

    @rule(eye=st.sampled_from(EYES), ago=nearby, head=st.booleans())
    def an_eye_flickers(self, eye: str, ago: int, head: bool) -> None:
        kind = EyeBlocked if head else EyeCleared
        self.wild.tell(kind(**self.wild.now, eye=eye, at_count=self.wild.count - ago))

    @precondition(lambda self: self.wild.watched.line.parcels)
    @rule(which=chosen, eye=st.sampled_from(list(PLACES)[:-1]), off=nearby, tail=st.booleans())
    def an_eye_sees_something_beside_a_parcel(
        self, which: int, eye: str, off: int, tail: bool
    ) -> None:
        parcels = list(self.wild.watched.line.parcels.values())
        at_count = parcels[which % len(parcels)].head_count + PLACES[eye] + off
        self.wild.tell(EyeBlocked(**self.wild.now, eye=eye, at_count=at_count))
        if tail:
            self.wild.tell(EyeCleared(**self.wild.now, eye=eye, at_count=at_count + 50))

    @rule(spans=traffic, back=st.booleans())
    def the_plc_is_lost_before_a_decision(self, spans: list[tuple[int, int]], back: bool) -> None:
        self.the_belt_runs(spans, 1)
        for _ in range(60):
            if any(p.state in UNDECIDED and p.met for p in self._parcels()):
                break
            self.wild.run(50)
        self.everything_stops_or_starts_anew("lost")
        if back:
            self.everything_stops_or_starts_anew("ready")

    def _parcels(self) -> Iterable[Parcel]:
        return self.wild.watched.line.parcels.values()

    @rule(
        ago=st.one_of(st.none(), nearby),
        scanner=st.sampled_from(["top", "side"]),
        codes=st.lists(st.sampled_from(["CODE1", "CODE2", "CODE3"]), max_size=2),
    )
    def a_scanner_speaks_out_of_turn(self, ago: int | None, scanner: str, codes: list[str]) -> None:
        sent = None if ago is None else self.wild.count - ago
        self.wild.tell(
            TelegramReceived(**self.wild.now, scanner=scanner, codes=tuple(codes), sent_count=sent)
        )
        self.wild.tell(TelegramGarbled(**self.wild.now, scanner=scanner, why="noise", text=""))

    @rule(number=chosen, destination=st.sampled_from([None, "LIEGE", "NAMUR", "NOWHERE"]))
    def a_route_comes_unasked(self, number: int, destination: str | None) -> None:
        unrouted = self.wild.watched.unrouted
        parcel = unrouted[number % len(unrouted)] if unrouted else number
        self.wild.tell(
            RouteFound(
                **self.wild.now,
                why=None,
                parcel=parcel,
                rule="exact" if destination else "unknown",
                destination=destination,
                key=None,
                table_revision=2,
            )
        )

    @rule(which=chosen, why=st.sampled_from(WHYS), answer=st.integers(0, 6))
    def the_plc_says_anything_about_an_arm(self, which: int, why: str, answer: int) -> None:
        live = list(self.wild.watched.live)
        sequence = live[which % len(live)] if live and which < 40 else which
        now = self.wild.now
        at_count = self.wild.count
        if answer not in {0, 1, 2}:
            self.wild.arms.pop(sequence, None)
        self.wild.tell(
            (
                ArmAccepted(**now, sequence=sequence),
                ArmSent(**now, sequence=sequence, sent_ns=0),
                ArmUnknown(**now, sequence=sequence),
                ArmRefused(**now, sequence=sequence, why=why),
                ArmUnsent(**now, sequence=sequence, why=why),
                ArmCancelled(**now, sequence=sequence, why=why),
                DivertExecuted(**now, sequence=sequence, at_count=at_count),
            )[answer]
        )

    @rule(answers=st.booleans())
    def the_plc_keeps_silent_or_speaks(self, answers: bool) -> None:
        self.wild.answers = answers

    @rule(chute=st.sampled_from(CHUTES), full=st.booleans())
    def a_chute_fills_or_empties(self, chute: str, full: bool) -> None:
        kind = ChuteFilled if full else ChuteEmptied
        self.wild.tell(kind(**self.wild.now, chute=chute))

    @rule(chute=st.sampled_from(CHUTES), blocked=st.booleans())
    def a_person_shuts_or_opens_a_chute(self, chute: str, blocked: bool) -> None:
        kind = ChuteBlocked if blocked else ChuteUnblocked
        self.wild.tell(kind(**self.wild.now, chute=chute, by="ann"))
        self.wild.tell(DiverterReset(**self.wild.now, diverter="D1", by="ann"))

    @rule(name=st.sampled_from(["early", "late"]))
    def a_shift_begins(self, name: str) -> None:
        self.wild.tell(ShiftBegan(**self.wild.now, name=name, by="ann"))

    @rule(revision=st.integers(2, 9), without=st.sampled_from(["", "LIEGE", "NAMUR"]))
    def the_plan_changes(self, revision: int, without: str) -> None:
        self.wild.activate(revision, without=without)

    @rule(command=st.sampled_from(COMMANDS), mode=st.sampled_from(MODES))
    def somebody_tells_the_machine_something(self, command: str, mode: str) -> None:
        now = self.wild.now
        self.wild.tell(MachineCommanded(**now, command=command, by="ann"))
        self.wild.tell(ModeChosen(**now, mode=mode, by="ann"))
        # Most often the line shall go on to run.
        if command != "stop":
            for word in ("clear", "reset", "start", "unhold", "unsuspend"):
                self.wild.tell(MachineCommanded(**now, command=word, by="ann"))

    @rule(mishap=st.sampled_from(MISHAPS))
    def everything_stops_or_starts_anew(self, mishap: str) -> None:
        wild = self.wild
        now = wild.now
        match mishap:
            case "lost":
                wild.tell(DeviceLost(**now, device="plc", why="no answer"))
            case "ready":
                wild.ready()
            case "emergency":
                wild.tell(EmergencyStopped(**now, cause="guard"))
                wild.tell(EmergencyReset(**now))
            case "reset":
                wild.tell(EncoderReset(**now))
            case "missed":
                wild.tell(EdgesMissed(**now, missed=7))
            case "stopped":
                wild.tell(LineStopped(**now, why="SIGTERM"))
            case "restarted":
                wild.tell(wild.watched.restart_event(now["time_ns"]))
                wild.activate(1)
                wild.ready()

    def teardown(self) -> None:
        wild = self.wild
        wild.answers = False
        wild.bodies.clear()
        wild.count += 50_000
        # One BeltMoved takes each parcel one state further; none has more than five to go.
        for _ in range(6):
            wild.tell(BeltMoved(**wild.now))
            while wild.watched.unrouted:
                parcel = wild.watched.unrouted.pop()
                wild.tell(
                    RouteFound(
                        **wild.now,
                        why=None,
                        parcel=parcel,
                        rule="unknown",
                        destination=None,
                        key=None,
                        table_revision=1,
                    )
                )
        if wild.watched.told:
            wild.watched.check_empty()
            wild.watched.check_replay()


AnythingGoes.TestCase.settings = settings(stateful_step_count=40)
TestAnythingGoes = AnythingGoes.TestCase
