"""What happens to a whole line: emergency stops with hands, an encoder that jumps, a belt that
rolls back, a control that is killed.

Each kind comes after a drawn number of parcels. What takes its time is a script that goes on with
every turn; while one runs, no other begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from firmware_sim.drive import Drive
from firmware_sim.encoder import Encoder
from firmware_sim.hands import CLEARANCE_MM, Placing
from firmware_sim.parcels import Fate, Parcel
from firmware_sim.physics import Physics
from firmware_sim.plant import Plant
from firmware_sim.registers import COUNT_MODULUS
from tests.simulation.campaign.attendant import Attendant
from tests.simulation.campaign.mix import Rates
from tests.simulation.campaign.plc import Plc

LIFTED, PUSHED = "estop_remove", "estop_shift"
KINDS = ("estop", LIFTED, PUSHED, "encoder_reset", "reverse", "restart")

COAST_MM = (400.0, 800.0)
PUSH_MM = (20.0, 300.0)
ROLL_MM = (5.0, 80.0)
LEAST_PUSH_MM = 5.0
STANDS_WITHIN_MS = 5000
_LIFTS, _PUSHES = 0.5, 0.8


@dataclass(frozen=True)
class Line:
    """What an upset takes hold of. `feel` latches edges at once; `kill` ends control."""

    plant: Plant
    physics: Physics
    drive: Drive
    encoder: Encoder
    plc: Plc
    attendant: Attendant
    feel: Callable[[], None]
    kill: Callable[[], None]


class Upsets:
    """Those of one campaign, counted in the plant's `injected`."""

    def __init__(self, line: Line, rates: Rates, chance: Random) -> None:
        self._line = line
        self._chance = chance
        self._rates = {
            "estop": (rates.estop, self._emergency_stop),
            "encoder_reset": (rates.encoder_reset, self._reset_encoder),
            "reverse": (rates.reverse, self._roll_back),
            "restart": (rates.restart, self._restart),
        }
        self._due = {kind: self._draw(0, share) for kind, (share, _) in self._rates.items()}
        self._soonest = min(self._due.values())
        self._script: Iterator[None] | None = None
        self._now_ms = 0
        self._travel_mm = 0.0

    def turn(self, now_ms: int, travel_mm: float, fed: int) -> None:
        """What happens at the end of this turn."""
        self._now_ms, self._travel_mm = now_ms, travel_mm
        if self._script is None:
            if fed < self._soonest:
                return
            kind = min(self._due, key=self._due.__getitem__)
            share, script = self._rates[kind]
            self._due[kind] = self._draw(fed, share)
            self._soonest = min(self._due.values())
            self._script = script()
        for _ in self._script:
            return
        self._script = None

    def _draw(self, fed: int, share: float) -> float:
        return fed + self._chance.expovariate(share) if share else float("inf")

    def _emergency_stop(self) -> Iterator[None]:
        line, chance = self._line, self._chance
        yield from self._wait(0, 2000)
        line.physics.count_fault("estop")
        line.attendant.may_start = False
        line.drive.cut(chance.uniform(*COAST_MM))
        line.plc.press_estop()
        while not line.drive.stands:
            yield
        yield from self._wait(1000, 5000)
        self._lay_hands_on()
        yield from self._wait(1000, 3000)
        line.plc.reset_estop()
        line.attendant.may_start = True
        while not line.attendant.finds_it_running:
            yield
        line.drive.start()

    def _lay_hands_on(self) -> None:
        """The fences may be opened now: any body can be lifted off or pushed along."""
        physics = self._line.physics
        lifted = self._any_body() if self._chance.random() < _LIFTS else None
        if lifted is not None:
            physics.count_fault(LIFTED, lifted)
            physics.pick_up(lifted, self._travel_mm)
            physics.let_go(lifted, Fate.REMOVED, "lifted off a belt that stood")
        pushed = self._any_body() if self._chance.random() < _PUSHES else None
        if pushed is not None and self._push(pushed) and lifted is not None:
            off_mm = lifted.origin_mm - pushed.origin_mm
            placing = Placing(pushed, lifted, off_mm, pushed.length_mm, 0)
            physics.hands.exchanges.append((placing,))
        self._line.feel()

    def _any_body(self) -> Parcel | None:
        """One that lies whole on the belt, and would if it were pushed."""
        first_mm = self._line.plant.induct_eye_mm + PUSH_MM[1]
        last_mm = self._line.plant.way_mm - PUSH_MM[1] - CLEARANCE_MM
        bodies = [
            body
            for body in self._line.physics.bodies.in_line()
            if first_mm < body.head_mm(self._travel_mm) - body.length_mm
            and body.head_mm(self._travel_mm) < last_mm
        ]
        return self._chance.choice(bodies) if bodies else None

    def _push(self, body: Parcel) -> bool:
        ahead_mm, behind_mm = self._line.physics.bodies.room_mm(body)
        by_mm = self._chance.uniform(*PUSH_MM)
        if self._chance.random() < 0.5:
            by_mm = min(by_mm, ahead_mm - CLEARANCE_MM)
            way = 1
        else:
            by_mm = min(by_mm, behind_mm - CLEARANCE_MM)
            way = -1
        if by_mm < LEAST_PUSH_MM:
            return False
        self._line.physics.count_fault(PUSHED, body)
        self._line.physics.push(body, way * by_mm, self._travel_mm)
        return True

    def _reset_encoder(self) -> Iterator[None]:
        """Its count begins anew, or is off by as much as a few bodies."""
        yield from self._wait(0, 2000)
        count = 0
        if self._chance.random() < 0.5:
            count = self._line.encoder.count_at(self._travel_mm) + self._chance.randint(-4000, 4000)
        self._line.physics.count_fault("encoder_reset")
        self._line.plc.reset_encoder(count % COUNT_MODULUS)

    def _roll_back(self) -> Iterator[None]:
        line, chance = self._line, self._chance
        yield from self._wait(0, 2000)
        line.drive.stop(chance.uniform(*COAST_MM), chance.uniform(2000, 10_000))
        give_up_ms = self._now_ms + STANDS_WITHIN_MS
        while not line.drive.stands:
            if self._now_ms > give_up_ms:
                return
            yield
        by_mm = chance.uniform(*ROLL_MM)
        line.physics.count_fault("reverse")
        line.physics.roll_back(by_mm, self._travel_mm)
        line.feel()
        line.encoder.roll_back(by_mm)

    def _restart(self) -> Iterator[None]:
        yield from self._wait(0, 2000)
        self._line.physics.count_fault("restart")
        self._line.kill()

    def _wait(self, least_ms: float, most_ms: float) -> Iterator[None]:
        until_ms = self._now_ms + self._chance.uniform(least_ms, most_ms)
        while self._now_ms < until_ms:
            yield
