"""The gate of the line: held by causes, released when none has held it for a while.

A cause is inside the line or outside of it, which decides between `held` and `suspended` of the
machine. The gate closes at the first cause. It opens when none has held for `release_after_ns`,
so that a chute that is emptied parcel by parcel, or a link that comes and goes, does not make it
flap; the first release of a run waits for nothing, for then there was nothing to flap.
"""

from __future__ import annotations

DEVICE = "device"
JAM = "jam"
ENCODER = "encoder"
END_FULL = "end_full"
OVERFLOW_FULL = "overflow_full"
LOOP_FULL = "loop_full"

INSIDE = "inside"
OUTSIDE = "outside"

CAUSES = {
    DEVICE: INSIDE,  # the PLC can't be reached or is in its safe state
    JAM: INSIDE,  # an eye is covered for longer than any parcel takes
    ENCODER: INSIDE,  # the belt's travel isn't known
    END_FULL: OUTSIDE,  # what goes straight on would pile up at the end
    OVERFLOW_FULL: OUTSIDE,  # every overflow chute is shut
    LOOP_FULL: OUTSIDE,  # as many parcels circulate as the loop may carry
}


class Infeed:
    """Which causes hold the infeed, and whether it is held."""

    def __init__(self, release_after_ns: int) -> None:
        self._release_after_ns = release_after_ns
        self._causes: dict[str, None] = {}
        self._free_since_ns: int | None = None
        self._was_released = False
        self.is_held = True

    @property
    def is_free(self) -> bool:
        """Whether no cause holds it now."""
        return not self._causes

    @property
    def causes(self) -> tuple[str, ...]:
        """What holds it now, oldest first."""
        return tuple(self._causes)

    def hold(self, cause: str) -> bool:
        """A cause holds it; gives whether it is new. Raises KeyError for one that is none."""
        CAUSES[cause]
        is_new = cause not in self._causes
        self._causes[cause] = None
        return is_new

    def free(self, cause: str, now_ns: int) -> bool:
        """A cause has gone; gives whether it had held it."""
        if cause not in self._causes:
            return False
        del self._causes[cause]
        if not self._causes:
            self._free_since_ns = now_ns
        return True

    def cause(self, side: str) -> str | None:
        """The oldest cause on that side that holds it."""
        for cause in self._causes:
            if CAUSES[cause] == side:
                return cause
        return None

    def is_settled(self, now_ns: int) -> bool:
        """Whether nothing has held it for long enough."""
        if self._causes:
            return False
        if not self._was_released or self._free_since_ns is None:
            return True
        return now_ns - self._free_since_ns >= self._release_after_ns

    def turns(self, admitted: bool, now_ns: int) -> bool:
        """Whether it is held, or released, from now on; `admitted`: machine and mode allow it."""
        shall_hold = not admitted or bool(self._causes)
        if shall_hold == self.is_held or (not shall_hold and not self.is_settled(now_ns)):
            return False
        self.is_held = shall_hold
        self._was_released = self._was_released or not shall_hold
        return True
