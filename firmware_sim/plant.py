"""The two files that describe a run: the plant (what is built) and the manifest (what is fed).

Parsing is strict: an unknown key, a wrong type or an impossible value refuses the file, and all
impossible values of a file are told at once. Lengths are millimetres along the belt from its
start; inputs are the PLC's input numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from firmware_sim.registers import INPUT_LIMIT

SHORTEST_PARCEL_MM = 50.0
"""Below this the light of an eye would flicker through jitter rather than show a parcel."""

SHORTEST_SLIDE_MM = 20.0
"""Slides vary by a seeded jitter; a shorter one could end before it began."""

DIVERTER_LIMIT = 255
"""A diverter's number is one byte of its arm slot."""

_FILE_LIMIT_BYTES = 64 << 20

_File = TypeVar("_File", "Plant", "Manifest")


class DescriptionError(ValueError):
    """A plant or manifest that cannot be run; the text names every fault found."""


class ScannerFraming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the scanner speaks. Text is sent as Latin-1; `delay_ms` is (shortest, longest).

    `count_prefix` None sends no encoder count; `no_read` None keeps silent when nothing was read.
    """

    frame_start: str = "\x02"
    frame_end: str = "\x03"
    separator: str = ";"
    no_read: str | None = "NoRead"
    count_prefix: str | None = "@"
    delay_ms: tuple[int, int] = (15, 45)


class DiverterPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A diverter at `at_mm`: its output acts after `actuation_ms` and is gone `return_ms` later."""

    number: int
    at_mm: float
    actuation_ms: int
    return_ms: int


class ChutePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chute; `slide_mm` is the way to its confirm eye, as belt travel meanwhile.

    `destinations` may hold "*", which is right for any parcel. `empty_after_s` None never empties.
    """

    name: str
    diverter: int
    side: Literal["left", "right"]
    destinations: tuple[str, ...]
    confirm_input: int
    full_input: int | None
    slide_mm: float
    full_at: int
    empty_after_s: float | None = None


class Plant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One straight belt with everything that stands along it."""

    belt_length_mm: float
    speed_mps: float
    pulses_per_m: float
    induct_eye_mm: float
    induct_input: int
    tunnel_eye_mm: float
    tunnel_input: int
    scanner_mm: float
    end_eye_mm: float
    end_input: int
    min_gap_mm: float
    scanner: ScannerFraming
    diverters: tuple[DiverterPlan, ...]
    chutes: tuple[ChutePlan, ...]

    def inputs(self) -> list[int]:
        """Every input number in use, in the order of the description."""
        numbers = [self.induct_input, self.tunnel_input, self.end_input]
        for chute in self.chutes:
            numbers.append(chute.confirm_input)
            if chute.full_input is not None:
                numbers.append(chute.full_input)
        return numbers


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


class RemoveParcel(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="remove"
):
    """Somebody lifts the parcel off the belt when its head is at `at_mm`."""

    parcel: str
    at_mm: float


AnyFault = RemoveParcel
"""Each kind of fault is a struct of its own, told apart by `kind` in the file."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is fed, in order, and what goes wrong meanwhile."""

    seed: int
    parcels: tuple[ParcelPlan, ...]
    faults: tuple[AnyFault, ...] = ()


def read_plant(path: Path) -> Plant:
    """The plant of a JSON file. Raises DescriptionError, naming all that is wrong."""
    plant = _read(path, Plant)
    _refuse(path, _plant_faults(plant))
    return plant


def read_manifest(path: Path, plant: Plant) -> Manifest:
    """The manifest of a JSON file for that plant. Raises DescriptionError."""
    manifest = _read(path, Manifest)
    _refuse(path, _manifest_faults(manifest, plant))
    return manifest


def _read(path: Path, kind: type[_File]) -> _File:
    try:
        if path.stat().st_size > _FILE_LIMIT_BYTES:
            raise DescriptionError(f"{path}: larger than {_FILE_LIMIT_BYTES} bytes")
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise DescriptionError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DescriptionError(f"{path}: {error}") from error


def _refuse(path: Path, faults: Iterator[str]) -> None:
    found = list(faults)
    if found:
        raise DescriptionError("\n".join(f"{path}: {fault}" for fault in found))


