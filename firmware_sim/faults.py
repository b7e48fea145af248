"""What goes wrong on the line, as the manifest orders it.

Each kind of fault is a struct in `plant.py` and gets its own reading here; the part of the plant
that it hits asks for it. Nothing is random: a fault happens where the manifest puts it.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware_sim.plant import AnyFault


def remove_positions(faults: Iterable[AnyFault]) -> dict[str, list[float]]:
    """Where each parcel that somebody lifts off the belt has its head then, by parcel, in mm."""
    positions: dict[str, list[float]] = {}
    for fault in faults:
        positions.setdefault(fault.parcel, []).append(fault.at_mm)
    return positions
