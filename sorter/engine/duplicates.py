"""Which parcels bear a code: those on the belt, and those that left it a moment ago.

A code that names one piece is borne by one body. When two bear it, one of the readings is wrong,
and nobody knows which: a scanner saw past a parcel, or a label was copied.
"""

from __future__ import annotations

from collections import OrderedDict


class CodeOwners:
    """The codes that name one piece each, and the parcels they were read on.

    `moment` is for how many pulses of travel a code is remembered after its parcel has left.
    """

    def __init__(self, moment: int) -> None:
        self._moment = moment
        self._live: dict[str, list[int]] = {}
        self._left: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def claim(self, code: str, parcel: int, count: int) -> list[int]:
        """The code was read on this parcel: gives the other parcels that bear it."""
        while self._left and next(iter(self._left.values()))[1] + self._moment < count:
            self._left.popitem(last=False)
        live = self._live.setdefault(code, [])
        if parcel not in live:
            live.append(parcel)
        left = self._left.get(code)
        others = [other for other in live if other != parcel]
        return others if left is None or left[0] == parcel else [left[0], *others]

    def leave(self, code: str, parcel: int, count: int, *, remember: bool) -> None:
        """The parcel has left the belt.

        Its code is remembered where it was seen to arrive, and while others bear it too.
        """
        live = self._live.get(code, [])
        if parcel not in live:
            return
        is_disputed = len(live) > 1
        live.remove(parcel)
        if not live:
            del self._live[code]
        if remember or is_disputed:
            self._left.pop(code, None)
            self._left[code] = (parcel, count)
