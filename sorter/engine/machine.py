"""The machine's states and the moves between them, as PackML has them (ISA-TR88.00.02).

Three tables hold every rule: which command leads where, what an acting state (-ing) waits for
before it moves on, and in which states the mode may change. What the states mean on a sorting line:

| state     | infeed | arms | the line is here because                                          |
|-----------|--------|------|-------------------------------------------------------------------|
| stopped   | held   | none | a person stopped it, or cleared what aborted it                   |
| idle      | held   | none | it was reset and waits to be started                              |
| starting  | held   | none | control has begun, or a person started: the PLC is not ready yet  |
| execute   | free   | yes  | parcels are sorted (but in maintenance: held, and nothing armed)  |
| held      | held   | yes  | the line itself can't take parcels: no PLC, a jam; what lies on   |
|           |        |      | the belt is finished as far as it can be                          |
| suspended | held   | yes  | what stands around it can't: end or overflow full; likewise       |
| complete  | held   | none | a person had the belt run empty                                   |
| aborted   | held   | none | an emergency stop, or a person; left only by `clear`, after the   |
|           |        |      | safety system was reset (a reset alone starts nothing, ISO 13850) |
"""

from __future__ import annotations

from enum import Enum

import msgspec

from sorter.engine import reasons


class PackML(Enum):
    """The seventeen states of ISA-TR88.00.02."""

    STOPPED = "stopped"
    RESETTING = "resetting"
    IDLE = "idle"
    STARTING = "starting"
    EXECUTE = "execute"
    HOLDING = "holding"
    HELD = "held"
    UNHOLDING = "unholding"
    SUSPENDING = "suspending"
    SUSPENDED = "suspended"
    UNSUSPENDING = "unsuspending"
    COMPLETING = "completing"
    COMPLETE = "complete"
    STOPPING = "stopping"
    ABORTING = "aborting"
    ABORTED = "aborted"
    CLEARING = "clearing"


PRODUCTION = "production"
SHADOW = reasons.SHADOW
MAINTENANCE = reasons.MAINTENANCE

# Who moves the machine when no person does.
LINE = "line"
SAFETY = "safety system"

_STOP = {"stop": PackML.STOPPING}
_ABORT = {"abort": PackML.ABORTING}
_STOP_OR_ABORT = _STOP | _ABORT

# State -> the commands it obeys, and where each leads.
COMMANDS: dict[PackML, dict[str, PackML]] = {
    PackML.STOPPED: {"reset": PackML.RESETTING} | _ABORT,
    PackML.RESETTING: _STOP_OR_ABORT,
    PackML.IDLE: {"start": PackML.STARTING} | _STOP_OR_ABORT,
    PackML.STARTING: _STOP_OR_ABORT,
    PackML.EXECUTE: {
        "hold": PackML.HOLDING,
        "suspend": PackML.SUSPENDING,
        "complete": PackML.COMPLETING,
    }
    | _STOP_OR_ABORT,
    PackML.HOLDING: _STOP_OR_ABORT,
    PackML.HELD: {"unhold": PackML.UNHOLDING} | _STOP_OR_ABORT,
    # A cause that comes back before the infeed was released: optional in the standard.
    PackML.UNHOLDING: {"hold": PackML.HOLDING} | _STOP_OR_ABORT,
    PackML.SUSPENDING: _STOP_OR_ABORT,
    PackML.SUSPENDED: {"unsuspend": PackML.UNSUSPENDING} | _STOP_OR_ABORT,
    PackML.UNSUSPENDING: {"suspend": PackML.SUSPENDING} | _STOP_OR_ABORT,
    PackML.COMPLETING: _STOP_OR_ABORT,
    PackML.COMPLETE: {"reset": PackML.RESETTING} | _STOP_OR_ABORT,
    PackML.STOPPING: _ABORT,
    PackML.ABORTING: {},
    PackML.ABORTED: {"clear": PackML.CLEARING},
    PackML.CLEARING: _ABORT,
}

_EVERY_COMMAND = frozenset(command for obeyed in COMMANDS.values() for command in obeyed)


class Around(msgspec.Struct, frozen=True):
    """What the machine needs to know of the line. `inside` and `outside`: what holds the infeed."""

    device_ready: bool
    infeed_settled: bool
    inside: str | None
    outside: str | None
    belt_empty: bool


