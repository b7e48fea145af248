"""Which parcel a code belongs to: of those on the belt, and of those confirmed a moment ago.

An exact row of the routing table names one parcel. When two bodies bear its code, one of the two
readings is wrong, and nobody knows which: a scanner saw past a parcel, or a label was copied.
"""

from __future__ import annotations

from collections import OrderedDict


class CodeOwners:
    """The exact codes that parcels were decided by; `moment` is for how many pulses of travel a
    code is remembered after its parcel has left the belt."""

    def __init__(self, moment: int) -> None:
        self._moment = moment
        self._live: dict[str, int] = {}
        self._left: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def claim(self, code: str, parcel: int, count: int) -> int | None:
        """The code was read on this parcel: gives the other parcel that has it, or None."""
        while self._left and next(iter(self._left.values()))[1] + self._moment < count:
            self._left.popitem(last=False)
        owner = self._live.setdefault(code, parcel)
        if owner != parcel:
            return owner
        left = self._left.get(code)
        return None if left is None or left[0] == parcel else left[0]

    def leave(self, code: str, parcel: int, count: int, *, remember: bool) -> None:
        """The parcel has left the belt; a code is remembered where it was seen to arrive."""
        if self._live.get(code) != parcel:
            return
        del self._live[code]
        if remember:
            self._left.pop(code, None)
            self._left[code] = (parcel, count)
