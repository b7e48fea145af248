"""How many parcels each chute was given: those on their way, and those of the last stretch of belt.

Two limits follow from that. A full sensor leaves `room` for so many parcels, and all that are on
their way when it comes on must find room; and the people behind a chute can take `rate` parcels in
`rate_window` pulses of belt travel, whichever stretch of that length is looked at.

`share` is what a balanced destination is balanced by. A chute that was shut does not catch up what
it did not get meanwhile: it goes on beside the others where they are then.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping

from sorter.engine import reasons
from sorter.engine.layout import ChutePlace


class ChuteLoad:
    """The parcels that the line's chutes were given, by parcel number and head count."""

    def __init__(self, chutes: Mapping[str, ChutePlace]) -> None:
        self._chutes = chutes
        self._on_their_way: dict[str, dict[int, int]] = {chute: {} for chute in chutes}
        self._heads: dict[str, list[int]] = {chute: [] for chute in chutes}
        self._share = dict.fromkeys(chutes, 0)

    def on_their_way(self, chute: str) -> int:
        """Parcels that were given the chute and have not arrived."""
        return len(self._on_their_way[chute])

    def share(self, chute: str) -> int:
        """The chute's share of what was balanced; 0 for one that is not on this line."""
        return self._share.get(chute, 0)

    def give(self, chute: str, parcel: int, head_count: int) -> None:
        """The parcel is to go into the chute; `head_count` tells where it lies on the belt."""
        self._on_their_way[chute][parcel] = head_count
        self._share[chute] += 1
        if self._chutes[chute].rate:
            heads = self._heads[chute]
            insort(heads, head_count)
            # A parcel is never decided a window behind one that was decided before.
            del heads[: bisect_left(heads, heads[-1] - 2 * self._chutes[chute].rate_window)]

    def take_back(self, chute: str, parcel: int) -> None:
        """The parcel will not come after all."""
        head_count = self._on_their_way[chute].pop(parcel)
        self._share[chute] -= 1
        heads = self._heads[chute]
        at = bisect_left(heads, head_count)
        if at < len(heads) and heads[at] == head_count:
            del heads[at]

    def land(self, chute: str, parcel: int) -> None:
        """The parcel has arrived."""
        self._on_their_way[chute].pop(parcel, None)

    def lose_turn(self, shut: Iterable[str], to: str) -> None:
        """Chutes that were shut when `to` was chosen shall not catch up afterwards."""
        for chute in shut:
            if chute in self._share:
                self._share[chute] = max(self._share[chute], self._share[to])

    def why_not(self, chute: str, parcel: int, head_count: int) -> str | None:
        """The reason code why this parcel is one too many, or None; it may have been given it."""
        place = self._chutes[chute]
        on_their_way = self._on_their_way[chute]
        others = len(on_their_way) - (parcel in on_their_way)
        if place.room and others >= place.room:
            return reasons.NO_ROOM
        if place.rate and self._is_too_dense(place, chute, parcel, head_count):
            return reasons.RATE
        return None

    def _is_too_dense(self, place: ChutePlace, chute: str, parcel: int, head_count: int) -> bool:
        """Whether a stretch of one window would hold more than `rate` heads with this one."""
        heads = list(self._heads[chute])
        own = self._on_their_way[chute].get(parcel)
        if own is not None and own in heads:
            heads.remove(own)
        insort(heads, head_count)
        return any(
            heads[last] - heads[last - place.rate] < place.rate_window
            and heads[last - place.rate] <= head_count <= heads[last]
            for last in range(place.rate, len(heads))
        )
