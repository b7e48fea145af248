"""What shuts a chute, and what opens it again.

| cause   | comes when                                          | goes when                        |
|---------|-----------------------------------------------------|----------------------------------|
| faulted | its diverter missed `fault_after` parcels in a row  | a person has reset the diverter  |
| blocked | a person blocked it                                 | a person unblocked it            |
| jammed  | the eye in its mouth stays covered                  | that eye is free again           |
| full    | its full sensor was on for `full_after_ns`          | it was off for `open_after_ns`   |

A chute is open when none holds. Only `full` depends on time: a parcel that slides by covers the
sensor for a moment, and one that is taken out uncovers it for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sorter.engine import reasons
from sorter.engine.layout import ChutePlace, DiverterPlace

# The one that is told first when several hold.
CAUSES = (reasons.FAULTED, reasons.BLOCKED, reasons.JAMMED, reasons.FULL)
# What a person did, or must undo, outlives a restart of control; the rest is seen anew.
LASTING = (reasons.FAULTED, reasons.BLOCKED)


class Change(msgspec.Struct, frozen=True):
    """A cause that has come, or gone."""

    chute: str
    cause: str
    holds: bool


class ChuteStates:
    """The causes that shut each chute. Names that are not on the line are ignored."""

    def __init__(
        self, chutes: Mapping[str, ChutePlace], diverters: Mapping[str, DiverterPlace]
    ) -> None:
        self._chutes = chutes
        self._diverters = diverters
        self._causes: dict[str, dict[str, None]] = {chute: {} for chute in chutes}
        self._sensor_on = dict.fromkeys(chutes, False)
        self._turns_ns: dict[str, int] = {}
        self._misses = dict.fromkeys(diverters, 0)
        self._changes: list[Change] = []

    def causes(self, chute: str) -> tuple[str, ...]:
        """Everything that shuts the chute, in the order in which it is told."""
        held = self._causes[chute]
        return tuple(cause for cause in CAUSES if cause in held)

    def why_shut(self, chute: str) -> str | None:
        """The reason code of the first cause, or None when the chute is open."""
        return next(iter(self.causes(chute)), None) if self._causes[chute] else None

    def shut(self, chute: str, cause: str) -> None:
        """A cause other than the full sensor holds."""
        if chute in self._causes and cause not in self._causes[chute]:
            self._causes[chute][cause] = None
            self._changes.append(Change(chute, cause, True))

    def unshut(self, chute: str, cause: str) -> None:
        """It holds no more."""
        if chute in self._causes and cause in self._causes[chute]:
            del self._causes[chute][cause]
            self._changes.append(Change(chute, cause, False))

    def sensor(self, chute: str, on: bool, now_ns: int) -> None:
        """The full sensor shows this from now on."""
        if chute not in self._chutes or self._sensor_on[chute] is on:
            return
        self._sensor_on[chute] = on
        if on is (reasons.FULL in self._causes[chute]):
            del self._turns_ns[chute]
            return
        place = self._chutes[chute]
        self._turns_ns[chute] = now_ns + (place.full_after_ns if on else place.open_after_ns)
        self._settle(chute, now_ns)

    @property
    def is_settling(self) -> bool:
        """Whether a full sensor shows what is not yet taken at its word."""
        return bool(self._turns_ns)

    def settle(self, now_ns: int) -> None:
        """Take the full sensors that have shown the same for long enough at their word."""
        for chute in tuple(self._turns_ns):
            self._settle(chute, now_ns)

    def _settle(self, chute: str, now_ns: int) -> None:
        if now_ns < self._turns_ns[chute]:
            return
        del self._turns_ns[chute]
        if self._sensor_on[chute]:
            self.shut(chute, reasons.FULL)
        else:
            self.unshut(chute, reasons.FULL)

    def missed(self, diverter: str) -> bool:
        """The diverter fired, and its parcel did not come; gives whether it is faulted by that."""
        self._misses[diverter] += 1
        if self._misses[diverter] != self._diverters[diverter].fault_after:
            return False
        self.fault(diverter)
        return True

    def hit(self, diverter: str) -> None:
        """A parcel came where the diverter sent it: the row of misses is broken."""
        if self._misses[diverter] < self._diverters[diverter].fault_after:
            self._misses[diverter] = 0

    def fault(self, diverter: str) -> None:
        """Shut every chute behind the diverter."""
        self._misses[diverter] = self._diverters[diverter].fault_after
        for chute in self._behind(diverter):
            self.shut(chute, reasons.FAULTED)

    def reset(self, diverter: str) -> None:
        """A person has seen to the diverter."""
        if diverter in self._diverters:
            self._misses[diverter] = 0
            for chute in self._behind(diverter):
                self.unshut(chute, reasons.FAULTED)

    def take_changes(self) -> list[Change]:
        """What has changed since the last call."""
        changes, self._changes = self._changes, []
        return changes

    def _behind(self, diverter: str) -> list[str]:
        return [name for name, place in self._chutes.items() if place.diverter == diverter]
