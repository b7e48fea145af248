"""The belt encoder: travel in millimetres to a 32-bit count of pulses that wraps.

Its scale is off by a little, because the wheel is worn, and it starts so close under 2^32 that it
wraps while the manifest is being fed.
"""

from __future__ import annotations

import math

from firmware_sim.chance import stream
from firmware_sim.manifest import Manifest
from firmware_sim.plant import Plant
from firmware_sim.registers import COUNT_MODULUS

_WRAP_SHARE = (0.35, 0.75)
_WRAP_LEAD_PULSES = 20_000
"""The wrap comes within this share of the fed length, plus what the belt runs before feeding."""


class Encoder:
    """Counts pulses of belt travel from `start` on.

    Where the belt was reset or rolled back, the counts hold for the travel from there on.
    """

    def __init__(self, pulses_per_m: float, *, scale_error: float = 0.0, start: int = 0) -> None:
        self._pulses_per_mm = pulses_per_m / 1000 * (1 + scale_error)
        self._start = start

    def pulses_at(self, travel_mm: float) -> int:
        """The pulses when the belt had moved `travel_mm` since power-up; they never wrap."""
        return math.floor(travel_mm * self._pulses_per_mm + self._start)

    def count_at(self, travel_mm: float) -> int:
        """The same as the PLC counts them (u32)."""
        return self.pulses_at(travel_mm) % COUNT_MODULUS

    def reset(self, travel_mm: float, count: int) -> None:
        """The count jumps: it is `count` when the belt has moved `travel_mm`."""
        self._start = count - math.floor(travel_mm * self._pulses_per_mm)

    def roll_back(self, by_mm: float) -> None:
        """The belt has gone back by so much; the travel counts only what it moves ahead."""
        self._start -= round(by_mm * self._pulses_per_mm)

    def travel_at(self, pulses: int) -> float:
        """How far the belt has moved when the encoder comes to `pulses`."""
        return (pulses - self._start) / self._pulses_per_mm


def seeded_encoder(plant: Plant, manifest: Manifest, seed: int) -> Encoder:
    """The encoder of a run: seeded scale error, wrapping while the manifest is fed."""
    chance = stream(seed, "encoder")
    scale_error = chance.uniform(-plant.encoder_error, plant.encoder_error)
    fed_mm = sum(parcel.length_mm + parcel.gap_mm for parcel in manifest.parcels)
    fed_pulses = fed_mm * plant.pulses_per_m / 1000
    ahead = _WRAP_LEAD_PULSES + round(fed_pulses * chance.uniform(*_WRAP_SHARE))
    start = COUNT_MODULUS - ahead % COUNT_MODULUS
    return Encoder(plant.pulses_per_m, scale_error=scale_error, start=start)
