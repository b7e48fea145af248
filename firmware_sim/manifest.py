"""The file that describes what is fed, in order, and what goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from firmware_sim.description import beyond_latin1, read, refuse, twice
from firmware_sim.faults import AnyFault, MissEdge, ShortGap, StopBelt, StrayBody, SwapParcels
from firmware_sim.plant import Plant, off_belt

SHORTEST_PARCEL_MM = 50.0
"""Below this the light of an eye would flicker through jitter rather than show a parcel."""


class ParcelPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parcel to feed: what can be read from it, and where it truly belongs (None: nowhere)."""

    id: str
    length_mm: float
    codes: tuple[str, ...]
    destination: str | None
    kind: str
    divertable: bool
    gap_mm: float
    hold: str | None = None


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is fed, in order, and what goes wrong meanwhile."""

    seed: int
    parcels: tuple[ParcelPlan, ...]
    faults: tuple[AnyFault, ...] = ()


def read_manifest(path: Path, plant: Plant) -> Manifest:
    """The manifest of a JSON file for that plant. Raises DescriptionError."""
    manifest = read(path, Manifest)
    refuse(path, _wrong(manifest, plant))
    return manifest


def _wrong(manifest: Manifest, plant: Plant) -> Iterator[str]:
    names = [parcel.id for parcel in manifest.parcels]
    yield from twice("parcel", names)
    for parcel in manifest.parcels:
        yield from _wrong_length(f"parcel {parcel.id}", parcel.length_mm, plant)
        if not parcel.gap_mm >= plant.min_gap_mm:
            yield (
                f"parcel {parcel.id}: gap_mm is {parcel.gap_mm}, expected at least "
                f"min_gap_mm ({plant.min_gap_mm})"
            )
        for code in parcel.codes:
            yield from beyond_latin1(f"parcel {parcel.id}", code)
    known = set(names)
    eyes = {"induct", "tunnel", "end", "chute", *(eye.name for eye in plant.along)}
    for fault in manifest.faults:
        where = f"fault {fault.parcel}"
        if fault.parcel not in known:
            yield f"{where}: no such parcel in this manifest"
        if not isinstance(fault, MissEdge | ShortGap):
            yield from off_belt(plant, f"{where}: at_mm", fault.at_mm)
        yield from (f"{where}: {text}" for text in _wrong_fault(fault, plant, eyes))


def _wrong_length(where: str, length_mm: float, plant: Plant) -> Iterator[str]:
    if not SHORTEST_PARCEL_MM <= length_mm <= plant.belt_length_mm:
        yield (
            f"{where}: length_mm is {length_mm}, expected "
            f"{SHORTEST_PARCEL_MM:g} to {plant.belt_length_mm}"
        )


def _wrong_fault(fault: AnyFault, plant: Plant, eyes: set[str]) -> Iterator[str]:
    match fault:
        case MissEdge() if fault.eye not in eyes:
            yield f"no eye {fault.eye!r}, which are: {', '.join(sorted(eyes))}"
        case ShortGap() if not fault.gap_mm >= 0:
            yield f"gap_mm is {fault.gap_mm}, expected 0 or more"
        case StrayBody():
            yield from _wrong_length("stray", fault.length_mm, plant)
            for code in fault.codes:
                yield from beyond_latin1("stray", code)
        case SwapParcels() if not fault.takes_ms > 0:
            yield f"takes_ms is {fault.takes_ms}, expected more than 0"
        case StopBelt() if not (fault.coast_mm >= 0 and fault.for_ms >= 0):
            yield f"coast_mm {fault.coast_mm} or for_ms {fault.for_ms} is negative"
