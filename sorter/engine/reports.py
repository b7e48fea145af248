"""What the engine tells the hub: each report becomes one numbered message, stored exactly once.

`parcel` is the line's own number of a parcel, counted from 1 within a journal epoch.
"""

from __future__ import annotations

import msgspec

from sorter.engine.shift_tally import ShiftTally


class Report(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A fact the hub is told."""


class ParcelInducted(Report, frozen=True, kw_only=True, tag="inducted"):
    """A parcel's head passed the induct eye when the encoder stood at `head_count` pulses."""

    parcel: int
    head_count: int


class ParcelScanned(Report, frozen=True, kw_only=True, tag="scanned"):
    """A telegram was bound to a parcel. No codes: the scanner read nothing.

    `late`: after the decision; `repeated`: what this scanner had said of it before. Neither changes
    anything.
    """

    parcel: int
    scanner: str
    codes: tuple[str, ...]
    late: bool = False
    repeated: bool = False


class ParcelRecirculated(Report, frozen=True, kw_only=True, tag="recirculated"):
    """A parcel on a loop has come round: its `lap`, counted from 1, began at `head_count`.

    `reason` is why it is still on the belt.
    """

    parcel: int
    lap: int
    head_count: int
    reason: str


class TelegramUnbound(Report, frozen=True, kw_only=True, tag="telegram_unbound"):
    """A telegram belongs to no parcel, or could belong to several: `candidates` names those.

    `why`: `foreign` (nobody's), `several`, `beside_a_stray`, or `no_place` (an unknown scanner, or
    neither id nor count while the belt's position was not known).
    """

    scanner: str
    codes: tuple[str, ...]
    candidates: tuple[int, ...] = ()
    why: str = ""


class TelegramUnreadable(Report, frozen=True, kw_only=True, tag="telegram_unreadable"):
    """A scanner sent what is no telegram."""

    scanner: str
    why: str
    text: str


class ParcelDecided(Report, frozen=True, kw_only=True, tag="decided"):
    """Where a parcel shall go and why: `rule` found the destination, `reason` chose the chute.

    `chute` is None when it goes straight on. `reason` is `assigned` or `alternate` when a chute of
    its destination was chosen, else one of the engine's reason codes. `head_count` is where it lay,
    None in what was recorded before that was told.
    """

    parcel: int
    head_count: int | None = None
    codes: tuple[str, ...]
    rule: str
    destination: str | None
    key: str | None
    chute: str | None
    reason: str
    table_revision: int
    plan_revision: int
    pieces: tuple[str, ...] = ()


class DivertArmed(Report, frozen=True, kw_only=True, tag="armed"):
    """The PLC took the order to divert a parcel into `chute` at `target_count`."""

    parcel: int
    sequence: int
    chute: str
    target_count: int


class DivertUnconfirmed(Report, frozen=True, kw_only=True, tag="unconfirmed"):
    """A parcel should be in `chute` by now and no eye saw it there; it may still come to the end.

    `reason` is `not_executed` when the PLC did not tell that it fired, else `no_confirm`.
    """

    parcel: int
    chute: str
    reason: str


class DivertShadowed(Report, frozen=True, kw_only=True, tag="shadowed"):
    """In shadow mode: a parcel has passed `chute`, where it would be by now in production."""

    parcel: int
    chute: str


class ParcelClosed(Report, frozen=True, kw_only=True, tag="closed"):
    """A parcel's one and only end: `outcome` is one of the eight, `reason` says why that one."""

    parcel: int
    outcome: str
    chute: str | None
    reason: str
    rule: str | None
    destination: str | None
    codes: tuple[str, ...]


class AlarmRaised(Report, frozen=True, kw_only=True, tag="alarm_raised"):
    """Something needs a person: `cause` is stable, `place` is the thing, `advice` what to do.

    `priority` is high or medium; `detail` says what is known of it this time. `count` is how
    often it has come since it was last normal: it is told again at 10, 100, 1000 ... only.
    """

    cause: str
    place: str
    advice: str
    priority: str = "medium"
    detail: str = ""
    count: int = 1


class AlarmInHand(Report, frozen=True, kw_only=True, tag="alarm_acknowledged"):
    """`by` has taken an alarm in hand; `over`: its cause was gone by then, so it is normal."""

    cause: str
    place: str
    count: int
    by: str
    over: bool


class AlarmCleared(Report, frozen=True, kw_only=True, tag="alarm_cleared"):
    """The cause of an alarm is gone, after it came `count` times in `lasted_ns`.

    The alarms of a run that ended are over with it, untold.
    """

    cause: str
    place: str
    count: int = 1
    lasted_ns: int = 0


class StrayDetected(Report, frozen=True, kw_only=True, tag="stray"):
    """An eye saw something that no tracked parcel explains; it inherits no task."""

    eye: str
    at_count: int


class TableInUse(Report, frozen=True, kw_only=True, tag="table_in_use"):
    """The routing table that decides from here on."""

    name: str
    revision: int
    digest: str
    entries: int
    by: str


class PlanInUse(Report, frozen=True, kw_only=True, tag="plan_in_use"):
    """The chute plan that serves from here on."""

    revision: int
    digest: str
    by: str


class LineState(Report, frozen=True, kw_only=True, tag="line"):
    """The line was started or stopped by its control process."""

    state: str
    why: str
    inducted: int
    on_belt: int


class DepartureState(Report, frozen=True, kw_only=True, tag="departure"):
    """The departure of a destination was closed, or the next one opened, at `local_time`."""

    destination: str
    is_closed: bool
    local_time: str


class MachineState(Report, frozen=True, kw_only=True, tag="machine"):
    """The machine's state (PackML) or mode has changed: by whom, and why."""

    state: str
    mode: str
    by: str
    why: str


class InfeedState(Report, frozen=True, kw_only=True, tag="infeed"):
    """What keeps parcels from coming in has changed; nothing does when `held_by` is empty.

    The infeed is released when nothing has held it for a while and the machine runs.
    """

    held_by: tuple[str, ...]


class ChuteState(Report, frozen=True, kw_only=True, tag="chute"):
    """What shuts a chute has changed: faulted, blocked, jammed, full; open when `shut` is empty.

    `by` is the person who did it, or empty when the line saw it.
    """

    chute: str
    shut: tuple[str, ...]
    by: str = ""


class ShiftEnded(Report, frozen=True, kw_only=True, tag="shift_ended"):
    """A shift is over, and this is what it was like."""

    tally: ShiftTally
    by: str


class InstructionRefused(Report, frozen=True, kw_only=True, tag="instruction_refused"):
    """What `by` asked for changes nothing: why, and what is allowed as things are."""

    instruction: str
    by: str
    why: str
    allowed: tuple[str, ...] = ()


AnyReport = (
    ParcelInducted
    | ParcelRecirculated
    | ParcelScanned
    | TelegramUnbound
    | TelegramUnreadable
    | ParcelDecided
    | DivertArmed
    | DivertUnconfirmed
    | DivertShadowed
    | ParcelClosed
    | AlarmRaised
    | AlarmInHand
    | AlarmCleared
    | StrayDetected
    | TableInUse
    | PlanInUse
    | LineState
    | DepartureState
    | MachineState
    | InfeedState
    | ChuteState
    | ShiftEnded
    | InstructionRefused
)

OUTCOMES = (
    "confirmed",
    "overflow",
    "discharged_end",
    "lost",
    "removed",
    "flushed",
    "wrong_chute",
    "position_unknown",
)
