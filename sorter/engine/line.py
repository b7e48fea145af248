"""The state of one line that every rule of the engine shares: belt, chutes, ledger, alarms.

Rules call `order` and `say`; what they gave is taken by the engine after each event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sorter.engine.alarms import Alarms
from sorter.engine.belt import Belt
from sorter.engine.binding import parcels_under_beam
from sorter.engine.chutes import Chutes, Plan
from sorter.engine.commands import AnyCommand, CancelDivert
from sorter.engine.duplicates import CodeOwners
from sorter.engine.encoder import EncoderWatch
from sorter.engine.events import TelegramReceived
from sorter.engine.infeed import Infeed
from sorter.engine.jams import CoveredEyes
from sorter.engine.layout import Layout
from sorter.engine.ledger import Ledger
from sorter.engine.machine import Machine
from sorter.engine.parcel import IN_PLC, Parcel, State
from sorter.engine.reports import AnyReport, InfeedState, ParcelClosed
from sorter.engine.scanner_watch import ScannerWatch
from sorter.engine.shift_statistics import ShiftStatistics
from sorter.engine.shift_tally import ShiftTally
from sorter.engine.span import Span

Output = AnyCommand | AnyReport
Bind = Callable[[Layout, Iterable[Parcel], TelegramReceived], list[Parcel]]

# Parcels that end so may still lie on the belt, with no place that is sure enough to act on.
_LEAVES_A_BODY = frozenset({"lost", "position_unknown"})


class Line:
    """One line's parcels and chutes, and what the rules have to say about them.

    `count` and `time_ns` are the moment of the event being told. `at_induct` is the parcel that
    covers the induct eye. `under` and `stray_heads` tell what covers the belt's other eyes, by
    their number: a parcel, or a stray whose head was at 0 at that count. No parcel's wait ends
    before the count `quiet_until`; None when that is not known. Where the belt ran backwards, its
    eyes see nothing new up to the count `seen_until`. `newcomers` are the bodies whose place became
    known in this event, with the parcel each belongs to.
    """

    def __init__(self, layout: Layout, bind: Bind = parcels_under_beam) -> None:
        self.layout = layout
        self.bind = bind
        self.count = 0
        self.time_ns = 0
        self.ledger = Ledger()
        self.belt = Belt(layout)
        self.chutes = Chutes(layout)
        self.covered = CoveredEyes(layout)
        self.plan = Plan(0, {}, {})
        self.armed: dict[int, Parcel] = {}
        self.next_parcel = 1
        self.next_sequence = 1
        self.stopped = False
        self.at_induct: Parcel | None = None
        self.under: dict[int, Parcel] = {}
        self.stray_heads: dict[int, int] = {}
        self.quiet_until: int | None = None
        self.seen_until: int | None = None
        self.newcomers: list[tuple[Parcel | None, Span]] = []
        self.encoder = EncoderWatch()
        self.scanners = ScannerWatch(layout)
        self.owners = CodeOwners(moment=layout.end)
        self.alarms = Alarms()
        self.infeed = Infeed(layout.release_after_ns)
        self.machine = Machine()
        self.statistics = ShiftStatistics(layout, ShiftTally(), (), 0)
        self._said: list[Output] = []

    @property
    def parcels(self) -> dict[int, Parcel]:
        """The parcels being tracked, by number, in the order in which they came."""
        return self.belt.parcels

    def take(self) -> list[Output]:
        """The commands and reports given since the last call, in order."""
        said, self._said = self._said, []
        return said

    def say(self, report: AnyReport) -> None:
        """Tell the hub."""
        self._said.append(report)

    def order(self, command: AnyCommand) -> None:
        """Ask the world."""
        self._said.append(command)

    def induct(self, head_count: int) -> Parcel:
        """A new parcel, its head at the induct eye at `head_count`."""
        parcel = Parcel(self.next_parcel, head_count)
        self.next_parcel += 1
        self.parcels[parcel.number] = parcel
        self.at_induct = parcel
        self.ledger.induct()
        self.place(parcel, head_count)
        return parcel

    def place(self, parcel: Parcel, head_count: int) -> None:
        """The parcel was seen: its head was at 0 when the encoder stood at `head_count`."""
        parcel.head_count = head_count
        self.newcomers.append((parcel, self.belt.span(parcel)))

    def asks_for(self, parcel: Parcel) -> bool:
        """Whether eyes must see the parcel. One without a task only on a loop, where it comes round
        and whoever lies in its place then would be taken for it."""
        if parcel.state is State.STRAIGHT:
            return self.layout.lap > 0
        return parcel.state is not State.CLOSED

    def obstruct(self, span: Span) -> None:
        """A body without a task lies there."""
        self.belt.add_obstacle(span, self.count)
        self.newcomers.append((None, span.widened(self.layout.window)))

    def close(self, parcel: Parcel, outcome: str, reason: str, chute: str | None = None) -> None:
        """Give a parcel its one outcome and forget it, its arm called back if it may have one."""
        if parcel.state in IN_PLC:
            self.call_back(parcel)
        parcel.to(State.CLOSED)
        self.ledger.close(outcome)
        del self.parcels[parcel.number]
        if outcome in _LEAVES_A_BODY:
            self.obstruct(self.belt.span(parcel))
        self.disown(parcel, remember=chute is not None)
        self.disarm(parcel)
        if chute is None or chute != parcel.chute:
            self.unassign(parcel)
        else:
            self.chutes.load.land(chute, parcel.number)
        self.say(
            ParcelClosed(
                parcel=parcel.number,
                outcome=outcome,
                chute=chute,
                reason=reason,
                rule=parcel.rule,
                destination=parcel.destination,
                codes=parcel.codes,
            )
        )

    def disown(self, parcel: Parcel, *, remember: bool = False) -> None:
        """Its codes are free for others; if it left with them, only after a moment."""
        for piece in parcel.pieces:
            self.owners.leave(piece, parcel.number, self.count, remember=remember)
        parcel.pieces = ()

    def call_back(self, parcel: Parcel) -> None:
        """Have the PLC drop the parcel's arm."""
        if parcel.sequence is not None:
            self.order(CancelDivert(sequence=parcel.sequence))

    def disarm(self, parcel: Parcel) -> None:
        """Forget the parcel's arm."""
        if parcel.sequence is not None:
            self.armed.pop(parcel.sequence, None)
            parcel.sequence = None

    def unassign(self, parcel: Parcel) -> None:
        """Take the parcel off the count of its chute."""
        if parcel.chute is not None:
            self.chutes.take_back(parcel.chute, parcel)
            parcel.chute = None

    def raise_alarm(self, cause: str, place: str, detail: str = "") -> None:
        """The cause holds or has happened again: told unless it was told before."""
        self._say_if(self.alarms.raised(cause, place, self.time_ns, detail))

    def acknowledge_alarm(self, cause: str, place: str, by: str) -> None:
        """Somebody has taken the alarm in hand."""
        self._say_if(self.alarms.acknowledged(cause, place, by))

    def clear_alarm(self, cause: str, place: str) -> None:
        """The cause is gone."""
        self._say_if(self.alarms.cleared(cause, place, self.time_ns))

    def hold_infeed(self, cause: str) -> None:
        """Let nothing in while `cause` holds."""
        if self.infeed.hold(cause):
            self.say(InfeedState(held_by=self.infeed.causes))

    def free_infeed(self, cause: str) -> None:
        """The cause is gone."""
        if self.infeed.free(cause, self.time_ns):
            self.say(InfeedState(held_by=self.infeed.causes))

    def _say_if(self, report: AnyReport | None) -> None:
        if report is not None:
            self.say(report)
