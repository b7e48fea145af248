"""What can happen to a line, as the engine is told it. Events are facts, named in the past tense.

Every event carries the moment it is told: `time_ns`, the box's monotonic clock, and `count`, the
unwrapped encoder count in pulses (it goes on, whatever the PLC's 32-bit counter does, and back only
where the belt went back). An event
that the field saw earlier than it was told (an eye's edge out of the PLC's ring) carries the
latched count beside it. Everything here is journalled as it is, so a field is never renamed
without a new tag.
"""

from __future__ import annotations

import msgspec

from sorter.engine.instructions import (
    AlarmAcknowledged,
    ChuteBlocked,
    ChuteUnblocked,
    CutOffLifted,
    CutOffPassed,
    DiverterReset,
    EmergencyReset,
    EmergencyStopped,
    MachineCommanded,
    ModeChosen,
    ParcelRemoved,
    ShiftBegan,
)
from sorter.engine.moment import Event, FieldEvent
from sorter.engine.run_events import LineStarted, LineStopped


class BeltMoved(Event, frozen=True, kw_only=True, tag="belt_moved"):
    """The encoder was read; drives everything that waits for a belt position."""


class EyeBlocked(FieldEvent, frozen=True, kw_only=True, tag="eye_blocked"):
    """A photo-eye was covered when the encoder stood at `at_count`: a parcel's head.

    `trigger` is the id that the PLC gave the scanners with this edge, None when it gives none.
    """

    eye: str
    at_count: int
    trigger: int | None = None


class EyeCleared(FieldEvent, frozen=True, kw_only=True, tag="eye_cleared"):
    """A photo-eye came free when the encoder stood at `at_count`: a parcel's tail."""

    eye: str
    at_count: int


class EyeFoundClear(Event, frozen=True, kw_only=True, tag="eye_found_clear"):
    """A photo-eye whose last edge was a head is in fact free: its tail's edge was missed."""

    eye: str


class EyeFoundCovered(Event, frozen=True, kw_only=True, tag="eye_found_covered"):
    """A photo-eye of which no head was told is in fact covered: since when, nobody knows."""

    eye: str


class TelegramReceived(Event, frozen=True, kw_only=True, tag="telegram_received"):
    """A scanner spoke. No codes means it read nothing.

    `sent_count` is the unwrapped encoder count that the scanner stamped on its reading, or None
    when it sends none; `trigger` is the id of the reading that the PLC asked for, or None. With
    neither, `count`, the belt at reception, is all there is. Control may have been
    busy when it came: `waited` is how far the belt moved since it last listened, None when that is
    not known.
    """

    scanner: str
    codes: tuple[str, ...]
    sent_count: int | None = None
    trigger: int | None = None
    waited: int | None = 0


class TelegramGarbled(Event, frozen=True, kw_only=True, tag="telegram_garbled"):
    """A scanner sent what is no telegram: `why`, and the beginning of it made printable."""

    scanner: str
    why: str
    text: str


class ScannerLost(Event, frozen=True, kw_only=True, tag="scanner_lost"):
    """A scanner whose heartbeat was heard is not to be heard any more: `why`."""

    scanner: str
    why: str


class ScannerFound(Event, frozen=True, kw_only=True, tag="scanner_found"):
    """A scanner that was lost has sent something."""

    scanner: str


class RouteFound(Event, frozen=True, kw_only=True, tag="route_found"):
    """The routing table's answer for one parcel; `destination` is None unless the rule gives one.

    `rule` is one of the decision rules: exact, postcode, barcode_prefix, unknown, misread,
    conflict; `no_read` never asks the table. `why` tells a conflict that is a double_induct.
    `pieces` are those of the codes that no other parcel bears by right.
    """

    parcel: int
    rule: str
    destination: str | None = None
    key: str | None = None
    why: str | None = None
    table_revision: int = 0
    pieces: tuple[str, ...] = ()


class ChuteFilled(FieldEvent, frozen=True, kw_only=True, tag="chute_filled"):
    """A chute's full sensor came on."""

    chute: str


class ChuteEmptied(FieldEvent, frozen=True, kw_only=True, tag="chute_emptied"):
    """A chute's full sensor went off."""

    chute: str


class EndFilled(FieldEvent, frozen=True, kw_only=True, tag="end_filled"):
    """The sensor at the end of the belt came on: what goes straight on would pile up."""


class EndEmptied(FieldEvent, frozen=True, kw_only=True, tag="end_emptied"):
    """The end of the belt takes parcels again."""


