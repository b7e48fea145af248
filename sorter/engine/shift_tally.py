"""The plain numbers of one shift. Everything is a whole number; durations are in ns.

Histograms count per bin, one more than there are edges: below the first edge, from each edge up to
the next, and from the last edge on.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec

GAP_EDGES_MM = (50, 100, 150, 200, 300, 500, 1000, 2000, 5000)
FIRE_ERROR_EDGES_MM = (-20, -10, -5, -2, 3, 6, 11, 21)


def bin_of(value: int, edges: tuple[int, ...]) -> int:
    """The number of the histogram's bin that `value` falls into."""
    return bisect_right(edges, value)


def _bins(edges: tuple[int, ...]) -> list[int]:
    return [0] * (len(edges) + 1)


class ShiftTally(msgspec.Struct, kw_only=True):
    """What was counted in a shift.

    `outcomes`: by outcome and reason. `decided`: parcels that were decided, `read`: those of them
    that any scanner had read, on whichever lap; `multi_read`: those with several codes, `rules`: by
    the rule that decided, both when they were first decided. `laps`: parcels that came round on a
    loop, by which lap they began. `scanners`: by scanner, telegrams with codes (`read`) and without
    (`no_read`); `misread` are those with codes that a parcel was decided a misread by, and counted
    among `read` too. `chutes`: parcels that arrived. `shut_ns`: by chute and cause. `gaps`: in
    front of inducted parcels, binned by GAP_EDGES_MM. `fire_errors`: how late diverters fired,
    binned by FIRE_ERROR_EDGES_MM. `stray_edges`: what eyes saw and no parcel explains; one body
    passes several eyes. `unbound`: telegrams that are nobody's for certain. `time_ns`: running,
    starved, blocked and down. `jam_ns`: time with a jam on the belt, which is part of `down`.
    """

    name: str = ""
    inducted: int = 0
    outcomes: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    decided: int = 0
    read: int = 0
    multi_read: int = 0
    laps: dict[int, int] = msgspec.field(default_factory=dict)
    rules: dict[str, int] = msgspec.field(default_factory=dict)
    scanners: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    chutes: dict[str, int] = msgspec.field(default_factory=dict)
    shut_ns: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    gaps: list[int] = msgspec.field(default_factory=lambda: _bins(GAP_EDGES_MM))
    fire_errors: list[int] = msgspec.field(default_factory=lambda: _bins(FIRE_ERROR_EDGES_MM))
    stray_edges: int = 0
    unbound: int = 0
    time_ns: dict[str, int] = msgspec.field(default_factory=dict)
    jam_ns: int = 0

    def copied(self) -> ShiftTally:
        """The same numbers, for somebody who goes on counting."""
        return msgspec.convert(msgspec.to_builtins(self), ShiftTally)


def count_up(counts: dict[str, int], key: str, by: int = 1) -> None:
    """One more, or `by` more, of `key`."""
    counts[key] = counts.get(key, 0) + by
