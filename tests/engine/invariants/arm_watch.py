"""The watch over arms: nothing is armed unproven, too late, twice, or beside a neighbour.

What it knows comes from events and outputs, and from where the engine thinks that the bodies are.
Which of them an eye has proven, since the line was last upset, it finds by itself.
"""

from __future__ import annotations

from sorter.engine.commands import ArmDivert, CancelDivert
from sorter.engine.events import (
    AnyEvent,
    ArmCancelled,
    ArmRefused,
    ArmUnsent,
    DeviceLost,
    DeviceReady,
    DivertExecuted,
    EncoderReset,
    EncoderReversed,
    EyeBlocked,
    EyeCleared,
    EyeFoundClear,
)
from sorter.engine.instructions import EmergencyReset, EmergencyStopped
from sorter.engine.layout import INDUCT_EYE, TUNNEL_EYE, Layout
from sorter.engine.line import Line, Output
from sorter.engine.parcel import HOLDS_DIVERTER, TO_FIRE, Parcel, State
from sorter.engine.reports import (
    ChuteState,
    DivertArmed,
    MachineState,
    ParcelClosed,
    ParcelRecirculated,
)
from sorter.engine.run_events import LineStarted, LineStopped
from sorter.engine.span import Span

ENDS_AN_ARM = (ArmCancelled, ArmRefused, ArmUnsent, DivertExecuted)
UPSETS = (DeviceLost, LineStarted, LineStopped, EmergencyStopped, EncoderReversed)
UPSET_STATES = {"stopping", "aborting"}