# Acting state -> the wait state it ends in.
_COMPLETED: dict[PackML, PackML] = {
    PackML.RESETTING: PackML.IDLE,
    PackML.STARTING: PackML.EXECUTE,
    PackML.HOLDING: PackML.HELD,
    PackML.UNHOLDING: PackML.EXECUTE,
    PackML.SUSPENDING: PackML.SUSPENDED,
    PackML.UNSUSPENDING: PackML.EXECUTE,
    PackML.COMPLETING: PackML.COMPLETE,
    PackML.STOPPING: PackML.STOPPED,
    PackML.ABORTING: PackML.ABORTED,
    PackML.CLEARING: PackML.STOPPED,
}
# What an acting state waits for; one that is not listed is done at once, because what it has to do
# (hold the infeed, call arms back) was ordered on the way in.
_WAITS_FOR: dict[PackML, str] = {
    PackML.STARTING: "device_ready",
    PackML.UNHOLDING: "infeed_settled",
    PackML.UNSUSPENDING: "infeed_settled",
    PackML.COMPLETING: "belt_empty",
}

# Acting state -> the side that held the line until now, and the other one. What holds the infeed of
# the other side alone is waited for in the state that is meant for it, by way of `execute`.
_LETS_GO: dict[PackML, tuple[str, str]] = {
    PackML.UNHOLDING: ("inside", "outside"),
    PackML.UNSUSPENDING: ("outside", "inside"),
}

# What the line commands itself: in which state, on causes of which side, while one holds the infeed
# or when none does any more. Only what the line itself held or suspended is let go by the line.
_BY_ITSELF: dict[PackML, tuple[tuple[str, str, bool], ...]] = {
    PackML.EXECUTE: (("hold", "inside", True), ("suspend", "outside", True)),
    PackML.HELD: (("unhold", "inside", False),),
    PackML.UNHOLDING: (("hold", "inside", True),),
    PackML.SUSPENDED: (("unsuspend", "outside", False),),
    PackML.UNSUSPENDING: (("suspend", "outside", True),),
}

# Parcels on the belt are finished in these; in all others nothing is armed.
_MAY_ARM = frozenset(
    {
        PackML.EXECUTE,
        PackML.HOLDING,
        PackML.HELD,
        PackML.UNHOLDING,
        PackML.SUSPENDING,
        PackML.SUSPENDED,
        PackML.UNSUSPENDING,
        PackML.COMPLETING,
    }
)

# Mode -> the states in which it may be chosen: the belt carries nothing that was decided otherwise.
MODES: dict[str, frozenset[PackML]] = {
    PRODUCTION: frozenset({PackML.STOPPED, PackML.IDLE, PackML.COMPLETE}),
    SHADOW: frozenset({PackML.STOPPED, PackML.IDLE, PackML.COMPLETE}),
    MAINTENANCE: frozenset({PackML.STOPPED, PackML.IDLE, PackML.COMPLETE, PackML.ABORTED}),
}

# Where a run begins when the one before ended in this state; in all others it starts by itself.
_BEGINS_IN: dict[PackML, PackML] = {
    PackML.STOPPED: PackML.STOPPED,
    PackML.STOPPING: PackML.STOPPED,
    PackML.RESETTING: PackML.IDLE,
    PackML.IDLE: PackML.IDLE,
    PackML.COMPLETING: PackML.COMPLETE,
    PackML.COMPLETE: PackML.COMPLETE,
    PackML.ABORTING: PackML.ABORTED,
    PackML.ABORTED: PackML.ABORTED,
    PackML.CLEARING: PackML.STOPPED,
}
# A person's hold outlives a restart; what the line held by itself is looked at anew.
_BEGINS_BY_PERSON = {
    PackML.HOLDING: PackML.HELD,
    PackML.HELD: PackML.HELD,
    PackML.SUSPENDING: PackML.SUSPENDED,
    PackML.SUSPENDED: PackML.SUSPENDED,
}


class Move(msgspec.Struct, frozen=True):
    """One move: into which state, by whom, and why."""

    state: PackML
    by: str
    why: str


