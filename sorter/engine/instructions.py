"""What people, clocks and the safety system tell the line; `by` is who. Facts too: it was said.

An instruction that does not fit is answered with what would; it changes nothing.
"""

from __future__ import annotations

from sorter.engine.moment import Event, FieldEvent


class AlarmAcknowledged(Event, frozen=True, kw_only=True, tag="alarm_acknowledged"):
    """A person, `by`, knows of the alarm of this cause at this place and sees to it."""

    cause: str
    place: str
    by: str


class ChuteBlocked(Event, frozen=True, kw_only=True, tag="chute_blocked"):
    """The chute shall get no parcel until it is unblocked."""

    chute: str
    by: str


class ChuteUnblocked(Event, frozen=True, kw_only=True, tag="chute_unblocked"):
    """The chute may get parcels again."""

    chute: str
    by: str


class ParcelRemoved(Event, frozen=True, kw_only=True, tag="parcel_removed"):
    """A person has taken a parcel off the belt."""

    parcel: int
    by: str


class DiverterReset(Event, frozen=True, kw_only=True, tag="diverter_reset"):
    """Somebody has seen to a diverter that missed too often."""

    diverter: str
    by: str


class ModeChosen(Event, frozen=True, kw_only=True, tag="mode_chosen"):
    """The line shall run in `mode`: production, shadow or maintenance."""

    mode: str
    by: str


class MachineCommanded(Event, frozen=True, kw_only=True, tag="machine_commanded"):
    """The machine was given a PackML command: reset, start, hold, unhold, stop, abort, clear ..."""

    command: str
    by: str


class ShiftBegan(Event, frozen=True, kw_only=True, tag="shift_began"):
    """A shift begins, and with it the one before ends."""

    name: str
    by: str


class CutOffPassed(Event, frozen=True, kw_only=True, tag="cut_off_passed"):
    """The departure of a destination is closed, by the box's clock: `local_time` as in `18:30`."""

    destination: str
    local_time: str


class CutOffLifted(Event, frozen=True, kw_only=True, tag="cut_off_lifted"):
    """The next departure of a destination is open, or its plan knows of none any more."""

    destination: str
    local_time: str


class EmergencyStopped(FieldEvent, frozen=True, kw_only=True, tag="emergency_stopped"):
    """The safety system has cut the drives; `cause` is what it tells of why."""

    cause: str


class EmergencyReset(FieldEvent, frozen=True, kw_only=True, tag="emergency_reset"):
    """The safety system was reset. Nothing starts by that alone."""
