"""The engine's world: bodies on a belt with eyes, diverters that sweep, a PLC that answers or not.

The world itself never lies: an eye shows at every moment whether a body covers it, a scanner reads
what lies under its beam, and whatever a diverter sweeps goes into its chute. What goes wrong is
done by the tests, to the bodies, or by lies straight to the engine.
"""

from __future__ import annotations

import msgspec

from sorter.engine.commands import ArmDivert, CancelDivert, LookUpRoute
from sorter.engine.events import (
    AnyEvent,
    ArmAccepted,
    ArmCancelled,
    ArmRefused,
    BeltMoved,
    DeviceReady,
    DivertExecuted,
    EncoderReversed,
    EyeBlocked,
    EyeCleared,
    EyeFoundClear,
    TelegramReceived,
)
from sorter.engine.instructions import EmergencyReset, EmergencyStopped, MachineCommanded
from sorter.engine.layout import Layout, confirm_eye
from sorter.engine.line import Output
from sorter.engine.run_events import LineStarted
from tests.engine.belt_model import END
from tests.engine.invariants.agenda import HEAD, READING, TAIL, Agenda, Due
from tests.engine.invariants.answers import plan_activated, route_found
from tests.engine.invariants.bodies import Body
from tests.engine.invariants.diverters import Diverters
from tests.engine.invariants.layouts import LINE, NS_A_PULSE, PLACES
from tests.engine.invariants.watched import Watched

# A poll comes so soon after what it tells, and so often when there is nothing to tell.
POLL = 50
IDLE_POLL = 300
# How far the belt runs until a tail that was missed is found out.
FOUND_AFTER = 300
NS_A_MINUTE = 60_000_000_000