class ArmSent(Event, frozen=True, kw_only=True, tag="arm_sent"):
    """The PLC acknowledged the frame that carried an arm; `sent_ns` is when it was written."""

    sequence: int
    sent_ns: int


class ArmUnsent(Event, frozen=True, kw_only=True, tag="arm_unsent"):
    """An arm never left the box, so it cannot fire: the link was down or it was due too late."""

    sequence: int
    why: str


class ArmUnknown(Event, frozen=True, kw_only=True, tag="arm_unknown"):
    """An arm was written and no answer came: it may fire or not. It is never sent again."""

    sequence: int


class ArmAccepted(FieldEvent, frozen=True, kw_only=True, tag="arm_accepted"):
    """The PLC took the arm and will fire it on its own encoder."""

    sequence: int


class ArmRefused(FieldEvent, frozen=True, kw_only=True, tag="arm_refused"):
    """The PLC will not fire this arm: `why` names its reason (target_passed, queue_full ...)."""

    sequence: int
    why: str


class ArmCancelled(FieldEvent, frozen=True, kw_only=True, tag="arm_cancelled"):
    """The PLC dropped an accepted arm: asked to (`by_host`), or for its own safety."""

    sequence: int
    why: str


class DivertExecuted(FieldEvent, frozen=True, kw_only=True, tag="divert_executed"):
    """The PLC fired when its encoder stood at `at_count`."""

    sequence: int
    at_count: int


class DeviceReady(Event, frozen=True, kw_only=True, tag="device_ready"):
    """The PLC has accepted our session: nothing is armed in it, and arms are welcome.

    `boot_counter` and `encoder_generation` tell whether ring and count go on after a break.
    """

    device: str
    boot_counter: int
    encoder_generation: int


class EncoderReset(FieldEvent, frozen=True, kw_only=True, tag="encoder_reset"):
    """The encoder count jumped, so that no position on the belt is known any more."""


class EncoderReversed(Event, frozen=True, kw_only=True, tag="encoder_reversed"):
    """The belt has run backwards by `by` pulses since it was farthest, or since that was told."""

    by: int


class EdgesMissed(Event, frozen=True, kw_only=True, tag="edges_missed"):
    """The PLC's ring overwrote `missed` entries before they were read: anything may have passed."""

    missed: int


class DeviceLost(FieldEvent, frozen=True, kw_only=True, tag="device_lost"):
    """The PLC is out of reach, in its safe state or restarted; nothing armed can be trusted."""

    device: str
    why: str


class TableActivated(Event, frozen=True, kw_only=True, tag="table_activated"):
    """A routing table answers from here on; `by` is who asked."""

    name: str
    revision: int
    digest: str
    entries: int
    by: str


class PlanActivated(Event, frozen=True, kw_only=True, tag="plan_activated"):
    """A chute plan serves from here on, for parcels not decided yet."""

    revision: int
    digest: str
    destinations: dict[str, PlanEntry]
    fallback: dict[str, tuple[str, ...]]
    by: str


class PlanEntry(msgspec.Struct, frozen=True):
    """The chutes that serve a destination, in order, and how one is picked.

    `after_cut_off` serve it instead once its departure is closed: from the local time `cut_off`
    until `reopens`, both as in `18:30`. What has no departure leaves all three unset, also where it
    is written.
    """

    chutes: tuple[str, ...]
    policy: str = "first"
    cut_off: str | msgspec.UnsetType = msgspec.UNSET
    reopens: str | msgspec.UnsetType = msgspec.UNSET
    after_cut_off: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


AnyEvent = (
    BeltMoved
    | EyeBlocked
    | EyeCleared
    | EyeFoundClear
    | EyeFoundCovered
    | TelegramReceived
    | TelegramGarbled
    | ScannerLost
    | ScannerFound
    | RouteFound
    | ChuteFilled
    | ChuteEmptied
    | EndFilled
    | EndEmptied
    | ArmSent
    | ArmUnsent
    | ArmUnknown
    | ArmAccepted
    | ArmRefused
    | ArmCancelled
    | DivertExecuted
    | DeviceReady
    | EncoderReset
    | EncoderReversed
    | EdgesMissed
    | DeviceLost
    | AlarmAcknowledged
    | ModeChosen
    | ChuteBlocked
    | ChuteUnblocked
    | ParcelRemoved
    | DiverterReset
    | MachineCommanded
    | ShiftBegan
    | EmergencyStopped
    | EmergencyReset
    | TableActivated
    | PlanActivated
    | CutOffPassed
    | CutOffLifted
    | LineStarted
    | LineStopped
)
