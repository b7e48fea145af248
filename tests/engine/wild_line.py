"""A line on which anything may happen: bodies on a belt with eyes, a PLC that answers or not.

`run` is the honest part: it tells the engine what eyes, scanner and PLC would, in the order of the
belt. What goes wrong is done by the tests, to the bodies or straight to the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from sorter.engine.commands import ArmDivert, CancelDivert, LookUpRoute
from sorter.engine.events import (
    AnyEvent,
    ArmAccepted,
    ArmCancelled,
    BeltMoved,
    DeviceReady,
    DivertExecuted,
    EyeBlocked,
    EyeCleared,
    PlanActivated,
    RouteFound,
    TelegramReceived,
)
from sorter.engine.layout import EyePlace, along_eye, confirm_eye
from sorter.engine.line import Output
from sorter.engine.run_events import LineStarted
from tests.engine.belt_model import END, FALLBACK, LAYOUT, PLAN, SCANNER, TUNNEL
from tests.engine.watched import Watched

STEP = 25
# The first two prove for the diverters behind them, the second and third see what is armed.
ALONG = (3000, 4300, 7150)
NS_A_PULSE = 400_000
WILD = msgspec.structs.replace(
    LAYOUT,
    along=tuple(EyePlace(along_eye(str(at)), at) for at in ALONG),
    slip=40,
    release_after_ns=500 * NS_A_PULSE,
    jam_after=2500,
    diverters={
        name: msgspec.structs.replace(place, fault_after=2)
        for name, place in LAYOUT.diverters.items()
    },
    chutes={
        name: msgspec.structs.replace(
            place,
            full_after_ns=200 * NS_A_PULSE,
            open_after_ns=1000 * NS_A_PULSE,
            jam_after_ns=2000 * NS_A_PULSE,
            room=3,
            rate=4,
            rate_window=4000,
        )
        for name, place in LAYOUT.chutes.items()
    },
)
PLACES = {
    "induct": 0,
    "tunnel": TUNNEL,
    **{along_eye(str(at)): at for at in ALONG},
    "end": END,
}


@dataclass
class Body:
    """Something on the belt; `chute` once a diverter took it, `diverted_at` where its head was."""

    head_count: int
    length: int
    code: str
    chute: str | None = None
    diverted_at: int = 0


@dataclass
class WildLine:
    """The engine's world. `destinations` are what the table knows; `answers`: the PLC does."""

    answers: bool = True
    stamped: bool = True
    watched: Watched = field(default_factory=lambda: Watched(WILD))
    bodies: list[Body] = field(default_factory=list)
    count: int = 10_000
    arms: dict[int, ArmDivert] = field(default_factory=dict)
    fed: int = 0

    def begin(self) -> None:
        """Start the line as control does."""
        self.tell(LineStarted(time_ns=0, count=self.count, line="L1", layout=WILD))
        self.activate(1)
        self.ready()

    def activate(self, revision: int, *, without: str = "") -> None:
        """A chute plan comes into force, perhaps without one of the destinations."""
        plan = {name: entry for name, entry in PLAN.items() if name != without}
        self.tell(
            PlanActivated(
                **self.now,
                revision=revision,
                digest="d",
                destinations=plan,
                fallback=FALLBACK,
                by="test",
            )
        )

    def ready(self) -> None:
        """The PLC opens a session: it has dropped what it held, and says so first."""
        arms, self.arms = self.arms, {}
        for sequence in arms:
            self.tell(ArmCancelled(**self.now, sequence=sequence, why="new_session"))
        self.tell(DeviceReady(**self.now, device="plc", boot_counter=1, encoder_generation=1))

    @property
    def now(self) -> dict[str, int]:
        """The moment of the next event."""
        return {"time_ns": self.count * NS_A_PULSE, "count": self.count}

    def feed(self, gap: int, length: int) -> None:
        """A body comes onto the belt, `gap` behind the last one."""
        tail = max((b.head_count + b.length for b in self.bodies), default=self.count)
        self.fed += 1
        head = max(self.count, tail) + gap
        self.bodies.append(Body(head, length, f"CODE{self.fed}"))

    def run(self, distance: int) -> None:
        """Let the belt run, and tell what is seen on the way."""
        until = self.count + distance
        while self.count < until:
            before, self.count = self.count, min(self.count + STEP, until)
            for at_count, event in sorted(self._seen(before), key=lambda seen: seen[0]):
                self.tell(event)
                del at_count
            self._fire(before)
            self.tell(BeltMoved(**self.now))
            self.bodies = [b for b in self.bodies if self.count - b.head_count < 2 * END]

    def tell(self, event: AnyEvent) -> list[Output]:
        """One event, and what PLC and table answer to what it leads to."""
        said = self.watched.tell(event)
        for output in said:
            match output:
                case ArmDivert() if self.answers:
                    self.arms[output.sequence] = output
                    self.tell(ArmAccepted(**self.now, sequence=output.sequence))
                case CancelDivert() if output.sequence in self.arms and self.answers:
                    del self.arms[output.sequence]
                    self.tell(ArmCancelled(**self.now, sequence=output.sequence, why="by_host"))
                case LookUpRoute() if self.answers:
                    self.route(output)
        return said

    def route(self, order: LookUpRoute) -> None:
        """The table knows one code in two for Liege, and most others for Namur."""
        number = int(order.codes[0].removeprefix("CODE") or 0)
        destination = (None, "LIEGE", "NAMUR", "LIEGE")[number % 4]
        self.tell(
            RouteFound(
                **self.now,
                why=None,
                parcel=order.parcel,
                rule="unknown" if destination is None else "exact",
                destination=destination,
                key=None,
                table_revision=1,
            )
        )

    def _seen(self, before: int) -> list[tuple[int, AnyEvent]]:
        """What happened between the counts `before` and now."""
        seen: list[tuple[int, AnyEvent]] = []
        for body in self.bodies:
            head, tail = body.head_count, body.head_count + body.length
            if body.chute is not None:
                at = body.diverted_at + LAYOUT.chutes[body.chute].slide
                seen.append((at, self._edge(confirm_eye(body.chute), at)))
                continue
            for eye, place in PLACES.items():
                seen.append((head + place, self._edge(eye, head + place)))
                clear = EyeCleared(**self.now, eye=eye, at_count=tail + place)
                seen.append((tail + place, clear))
            read = (head + tail) // 2 + SCANNER
            seen.append(
                (
                    read,
                    TelegramReceived(
                        **self.now,
                        scanner="top",
                        codes=(body.code,),
                        sent_count=read if self.stamped else None,
                    ),
                )
            )
        return [(at, event) for at, event in seen if before < at <= self.count]

    def _edge(self, eye: str, at_count: int) -> EyeBlocked:
        return EyeBlocked(**self.now, eye=eye, at_count=at_count)

    def _fire(self, before: int) -> None:
        for sequence, arm in tuple(self.arms.items()):
            if arm.target_count > self.count:
                continue
            del self.arms[sequence]
            self.tell(DivertExecuted(**self.now, sequence=sequence, at_count=arm.target_count))
            diverter = LAYOUT.diverters[arm.diverter]
            chute = next(
                name
                for name, place in LAYOUT.chutes.items()
                if (place.diverter, place.side) == (arm.diverter, arm.side)
            )
            for body in self.bodies:
                met = body.head_count + diverter.at
                if body.chute is None and abs(met - arm.target_count - diverter.lead) <= 60:
                    body.chute, body.diverted_at = chute, max(met, before + 1)