class World:
    """One belt and all around it.

    `delay`: how far the belt moves between a reading and its telegram; `stamped`: the telegram
    bears the count of the reading. `answers`: the PLC does; `refuses`: it takes no arms.
    `is_blind`: nothing that is seen is told; `misses_tails`: it is told late, and not when, that an
    eye over the belt is free again.
    """

    def __init__(self, layout: Layout = LINE) -> None:
        self.layout = layout
        self.watched = Watched(layout)
        self.bodies: list[Body] = []
        self.diverters = Diverters(layout)
        self.count = 10_000
        self.time_ns = 0
        self.fed = 0
        self.delay = 40
        self.stamped = True
        self.answers = True
        self.refuses = False
        self.is_blind = False
        self.misses_tails = False
        self._polled = self.count
        self._places = PLACES if layout.lap else PLACES | {"end": END}
        self._under: dict[str, list[Body]] = {eye: [] for eye in self._places}
        self._under |= {confirm_eye(chute): [] for chute in layout.chutes}
        self._agenda = Agenda(layout, self._places)

    @property
    def now(self) -> dict[str, int]:
        """The moment of the next event."""
        return {"time_ns": self.time_ns, "count": self.count}

    @property
    def arms(self) -> dict[int, ArmDivert]:
        """What the PLC holds and has not fired."""
        return self.diverters.arms

    @property
    def on_belt(self) -> list[Body]:
        """The bodies that have come in and that no diverter took."""
        return [b for b in self.bodies if b.chute is None and b.head_count <= self.count]

    def begin(self) -> None:
        """Start the line as control does."""
        self.tell(
            LineStarted(
                time_ns=self.time_ns, count=self.count, line=self.layout.line, layout=self.layout
            )
        )
        self.activate(1)
        self.ready()

    def restart(self) -> None:
        """Control was killed, and begins anew from its journal."""
        self.tell(self.watched.restart_event(self.time_ns))
        self.activate(1)
        self.ready()

    def activate(self, revision: int, *, without: str = "") -> None:
        """A chute plan comes into force, perhaps without one of the destinations."""
        self.tell(plan_activated(self.now, revision, without))

    def ready(self) -> None:
        """The PLC opens a session: it has dropped what it held, and says so first."""
        self.drop_arms("new_session")
        self.tell(DeviceReady(**self.now, device="plc", boot_counter=1, encoder_generation=1))

    def drop_arms(self, why: str) -> None:
        """The PLC forgets what it holds, and says so."""
        arms = tuple(self.arms)
        self.arms.clear()
        for sequence in arms:
            self.tell(ArmCancelled(**self.now, sequence=sequence, why=why))

    def feed(self, gap: int, length: int, number: int | None = None) -> Body:
        """A body comes onto the belt, `gap` behind the last one that does."""
        self.fed += 1
        last = max((b.tail_count for b in self.bodies), default=self.count)
        head_count = max(self.count, last) + gap
        body = Body(head_count, length, self.fed if number is None else number)
        self.bodies.append(body)
        return body

    def lift(self, body: Body) -> None:
        """A body is taken off; what it covered is free."""
        self.bodies.remove(body)
        self.settle_eyes()

    def settle_eyes(self) -> None:
        """Bodies were moved: the eyes show it at once."""
        for eye, place in self._places.items():
            under = [body for body in self.bodies if self._covers(body, place, eye)]
            under += [b for b in self._under[eye] if b.chute is not None and b in self.bodies]
            was, self._under[eye] = self._under[eye], under
            if bool(was) is not bool(under):
                kind = EyeBlocked if under else EyeCleared
                self._see(kind(**self.now, eye=eye, at_count=self.count))

    def command(self, *words: str) -> None:
        """A person gives the machine one command after the other."""
        for word in words:
            self.tell(MachineCommanded(**self.now, command=word, by="ann"))

    def emergency_stop(self, coast: int) -> None:
        """The safety system cuts the drives: the PLC drops its arms, and the belt coasts."""
        self.tell(EmergencyStopped(**self.now, cause="guard"))
        self.drop_arms("estop")
        if coast:
            self.run(coast)

    def emergency_over(self) -> None:
        """All hands are off; the line is reset and started again."""
        self.time_ns += NS_A_MINUTE
        self.settle_eyes()
        self.tell(EmergencyReset(**self.now))
        self.command("clear", "reset", "start")

    def jump(self, by: int) -> None:
        """The encoder's count jumps, and the PLC drops what it was to fire at a count."""
        self.count += by
        for body in self.bodies:
            body.head_count += by
            body.diverted_at += by
        self.diverters.rest()
        self.arms.clear()

    def reverse(self, by: int) -> None:
        """The belt runs backwards, and the count with it."""
        self.count -= by
        self.time_ns += by * NS_A_PULSE
        self._polled = self.count
        self.diverters.rest()
        self.settle_eyes()
        self.tell(EncoderReversed(**self.now, by=by))

    def run(self, distance: int) -> None:
        """Let the belt run, and tell what is seen on the way."""
        until = self.count + distance
        self._agenda.plan(self.bodies, self.count, until)
        while self.count < until:
            self._go_to(min(until, self._next_poll()))
            for due in self._agenda.pop(self.count):
                self._happens(due)
            self._polled = self.count
            self._see(BeltMoved(**self.now))
        self.bodies = [body for body in self.bodies if not self._has_left(body)]

    def tell(self, event: AnyEvent) -> list[Output]:
        """One event, and what PLC and table answer to what it leads to."""
        said = self.watched.tell(event)
        for output in said:
            match output:
                case ArmDivert() if self.answers and self.refuses:
                    self.tell(ArmRefused(**self.now, sequence=output.sequence, why="queue_full"))
                case ArmDivert() if self.answers:
                    self.arms[output.sequence] = output
                    self.tell(ArmAccepted(**self.now, sequence=output.sequence))
                case CancelDivert() if output.sequence in self.arms and self.answers:
                    del self.arms[output.sequence]
                    self.tell(ArmCancelled(**self.now, sequence=output.sequence, why="by_host"))
                case LookUpRoute() if self.answers:
                    self.tell(route_found(self.now, output.parcel, output.codes))
        return said

    def _see(self, event: AnyEvent) -> None:
        if not self.is_blind:
            self.tell(event)

    def _covers(self, body: Body, place: int, eye: str) -> bool:
        way = self.count - body.head_count - place
        if way < 0 or body.chute is not None or eye in body.unseen:
            return False
        return (way % self.layout.lap if self.layout.lap else way) < body.length

    def _has_left(self, body: Body) -> bool:
        if body.chute is not None:
            return self.count > self._agenda.arrival(body)[1][0]
        return not self.layout.lap and self.count > body.tail_count + END

    def _next_poll(self) -> int:
        """Soon after the next thing happens; now and then too when nothing does."""
        idle = self.count + IDLE_POLL
        due = min(self.diverters.next_at or idle, self._agenda.soonest or idle)
        return min(idle, self.count + max(1, (due - self.count + POLL - 1) // POLL) * POLL)

    def _go_to(self, count: int) -> None:
        """The belt moves; what is due by then the PLC fires by itself, before it is asked."""
        self.time_ns += (count - self.count) * NS_A_PULSE
        self.count = count
        for arm in self.diverters.fire(count):
            fired = DivertExecuted(**self.now, sequence=arm.sequence, at_count=arm.target_count)
            self._agenda.tell(arm.target_count, fired)
        for body in self.diverters.sweep(self.on_belt, count):
            for at, what in self._agenda.arrival(body):
                self._agenda.add(at, what, confirm_eye(body.chute or ""), body)

    def _happens(self, due: Due) -> None:
        body = due.body
        if due.event is not None:
            self._tell_late(due.event)
        elif body is None or body not in self.bodies:
            return
        elif due.what == HEAD and (body.chute is None or due.eye not in self._places):
            self._under[due.eye].append(body)
            if len(self._under[due.eye]) == 1:
                self._see(EyeBlocked(**self.now, eye=due.eye, at_count=due.at_count))
        elif due.what == TAIL and body in self._under[due.eye]:
            self._under[due.eye].remove(body)
            if not self._under[due.eye]:
                self._leave(due.eye, due.at_count)
        elif due.what == READING and body.chute is None:
            self._read(body, due.at_count)

    def _leave(self, eye: str, at_count: int) -> None:
        if not self.misses_tails:
            self._see(EyeCleared(**self.now, eye=eye, at_count=at_count))
        elif eye in self._places:
            self._agenda.tell(at_count + FOUND_AFTER, EyeFoundClear(**self.now, eye=eye))

    def _read(self, body: Body, at_count: int) -> None:
        sent_count = at_count if self.stamped else None
        telegram = TelegramReceived(
            **self.now, scanner="top", codes=body.codes, sent_count=sent_count
        )
        self._agenda.tell(at_count + self.delay, telegram)

    def _tell_late(self, event: AnyEvent) -> None:
        event = msgspec.structs.replace(event, **self.now)
        if isinstance(event, TelegramReceived):
            event = msgspec.structs.replace(event, waited=self.count - self._polled)
        if not isinstance(event, EyeFoundClear) or not self._under[event.eye]:
            self._see(event)
