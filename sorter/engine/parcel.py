"""One parcel on the belt and its states. An illegal move raises and changes nothing."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """How far a parcel has come."""

    # By identity: that of Enum takes a good part of an event's time.
    __hash__ = object.__hash__

    INDUCTED = "inducted"  # seen by the induct eye only
    SIGHTED = "sighted"  # the tunnel eye saw its head where it was expected
    PROVEN = "proven"  # and its tail: it is where and as long as expected
    ROUTING = "routing"  # the routing table has been asked
    WAITING = "waiting"  # decided; the eye before its diverter has yet to prove it
    ARMING = "arming"  # an arm was ordered; the PLC has not answered
    ARMED = "armed"  # the PLC will fire for it
    CANCELLING = "cancelling"  # its arm was called back; the PLC has not answered
    DIVERTING = "diverting"  # the PLC fired; the chute's eye has not seen it
    STRAIGHT = "straight"  # it goes to the end of the belt
    CLOSED = "closed"  # it has its outcome


_NEXT: dict[State, frozenset[State]] = {
    State.INDUCTED: frozenset({State.SIGHTED, State.CLOSED}),
    State.SIGHTED: frozenset({State.PROVEN, State.STRAIGHT, State.CLOSED}),
    State.PROVEN: frozenset({State.ROUTING, State.WAITING, State.STRAIGHT, State.CLOSED}),
    State.ROUTING: frozenset({State.WAITING, State.STRAIGHT, State.CLOSED}),
    State.WAITING: frozenset({State.WAITING, State.ARMING, State.STRAIGHT, State.CLOSED}),
    State.ARMING: frozenset(
        {
            State.ARMED,
            State.WAITING,
            State.CANCELLING,
            State.DIVERTING,
            State.STRAIGHT,
            State.CLOSED,
        }
    ),
    State.ARMED: frozenset(
        {State.WAITING, State.CANCELLING, State.DIVERTING, State.STRAIGHT, State.CLOSED}
    ),
    State.CANCELLING: frozenset({State.WAITING, State.DIVERTING, State.STRAIGHT, State.CLOSED}),
    State.DIVERTING: frozenset({State.STRAIGHT, State.CLOSED}),
    State.STRAIGHT: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}

# On a loop a parcel that comes round begins anew, whatever became of it on the lap before.
_ROUND_AGAIN = frozenset(
    {State.SIGHTED, State.PROVEN, State.ROUTING, State.WAITING, State.STRAIGHT}
)
UNDECIDED = frozenset({State.INDUCTED, State.SIGHTED, State.PROVEN})
# An arm of these may be in the PLC.
IN_PLC = frozenset({State.ARMING, State.ARMED, State.CANCELLING})
# An arm of these shall fire, so it can still be called back.
TO_FIRE = frozenset({State.ARMING, State.ARMED})
HOLDS_DIVERTER = IN_PLC | {State.DIVERTING}


class IllegalMoveError(RuntimeError):
    """A parcel was told to go where its state does not lead."""


class Parcel:
    """A parcel being tracked. `head_count` is the encoder count at which its head was at 0, on a
    loop in this `lap`, counted from 1.

    `met`: how many of the belt's eyes have seen its head; `under`: the number of the one that it
    covers, else -1; `proven`: as `met`, at the last eye that saw it whole where and as long as
    expected, 0 when none has since the line was upset. `shaken`: the line was upset, with control
    or PLC away or people at the belt, and no eye has proven it since. `vanished`: its diverter was
    to fire, and neither its chute nor an eye has seen it since.
    `trigger`: the id of its reading, when the PLC gives one. `heard`: the scanners that spoke of
    it, and what they read. `pieces`: its codes that no other bears by right. `doubt`: the reason
    why what was read decides nothing. `plan`: the chute plan it was decided by. `late`: it was
    decided after its departure had closed. `strayed_into`: the chute whose eye saw a body that may
    be this one, until an eye over the belt sees it. `refused`: chutes that the PLC would not fire
    it into, and why.
    """

    __slots__ = (
        "chute",
        "codes",
        "destination",
        "doubt",
        "head_count",
        "heard",
        "key",
        "lap",
        "late",
        "length",
        "met",
        "number",
        "pieces",
        "plan",
        "proven",
        "reason",
        "refused",
        "rule",
        "sequence",
        "shaken",
        "state",
        "strayed_into",
        "table_revision",
        "target_count",
        "trigger",
        "under",
        "vanished",
    )

    def __init__(self, number: int, head_count: int, state: State = State.INDUCTED) -> None:
        self.number = number
        self.head_count = head_count
        self.state = state
        self.length: int | None = None
        self.lap = 1
        self.met = 0
        self.under = -1
        self.proven = 0
        self.shaken = False
        self.vanished = False
        self.codes: tuple[str, ...] = ()
        self.trigger: int | None = None
        self.heard: dict[str, tuple[str, ...]] = {}
        self.doubt: str | None = None
        self.rule: str | None = None
        self.destination: str | None = None
        self.key: str | None = None
        self.pieces: tuple[str, ...] = ()
        self.table_revision = 0
        self.plan: object = None
        self.late = False
        self.chute: str | None = None
        self.reason = ""
        self.refused: dict[str, str] = {}
        self.strayed_into: str | None = None
        self.sequence: int | None = None
        self.target_count = 0

    def head(self, count: int) -> int:
        """Where its head is when the encoder stands at `count`: pulses from the induct eye."""
        return count - self.head_count

    def shake(self) -> None:
        """No eye's sight of it up to now proves its place."""
        self.shaken = True
        self.proven = 0
        self.under = -1

    def begin_lap(self) -> None:
        """It has come round: nothing is proven on this lap, and nothing refused."""
        self.to(State.INDUCTED)
        self.lap += 1
        self.met = self.proven = 0
        self.under = -1
        self.trigger = self.strayed_into = None
        self.heard.clear()
        self.refused.clear()

    def forget_reading(self) -> None:
        """It is read once more, as if it had not been."""
        self.codes = ()
        self.doubt = self.rule = None

    def to(self, state: State) -> None:
        """Move on to `state`. Raises IllegalMoveError, and then nothing has changed."""
        round_again = state is State.INDUCTED and self.state in _ROUND_AGAIN
        if not round_again and state not in _NEXT[self.state]:
            raise IllegalMoveError(f"parcel {self.number}: {self.state.value} -> {state.value}")
        self.state = state
