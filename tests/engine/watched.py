"""An engine under watch: after every event it is told, what must always hold is checked.

What the watch knows comes from events and outputs; the engine's own positions are looked at only
where the rule is about them.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from sorter.control.recovery import last_run
from sorter.engine.commands import ArmDivert, CancelDivert, LookUpRoute
from sorter.engine.engine import Engine
from sorter.engine.events import (
    AnyEvent,
    ArmCancelled,
    ArmRefused,
    ArmUnsent,
    BeltMoved,
    DeviceLost,
    DivertExecuted,
    EyeBlocked,
    EyeCleared,
)
from sorter.engine.layout import TUNNEL_EYE, Layout
from sorter.engine.line import Line, Output
from sorter.engine.parcel import HOLDS_DIVERTER, TO_FIRE, Parcel, State
from sorter.engine.reports import DivertArmed, ParcelClosed, ParcelInducted
from sorter.engine.run_events import LineStarted, LineStopped
from tests.simulation.host import Entry

MAY_BE_ARMED = frozenset(
    {State.PROVEN, State.ROUTING, State.WAITING, State.ARMING, State.CANCELLING}
)
ENDS_AN_ARM = (ArmCancelled, ArmRefused, ArmUnsent, DivertExecuted)


class Watched:
    """An engine, and a twin of it that is spared every BeltMoved without effect."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.engine = Engine()
        self._unstarted = Line(layout)
        self._spared = Engine()
        self.journal: list[Entry] = []
        self.told: list[tuple[AnyEvent, list[Output]]] = []
        self.live: dict[int, ArmDivert] = {}
        self.unrouted: list[int] = []
        self._called_back: set[int] = set()
        self._inducted: set[int] = set()
        self._closed: set[int] = set()
        self._confirmed: Counter[str] = Counter()
        self._outlived: set[int] = set()
        self._last_sequence = 0
        self._proving = {TUNNEL_EYE: layout.tunnel} | {eye.eye: eye.at for eye in layout.along}
        self._whole: dict[int, int] = {}
        self._stopped = False

    @property
    def line(self) -> Line:
        """The engine's inside."""
        return self.engine._line or self._unstarted

    def restart_event(self, time_ns: int) -> LineStarted:
        """What the next run is told, as the journal has it."""
        return last_run(self.journal).started(self._layout, time_ns)

    def tell(self, event: AnyEvent) -> list[Output]:
        """Tell both engines; check everything."""
        before = {n: (p.state, p.shaken) for n, p in self.line.parcels.items()}
        inside = _inside(self.line) if isinstance(event, BeltMoved) else None
        said = self.engine.tell(event)
        if inside is not None and not said:
            assert _inside(self.line) == inside, "a silent BeltMoved left a trace"
        self.told.append((event, said))
        if said or not isinstance(event, BeltMoved):
            assert self._spared.tell(event) == said
            self.journal.append(Entry(event))
            self.journal += [Entry(output) for output in said]
        self._take_event(event, before)
        self._take_proofs(event, before)
        for output in said:
            self._take_output(output, event, before)
        self._check_ledger()
        self._check_proofs(event, before)
        self._check_arms()
        return said

    def check_replay(self) -> None:
        """A fresh engine says the same to the same events."""
        engine = Engine()
        for event, said in self.told:
            assert engine.tell(event) == said

    def check_empty(self) -> None:
        """Nothing is kept of parcels that have left."""
        line = self.line
        assert not line.parcels
        assert not line.armed
        assert line.ledger.on_belt == 0
        assert not any(line.chutes.load.on_their_way(chute) for chute in self._layout.chutes)
        assert len(line.belt.obstacles) <= len(self._inducted) + len(self.told)

    def _take_event(self, event: AnyEvent, before: dict[int, tuple[State, bool]]) -> None:
        if isinstance(event, LineStarted):
            self._confirmed.clear()
            self._stopped = False
        if isinstance(event, LineStopped):
            self._stopped = True
        if isinstance(event, DeviceLost | LineStarted | LineStopped):
            self._outlived |= {n for n, (state, _) in before.items() if state is not State.INDUCTED}
        if isinstance(event, LineStarted):
            self._outlived |= set(before)
        if isinstance(event, ENDS_AN_ARM):
            self.live.pop(event.sequence, None)

    def _take_proofs(self, event: AnyEvent, before: dict[int, tuple[State, bool]]) -> None:
        """Who was seen whole: the parcel that covered the eye whose tail came."""
        if not isinstance(event, EyeCleared) or event.eye not in self._proving:
            return
        place = self._proving[event.eye]
        for number, parcel in self.line.parcels.items():
            if number in before and parcel.proven and self._is_tail(event, parcel, place):
                self._whole[number] = place
                self._outlived.discard(number)

    def _is_tail(self, event: EyeCleared, parcel: Parcel, place: int) -> bool:
        tail = parcel.head_count + (parcel.length or 0) + place
        return abs(event.at_count - tail) <= self._layout.length_tolerance

    def _proving_place(self, arm: ArmDivert) -> int:
        """The place of the last eye that sees any parcel whole before that diverter is told."""
        diverter = self._layout.diverters[arm.diverter]
        longest = self._layout.max_length + self._layout.length_tolerance
        whole_by = diverter.at - diverter.lead - self._layout.min_ahead - longest
        in_time = [place for place in self._proving.values() if place <= whole_by]
        return max(in_time, default=self._layout.tunnel)

    def _take_output(
        self, output: Output, event: AnyEvent, before: dict[int, tuple[State, bool]]
    ) -> None:
        match output:
            case ArmDivert():
                self._check_new_arm(output, event, before)
            case CancelDivert():
                self._called_back.add(output.sequence)
            case LookUpRoute():
                self.unrouted.append(output.parcel)
            case ParcelInducted():
                assert output.parcel not in self._inducted
                self._inducted.add(output.parcel)
            case ParcelClosed():
                self._check_close(output)
            case DivertArmed():
                assert output.parcel in self.line.parcels

    def _check_new_arm(
        self, arm: ArmDivert, event: AnyEvent, before: dict[int, tuple[State, bool]]
    ) -> None:
        state, shaken = before[arm.parcel]
        seen_whole = isinstance(event, EyeCleared) and event.eye in self._proving
        assert state in MAY_BE_ARMED or (state is State.SIGHTED and seen_whole), f"{state}"
        assert seen_whole or not shaken
        assert seen_whole or arm.parcel not in self._outlived, "its place outlived an upset"
        assert self._whole[arm.parcel] >= self._proving_place(arm), "armed before it was proven"
        assert not self._stopped
        assert self.line.machine.may_arm
        assert arm.sequence > self._last_sequence
        assert arm.parcel not in {other.parcel for other in self.live.values()}, "two arms"
        assert arm.target_count >= event.count + self._layout.min_ahead
        self._last_sequence = arm.sequence
        self.live[arm.sequence] = arm

    def _check_close(self, end: ParcelClosed) -> None:
        assert end.parcel in self._inducted
        assert end.parcel not in self._closed, "closed twice"
        assert end.reason
        self._closed.add(end.parcel)
        if end.outcome in {"confirmed", "overflow"}:
            assert end.chute is not None
            self._confirmed[end.chute] += 1
        for arm in self.live.values():
            assert arm.parcel != end.parcel or arm.sequence in self._called_back

    def _check_ledger(self) -> None:
        ledger = self.engine.ledger
        assert ledger.inducted == len(self._inducted)
        assert ledger.inducted == sum(ledger.closed.values()) + len(self.line.parcels)
        assert set(self.line.parcels) == self._inducted - self._closed

    def _check_proofs(self, event: AnyEvent, before: dict[int, tuple[State, bool]]) -> None:
        """The tunnel eye's sight of a head leads on from induction, then any eye's of a tail."""
        for number, parcel in self.line.parcels.items():
            was = before.get(number, (State.INDUCTED, False))[0]
            if isinstance(event, LineStarted) or parcel.state in {was, State.STRAIGHT}:
                continue
            if was is State.INDUCTED:
                assert isinstance(event, EyeBlocked)
                assert event.eye == TUNNEL_EYE
            elif was is State.SIGHTED:
                assert isinstance(event, EyeCleared)
                assert event.eye in self._proving

    def _check_arms(self) -> None:
        """No diverter that is to fire would touch a neighbour, as far as the engine knows."""
        line = self.line
        assert not line.newcomers
        for sequence, parcel in line.armed.items():
            assert parcel.sequence == sequence
            assert line.parcels[parcel.number] is parcel
            assert parcel.state in HOLDS_DIVERTER
            if parcel.state not in TO_FIRE or parcel.chute is None:
                continue
            sweep = line.belt.sweep(parcel, line.layout.chutes[parcel.chute])
            unsure = sweep.widened(line.layout.window)
            assert not any(line.belt.meet(unsure, body) for body in line.belt.obstacles)
            room = sweep.widened(line.layout.margin + line.layout.slip)
            for other in line.parcels.values():
                assert other is parcel or not line.belt.meet(room, line.belt.span(other))


def _values(part: object) -> dict[str, str]:
    return {name: str(value) for name, value in vars(part).items()}


def _inside(line: Line) -> list[object]:
    """All that the engine remembers, as values."""
    parcels = [
        [getattr(parcel, name) for name in parcel.__slots__] for parcel in line.parcels.values()
    ]
    refused = [dict(parcel.refused) for parcel in line.parcels.values()]
    return [
        parcels,
        refused,
        list(line.armed),
        list(line.belt.obstacles),
        _values(line.chutes.states),
        _values(line.chutes.load),
        [msgspec.structs.astuple(cover) for cover in line.covered._covers.values()],
        [msgspec.structs.astuple(alarm) for alarm in line.alarms.kept()],
        _values(line.machine),
        _values(line.infeed),
        (line.next_parcel, line.next_sequence, line.chutes.ready, line.stopped),
        (line.at_induct, dict(line.under), dict(line.stray_heads)),
    ]
