"""The file that describes what is built: a belt, straight or a loop, and all that stands along it.

Lengths are millimetres along the belt from its start; inputs are the PLC's input numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from firmware_sim.description import beyond_latin1, read, refuse, twice
from firmware_sim.registers import INPUT_LIMIT

SHORTEST_SLIDE_MM = 20.0
"""Slides vary by a seeded jitter; a shorter one could end before it began."""

EYE_JITTER_LIMIT_MM = 9.0
"""The infeed lets a parcel on 10 mm before the induct eye, which must not see it there."""

ENCODER_ERROR_LIMIT = 0.02
"""A wheel that is more than 2 % off is broken, not worn."""

DIVERTER_LIMIT = 255
"""A diverter's number is one byte of its arm slot."""


class ScannerFraming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the scanner speaks. Text is sent as Latin-1; `delay_ms` is (shortest, longest).

    `count_prefix` None sends no encoder count, `trigger_prefix` None no number of the reading;
    `no_read` None keeps silent when nothing was read.
    """

    frame_start: str = "\x02"
    frame_end: str = "\x03"
    separator: str = ";"
    no_read: str | None = "NoRead"
    count_prefix: str | None = "@"
    trigger_prefix: str | None = None
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


class AlongEye(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photo-eye somewhere between the tunnel and the end of the belt."""

    name: str
    at_mm: float
    input: int


class Guard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of belt behind a fence (ISO 13857): no hand reaches a body that lies in it."""

    from_mm: float
    to_mm: float


class Plant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One belt with everything that stands along it.

    A loop has no end: its `end_eye_mm` and `end_input` are None, and what comes to its
    `belt_length_mm` comes to the induct eye again. An eye sees an edge up to `eye_jitter_mm` before
    or behind where it is; the encoder's wheel counts up to `encoder_error` (a share of 1) too many
    or too few pulses. Where the scanner sends numbers of readings, the PLC triggers them with the
    tunnel eye and goes on from `last_trigger`, in a counter of `trigger_bits`.
    """

    belt_length_mm: float
    speed_mps: float
    pulses_per_m: float
    induct_eye_mm: float
    induct_input: int
    tunnel_eye_mm: float
    tunnel_input: int
    scanner_mm: float
    end_eye_mm: float | None
    end_input: int | None
    min_gap_mm: float
    scanner: ScannerFraming
    diverters: tuple[DiverterPlan, ...]
    chutes: tuple[ChutePlan, ...]
    along: tuple[AlongEye, ...] = ()
    guards: tuple[Guard, ...] = ()
    eye_jitter_mm: float = 2.0
    encoder_error: float = 0.0005
    last_trigger: int = 0
    trigger_bits: Literal[16, 32] = 32

    @property
    def is_loop(self) -> bool:
        """Whether what is not taken off comes round."""
        return self.end_eye_mm is None

    @property
    def way_mm(self) -> float:
        """How far a body goes: to the end eye, or once around."""
        return self.belt_length_mm if self.end_eye_mm is None else self.end_eye_mm

    @property
    def is_triggered(self) -> bool:
        """Whether the PLC triggers the scanner's readings, and numbers them."""
        return self.scanner.trigger_prefix is not None

    def inputs(self) -> list[int]:
        """Every input number in use, in the order of the description."""
        numbers = [self.induct_input, self.tunnel_input]
        if self.end_input is not None:
            numbers.append(self.end_input)
        numbers += [eye.input for eye in self.along]
        for chute in self.chutes:
            numbers.append(chute.confirm_input)
            if chute.full_input is not None:
                numbers.append(chute.full_input)
        return numbers


def read_plant(path: Path) -> Plant:
    """The plant of a JSON file. Raises DescriptionError, naming all that is wrong."""
    plant = read(path, Plant)
    refuse(path, _plant_faults(plant))
    return plant


def _plant_faults(plant: Plant) -> Iterator[str]:
    for name in ("belt_length_mm", "speed_mps", "pulses_per_m"):
        if not getattr(plant, name) > 0:
            yield f"{name} is {getattr(plant, name)}, expected more than 0"
    for name in ("induct_eye_mm", "tunnel_eye_mm", "scanner_mm"):
        yield from off_belt(plant, name, getattr(plant, name))
    if plant.end_eye_mm is not None:
        yield from off_belt(plant, "end_eye_mm", plant.end_eye_mm)
    if (plant.end_eye_mm is None) is not (plant.end_input is None):
        yield "end_eye_mm or end_input is missing, expected both, or none of them on a loop"
    yield from twice("input", plant.inputs())
    for number in plant.inputs():
        if not 0 <= number < INPUT_LIMIT:
            yield f"input {number} does not exist, expected 0 to {INPUT_LIMIT - 1}"
    yield from _eye_faults(plant)
    yield from _diverter_faults(plant)
    yield from _chute_faults(plant)
    yield from _scanner_faults(plant.scanner)
    if not 0 <= plant.last_trigger < 1 << plant.trigger_bits:
        yield (
            f"last_trigger is {plant.last_trigger}, expected a number of {plant.trigger_bits} bits"
        )


def _eye_faults(plant: Plant) -> Iterator[str]:
    yield from twice("eye", ["induct", "tunnel", "end", "chute", *(e.name for e in plant.along)])
    for eye in plant.along:
        if not plant.tunnel_eye_mm < eye.at_mm < plant.way_mm:
            end = "belt_length_mm" if plant.is_loop else "end_eye_mm"
            yield (
                f"eye {eye.name}: at_mm is {eye.at_mm}, expected between tunnel_eye_mm "
                f"({plant.tunnel_eye_mm}) and {end} ({plant.way_mm})"
            )
    if not 0 <= plant.eye_jitter_mm <= EYE_JITTER_LIMIT_MM:
        yield f"eye_jitter_mm is {plant.eye_jitter_mm}, expected 0 to {EYE_JITTER_LIMIT_MM:g}"
    if not 0 <= plant.encoder_error <= ENCODER_ERROR_LIMIT:
        yield f"encoder_error is {plant.encoder_error}, expected 0 to {ENCODER_ERROR_LIMIT:g}"
    for guard in plant.guards:
        if not guard.from_mm < guard.to_mm:
            yield f"guard from_mm {guard.from_mm} is not before to_mm {guard.to_mm}"


def _diverter_faults(plant: Plant) -> Iterator[str]:
    numbers = sorted(diverter.number for diverter in plant.diverters)
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) > DIVERTER_LIMIT:
        yield f"diverters are numbered {numbers}, expected 1, 2, 3 ... up to {DIVERTER_LIMIT}"
    for diverter in plant.diverters:
        yield from off_belt(plant, f"diverter {diverter.number}: at_mm", diverter.at_mm)
        if diverter.actuation_ms < 0 or diverter.return_ms < 0:
            yield f"diverter {diverter.number}: a time is negative, expected 0 or more"


def _chute_faults(plant: Plant) -> Iterator[str]:
    yield from twice("chute", [chute.name for chute in plant.chutes])
    yield from twice("outlet", [f"{chute.diverter} {chute.side}" for chute in plant.chutes])
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
    for name in (
        "frame_start",
        "frame_end",
        "separator",
        "no_read",
        "count_prefix",
        "trigger_prefix",
    ):
        yield from beyond_latin1(f"scanner: {name}", getattr(framing, name) or "")


def off_belt(plant: Plant, name: str, at_mm: float) -> Iterator[str]:
    """What is wrong with a place that should be on the belt."""
    if not 0 <= at_mm <= plant.belt_length_mm:
        yield f"{name} is {at_mm}, expected 0 to belt_length_mm ({plant.belt_length_mm})"
