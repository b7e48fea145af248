"""The state of one line that every rule of the engine shares: parcels, chutes, ledger, alarms.

Rules call `order` and `say`; what they gave is taken by the engine after each event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sorter.engine.binding import parcels_under_beam
from sorter.engine.chutes import Chutes, Plan
from sorter.engine.commands import AnyCommand
from sorter.engine.events import TelegramReceived
from sorter.engine.layout import Layout
from sorter.engine.ledger import Ledger
from sorter.engine.parcel import Parcel, State
from sorter.engine.reports import AlarmCleared, AlarmRaised, AnyReport, ParcelClosed

Output = AnyCommand | AnyReport
Bind = Callable[[Layout, Iterable[Parcel], TelegramReceived], list[Parcel]]


class Line:
    """One line's parcels and chutes, and what the rules have to say about them."""

    def __init__(self, layout: Layout, bind: Bind = parcels_under_beam) -> None:
        self.layout = layout
        self.bind = bind
        self.ledger = Ledger()
        self.chutes = Chutes(layout)
        self.plan = Plan(0, {}, {})
        self.parcels: dict[int, Parcel] = {}
        self.armed: dict[int, Parcel] = {}
        self.next_parcel = 1
        self.next_sequence = 1
        self._alarms: set[tuple[str, str]] = set()
        self._said: list[Output] = []

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
        self.ledger.induct()
        return parcel

    def close(self, parcel: Parcel, outcome: str, reason: str, chute: str | None = None) -> None:
        """Give a parcel its one outcome and forget it."""
        parcel.to(State.CLOSED)
        self.ledger.close(outcome)
        del self.parcels[parcel.number]
        self.disarm(parcel)
        if chute is None or chute != parcel.chute:
            self.unassign(parcel)
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

    def disarm(self, parcel: Parcel) -> None:
        """Forget the parcel's arm."""
        if parcel.sequence is not None:
            self.armed.pop(parcel.sequence, None)
            parcel.sequence = None

    def unassign(self, parcel: Parcel) -> None:
        """Take the parcel off the count of its chute."""
        if parcel.chute is not None:
            self.chutes.take_back(parcel.chute)
            parcel.chute = None

    def raise_alarm(self, cause: str, place: str, advice: str) -> None:
        """Say it once, however often it happens before it is cleared."""
        if (cause, place) not in self._alarms:
            self._alarms.add((cause, place))
            self.say(AlarmRaised(cause=cause, place=place, advice=advice))

    def clear_alarm(self, cause: str, place: str) -> None:
        """The cause is gone."""
        if (cause, place) in self._alarms:
            self._alarms.discard((cause, place))
            self.say(AlarmCleared(cause=cause, place=place))