def _twice(what: str, names: list[str] | list[int]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{what} {name!r} is used {times} times, expected once"


def _plant_faults(plant: Plant) -> Iterator[str]:
    for name in ("belt_length_mm", "speed_mps", "pulses_per_m"):
        if not getattr(plant, name) > 0:
            yield f"{name} is {getattr(plant, name)}, expected more than 0"
    for name in ("induct_eye_mm", "tunnel_eye_mm", "scanner_mm", "end_eye_mm"):
        yield from _off_belt(plant, name, getattr(plant, name))
    yield from _twice("input", plant.inputs())
    for number in plant.inputs():
        if not 0 <= number < INPUT_LIMIT:
            yield f"input {number} does not exist, expected 0 to {INPUT_LIMIT - 1}"
    yield from _diverter_faults(plant)
    yield from _chute_faults(plant)
    yield from _scanner_faults(plant.scanner)


def _diverter_faults(plant: Plant) -> Iterator[str]:
    numbers = sorted(diverter.number for diverter in plant.diverters)
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) > DIVERTER_LIMIT:
        yield f"diverters are numbered {numbers}, expected 1, 2, 3 ... up to {DIVERTER_LIMIT}"
    for diverter in plant.diverters:
        yield from _off_belt(plant, f"diverter {diverter.number}: at_mm", diverter.at_mm)
        if diverter.actuation_ms < 0 or diverter.return_ms < 0:
            yield f"diverter {diverter.number}: a time is negative, expected 0 or more"


def _chute_faults(plant: Plant) -> Iterator[str]:
    yield from _twice("chute", [chute.name for chute in plant.chutes])
    yield from _twice("outlet", [f"{chute.diverter} {chute.side}" for chute in plant.chutes])
    numbers = {diverter.number for diverter in plant.diverters}
    for chute in plant.chutes:
        if chute.diverter not in numbers:
            yield f"chute {chute.name}: diverter {chute.diverter} does not exist"
        if chute.full_at < 1:
            yield f"chute {chute.name}: full_at is {chute.full_at}, expected 1 or more"
        if not chute.slide_mm >= SHORTEST_SLIDE_MM:
            yield (
                f"chute {chute.name}: slide_mm is {chute.slide_mm}, expected "
                f"{SHORTEST_SLIDE_MM:g} or more"
            )


def _scanner_faults(framing: ScannerFraming) -> Iterator[str]:
    shortest, longest = framing.delay_ms
    if not 0 <= shortest <= longest:
        yield f"scanner: delay_ms is {[shortest, longest]}, expected 0 <= shortest <= longest"
    if not framing.frame_end:
        yield "scanner: frame_end is empty, expected at least one character"
    for name in ("frame_start", "frame_end", "separator", "no_read", "count_prefix"):
        yield from _beyond_latin1(f"scanner: {name}", getattr(framing, name) or "")


def _off_belt(plant: Plant, name: str, at_mm: float) -> Iterator[str]:
    if not 0 <= at_mm <= plant.belt_length_mm:
        yield f"{name} is {at_mm}, expected 0 to belt_length_mm ({plant.belt_length_mm})"


def _beyond_latin1(where: str, text: str) -> Iterator[str]:
    if not all(ord(character) < 256 for character in text):
        yield f"{where}: {text!r} holds characters beyond Latin-1"


def _manifest_faults(manifest: Manifest, plant: Plant) -> Iterator[str]:
    names = [parcel.id for parcel in manifest.parcels]
    yield from _twice("parcel", names)
    for parcel in manifest.parcels:
        if not SHORTEST_PARCEL_MM <= parcel.length_mm <= plant.belt_length_mm:
            yield (
                f"parcel {parcel.id}: length_mm is {parcel.length_mm}, expected "
                f"{SHORTEST_PARCEL_MM:g} to {plant.belt_length_mm}"
            )
        if not parcel.gap_mm >= plant.min_gap_mm:
            yield (
                f"parcel {parcel.id}: gap_mm is {parcel.gap_mm}, expected at least "
                f"min_gap_mm ({plant.min_gap_mm})"
            )
        for code in parcel.codes:
            yield from _beyond_latin1(f"parcel {parcel.id}", code)
    known = set(names)
    for fault in manifest.faults:
        if fault.parcel not in known:
            yield f"fault {fault.parcel}: no such parcel in this manifest"
        yield from _off_belt(plant, f"fault {fault.parcel}: at_mm", fault.at_mm)