class ArmWatch:
    """What is armed on one line. `live` are the arms that no event has ended."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.live: dict[int, ArmDivert] = {}
        self._last_sequence = 0
        self._called_back: set[int] = set()
        self._shut: dict[str, tuple[str, ...]] = {}
        self._is_ready = self._is_stopped = self._is_emergency = False
        self._proving = {TUNNEL_EYE: layout.tunnel} | {eye.eye: eye.at for eye in layout.along}
        # Over a belt that ran backwards eyes see what they saw before.
        self._seen_until = -1
        self._under: dict[str, tuple[int, int]] = {}
        self._whole: dict[int, int] = {}
        self._states: dict[int, tuple[State, int]] = {}
        self._chutes = {(c.diverter, c.side): name for name, c in layout.chutes.items()}

    def see(self, event: AnyEvent, said: list[Output], line: Line) -> None:
        """Check what the engine has said to an event, and where it stands after it."""
        self._take_event(event)
        self._take_sight(event, line)
        for output in said:
            self._take_output(output, event, line)
        for output in said:
            if isinstance(output, ChuteState) and output.shut:
                self._check_called_back(output.chute, event)
        if line.armed:
            self._check_room(line)
        assert not line.newcomers
        states = {n: (p.state, p.head_count) for n, p in line.parcels.items()}
        if states != self._states:
            self._check_moves(event, line)
            self._states = states

    def _take_event(self, event: AnyEvent) -> None:
        if isinstance(event, UPSETS):
            self._forget_proofs()
        if isinstance(event, ENDS_AN_ARM):
            self.live.pop(event.sequence, None)
        match event:
            case LineStarted():
                self._is_stopped = self._is_ready = self._is_emergency = False
                self._shut.clear()
                self._seen_until = -1
            case EncoderReversed():
                self._seen_until = max(self._seen_until, event.count + event.by)
            case LineStopped():
                self._is_stopped = True
            case DeviceLost():
                self._is_ready = False
            case EncoderReset():
                self._seen_until = -1
            case DeviceReady():
                self._is_ready = not self._is_stopped
            case EmergencyStopped():
                self._is_emergency = True
            case EmergencyReset():
                self._is_emergency = False

    def _forget_proofs(self) -> None:
        self._whole.clear()
        self._under.clear()

    def _take_sight(self, event: AnyEvent, line: Line) -> None:
        """Who covers the eye: the one whose place was corrected by it. It is whole by its tail."""
        if isinstance(event, EyeFoundClear):
            self._under.pop(event.eye, None)
        if not isinstance(event, EyeBlocked | EyeCleared) or event.eye not in self._proving:
            return
        if event.at_count <= self._seen_until:
            return
        place = self._proving[event.eye]
        number, head_count = self._under.pop(event.eye, (0, 0))
        if isinstance(event, EyeBlocked):
            seen = [n for n in self._states if self._is_head(event, place, n, line)]
            if len(seen) == 1:
                self._under[event.eye] = seen[0], event.at_count - place
            return
        parcel = line.parcels.get(number)
        if parcel is None or parcel.head_count != head_count or not self._is_ready:
            return
        tail = head_count + (parcel.length or 0) + place
        if abs(event.at_count - tail) <= self._layout.length_tolerance and not self._is_emergency:
            self._whole[number] = place

    def _is_head(self, event: EyeBlocked, place: int, number: int, line: Line) -> bool:
        expected = self._states[number][1] + place
        parcel = line.parcels.get(number)
        is_near = abs(event.at_count - expected) <= self._layout.window
        return is_near and parcel is not None and parcel.head_count == event.at_count - place

    def _take_output(self, output: Output, event: AnyEvent, line: Line) -> None:
        match output:
            case ArmDivert():
                self._check_new_arm(output, event, line)
            case CancelDivert():
                self._called_back.add(output.sequence)
            case ChuteState():
                self._shut[output.chute] = output.shut
            case MachineState() if output.state in UPSET_STATES:
                self._forget_proofs()
            case ParcelRecirculated():
                self._whole.pop(output.parcel, None)
            case DivertArmed():
                assert output.parcel in line.parcels
            case ParcelClosed():
                for arm in self.live.values():
                    assert arm.parcel != output.parcel or arm.sequence in self._called_back

    def _check_new_arm(self, arm: ArmDivert, event: AnyEvent, line: Line) -> None:
        parcel, diverter = line.parcels[arm.parcel], self._layout.diverters[arm.diverter]
        proven_at = self._whole.get(arm.parcel, -1)
        assert proven_at >= self._proving_place(arm), "armed for a place that is not proven"
        assert self._is_ready
        assert not self._is_stopped
        assert not self._is_emergency
        assert line.machine.may_arm
        assert not self._shut.get(self._chutes[arm.diverter, arm.side]), "armed for a shut chute"
        assert parcel.plan is line.plan, "armed by a plan of yesterday"
        assert arm.sequence > self._last_sequence
        # An arm that nobody told the end of can't fire any more when its target has passed.
        others = [a for a in self.live.values() if a.target_count > event.count]
        assert arm.parcel not in {other.parcel for other in others}, "two arms"
        assert arm.target_count == parcel.head_count + diverter.at - diverter.lead
        assert arm.target_count >= event.count + self._layout.min_ahead
        self._last_sequence = arm.sequence
        self.live[arm.sequence] = arm

    def _check_called_back(self, chute: str, event: AnyEvent) -> None:
        """Nothing that can still be stopped goes on its way to a chute that was shut."""
        for arm in self.live.values():
            if self._chutes[arm.diverter, arm.side] == chute:
                is_near = arm.target_count - event.count <= self._layout.min_ahead
                assert is_near or arm.sequence in self._called_back, "not called back"

    def _proving_place(self, arm: ArmDivert) -> int:
        """The place of the last eye that sees any parcel whole before that diverter is told."""
        diverter = self._layout.diverters[arm.diverter]
        longest = self._layout.max_length + self._layout.length_tolerance
        whole_by = diverter.at - diverter.lead - self._layout.min_ahead - longest
        in_time = [place for place in self._proving.values() if place <= whole_by]
        return max(in_time, default=self._layout.tunnel)

    def _check_moves(self, event: AnyEvent, line: Line) -> None:
        """The tunnel eye's sight of a head leads on from induction, then any eye's of a tail."""
        for number, parcel in line.parcels.items():
            was = self._states.get(number, (State.INDUCTED, 0))[0]
            if isinstance(event, LineStarted) or parcel.state in {was, State.STRAIGHT}:
                continue
            if parcel.state is State.INDUCTED:
                assert self._layout.lap
                assert isinstance(event, EyeBlocked)
                assert event.eye == INDUCT_EYE
            elif was is State.INDUCTED:
                assert isinstance(event, EyeBlocked)
                assert event.eye == TUNNEL_EYE
            elif was is State.SIGHTED:
                assert isinstance(event, EyeCleared)
                assert event.eye in self._proving

    def _check_room(self, line: Line) -> None:
        """No diverter that is to fire would touch a neighbour, as far as the engine knows."""
        sweeps: list[tuple[str, str, Span]] = []
        gone = line.count - self._layout.end - self._layout.window
        obstacles = [Span(max(o.first, gone), o.last) for o in line.belt.obstacles if o.last > gone]
        for sequence, parcel in line.armed.items():
            assert parcel.sequence == sequence
            assert line.parcels[parcel.number] is parcel
            assert parcel.state in HOLDS_DIVERTER
            if parcel.state not in TO_FIRE or parcel.chute is None:
                continue
            place = self._layout.chutes[parcel.chute]
            sweep = self._sweep(parcel)
            for diverter, side, earlier in sweeps:
                same = diverter == place.diverter and side != place.side
                assert not same or not self._touch(sweep, earlier), (
                    "one diverter, both ways at once"
                )
            sweeps.append((place.diverter, place.side, sweep))
            unsure = sweep.widened(self._layout.window)
            assert not any(self._touch(unsure, body) for body in obstacles)
            room = sweep.widened(self._layout.margin + self._layout.slip)
            for other in line.parcels.values():
                assert other is parcel or not self._touch(room, self._span(other))

    def _sweep(self, parcel: Parcel) -> Span:
        """Where it was when it was armed, its diverter will sweep; it is meant where it is."""
        diverter = self._layout.diverters[self._layout.chutes[parcel.chute or ""].diverter]
        heads = (parcel.head_count, parcel.target_count - diverter.at + diverter.lead)
        return Span(min(heads) - diverter.lead, max(heads) + diverter.clear)

    def _span(self, parcel: Parcel) -> Span:
        length = self._layout.max_length if parcel.length is None else parcel.length
        return Span(parcel.head_count, parcel.head_count + length)

    def _touch(self, one: Span, other: Span) -> bool:
        """Whether the spans have a place in common; on a loop counts a lap apart are one place."""
        lap = self._layout.lap
        if not lap:
            return one.first <= other.last and other.first <= one.last
        laps = range((other.first - one.last) // lap, (other.last - one.first) // lap + 2)
        return any(
            one.first + n * lap <= other.last and other.first <= one.last + n * lap for n in laps
        )
