"""An engine under watch: after every event it is told, what must always hold is checked.

Beside it runs a second engine that is told only what a journal keeps, without the BeltMoved that
said nothing: it must say the same, and in the end remember the same.
"""

from __future__ import annotations

from collections import Counter

from sorter.control.recovery import LastRun
from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.engine import Engine
from sorter.engine.events import AnyEvent, BeltMoved, EyeCleared
from sorter.engine.layout import Layout
from sorter.engine.line import Line, Output
from sorter.engine.reports import ParcelClosed, ParcelInducted, ParcelRecirculated
from sorter.engine.run_events import LineStarted
from tests.engine.invariants.arm_watch import ArmWatch
from tests.engine.invariants.remembered import remembered

# What a line may remember of times past: alarms, the counts of a shift, what shuts its chutes.
SPARE = 400


class Watched:
    """The engine, its replay, the books that must balance, and the watch over its arms.

    `told` are the events with what was said to each, but for the BeltMoved that said nothing.
    `ends` counts outcome and reason of all parcels, `armed_at` the events at which arms went out,
    `laps` those that parcels began. `arrivals`: who was told to be in a chute.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._unstarted = Line(layout)
        self.engine = Engine()
        self._replayed = Engine()
        self._last_run = LastRun()
        self._journalled = 0
        self.told: list[tuple[AnyEvent, list[Output]]] = []
        self.arms = ArmWatch(layout)
        self.unrouted: list[int] = []
        self.ends: Counter[tuple[str, str]] = Counter()
        self.armed_at: Counter[str] = Counter()
        self.laps: Counter[int] = Counter()
        self.arrivals: list[ParcelClosed] = []
        self._inducted: set[int] = set()
        self._closed: set[int] = set()

    @property
    def line(self) -> Line:
        """The engine's inside."""
        return self.engine._line or self._unstarted

    def restart_event(self, time_ns: int) -> LineStarted:
        """What the next run is told, as the journal has it."""
        self.check_replay()
        for event, said in self.told[self._journalled :]:
            for body in (event, *said):
                self._last_run.take(body)
        self._journalled = len(self.told)
        return self._last_run.started(self._layout, time_ns)

    def tell(self, event: AnyEvent) -> list[Output]:
        """Tell both engines; check everything."""
        said = self.engine.tell(event)
        if not said and isinstance(event, BeltMoved):
            return said
        assert self._replayed.tell(event) == said, "a replay says something else"
        self.told.append((event, said))
        for output in said:
            self._take_output(event, output)
        self._check_ledger()
        self.arms.see(event, said, self.line)
        return said

    def check_replay(self) -> None:
        """What a journal keeps is enough to come to the same."""
        replayed = self._replayed._line or self._unstarted
        assert remembered(self.line) == remembered(replayed), "a silent BeltMoved left a trace"

    def check_empty(self) -> None:
        """Nothing is kept of parcels that have left, however many came."""
        line = self.line
        assert not line.parcels
        assert not line.armed
        assert line.ledger.on_belt == 0
        assert not any(line.chutes.load.on_their_way(chute) for chute in self._layout.chutes)
        assert len(remembered(line)) <= len(remembered(Line(self._layout))) + SPARE

    def _take_output(self, event: AnyEvent, output: Output) -> None:
        match output:
            case ArmDivert():
                eye = f" {event.eye}" if isinstance(event, EyeCleared) else ""
                self.armed_at[type(event).__name__ + eye] += 1
            case LookUpRoute():
                self.unrouted.append(output.parcel)
            case ParcelRecirculated():
                self.laps[output.lap] += 1
            case ParcelInducted():
                assert output.parcel not in self._inducted
                self._inducted.add(output.parcel)
            case ParcelClosed():
                self._check_close(output)

    def _check_close(self, end: ParcelClosed) -> None:
        assert end.parcel in self._inducted
        assert end.parcel not in self._closed, "closed twice"
        assert end.reason
        assert (end.chute is not None) is (end.outcome in {"confirmed", "overflow", "wrong_chute"})
        self._closed.add(end.parcel)
        if end.outcome in {"confirmed", "overflow"}:
            self.arrivals.append(end)
        self.ends[end.outcome, end.reason] += 1

    def _check_ledger(self) -> None:
        ledger = self.engine.ledger
        assert ledger.inducted == len(self._inducted)
        assert ledger.inducted == sum(ledger.closed.values()) + len(self.line.parcels)
        assert self.line.parcels.keys() == self._inducted - self._closed