class Refusal(msgspec.Struct, frozen=True):
    """Why an instruction was not obeyed, and what would have been."""

    why: str
    allowed: tuple[str, ...]


class Machine:
    """Where one line stands among the PackML states, and in which mode."""

    def __init__(self, mode: str = PRODUCTION, last: str = "", last_by: str = "") -> None:
        self.mode = mode if mode in MODES else MAINTENANCE
        self.emergency = False
        self.state = _begins_in(last, last_by)
        self.by = LINE if self.state is PackML.STARTING else last_by
        self.why = "the run began"

    @property
    def may_arm(self) -> bool:
        """Whether diverters may be armed."""
        return self.arms_nothing_because is None

    @property
    def is_sorting(self) -> bool:
        """Whether parcels on the belt are finished, so that what eyes see of them counts."""
        return self.state in _MAY_ARM

    @property
    def may_admit(self) -> bool:
        """Whether parcels may come onto the belt, as far as state and mode go."""
        return self.state is PackML.EXECUTE and self.mode != MAINTENANCE

    @property
    def arms_nothing_because(self) -> str | None:
        """The reason code of a parcel that gets no arm by mode or state; None when it may get one.

        The mode is looked at first: in shadow all is as it would be, up to the arm.
        """
        if self.mode != PRODUCTION:
            return self.mode
        return None if self.is_sorting else reasons.MACHINE_STOPPED

    def command(self, command: str, by: str) -> Move | Refusal:
        """A person's command: a move, or a refusal that changed nothing."""
        obeyed = COMMANDS[self.state]
        if command not in _EVERY_COMMAND:
            return Refusal(f"there is no command {command}", tuple(obeyed))
        if command not in obeyed:
            return Refusal(f"the machine is {self.state.value}", tuple(obeyed))
        if command == "clear" and self.emergency:
            return Refusal("the emergency stop was not reset", ())
        return self._move(obeyed[command], by, command)

    def choose_mode(self, mode: str) -> Refusal | None:
        """Another mode: None when it was taken."""
        allowed = tuple(name for name, states in MODES.items() if self.state in states)
        if mode not in MODES:
            return Refusal(f"there is no mode {mode}, only {', '.join(MODES)}", allowed)
        if self.state not in MODES[mode]:
            where = ", ".join(sorted(state.value for state in MODES[mode]))
            why = f"the machine is {self.state.value}; {mode} is chosen in one of {where}"
            return Refusal(why, allowed)
        self.mode = mode
        return None

    def emergency_stop(self, cause: str) -> Move | None:
        """The safety system has stopped the line: aborted, from wherever it is."""
        self.emergency = True
        if "abort" not in COMMANDS[self.state]:
            return None
        return self._move(PackML.ABORTING, SAFETY, cause)

    def next_move(self, around: Around) -> Move | None:
        """What the machine does by itself as things are: at most one move, None when it rests."""
        for command, side, while_held in _BY_ITSELF.get(self.state, ()):
            cause: str | None = getattr(around, side)
            if (cause is not None) is while_held and (while_held or self.by == LINE):
                why = cause or f"nothing {side} holds the infeed"
                return self._move(COMMANDS[self.state][command], LINE, why)
        if self.state not in _COMPLETED:
            return None
        done = self._done_because(around)
        return None if done is None else self._move(_COMPLETED[self.state], self.by, done)

    def _done_because(self, around: Around) -> str | None:
        """Why an acting state has ended; None while it goes on."""
        needed = _WAITS_FOR.get(self.state)
        if needed is None:
            return self.why
        if getattr(around, needed):
            return needed
        if self.state not in _LETS_GO:
            return None
        held, other = _LETS_GO[self.state]
        cause: str | None = getattr(around, other)
        return cause if getattr(around, held) is None else None

    def _move(self, state: PackML, by: str, why: str) -> Move:
        self.state = state
        self.by = by
        self.why = why
        return Move(state, by, why)


def _begins_in(last: str, last_by: str) -> PackML:
    try:
        state = PackML(last)
    except ValueError:
        return PackML.STARTING
    if last_by not in {LINE, SAFETY} and state in _BEGINS_BY_PERSON:
        return _BEGINS_BY_PERSON[state]
    return _BEGINS_IN.get(state, PackML.STARTING)
