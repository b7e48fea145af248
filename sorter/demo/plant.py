"""The line of the demo: one straight belt of 21 m with ten diverters and a chute on each side.

One description, told to both sides in their own words: `write_plant` for the twin, `line_toml`
for the controller's config. The signs over the chutes are the twin's truth: what may slide in.

The gap between parcels: a diverter needs 30 ms to act and 30 ms to return, at 2.5 m/s 75 mm of
belt each. It may only move while nothing is there, so a gap must hold 150 mm, and 30 mm for the
eyes' and the encoder's error: 180 mm.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

LINE_NAME = "line-1"
SPEED_MPS = 2.5
PULSES_PER_M = 1000
BELT_LENGTH_MM = 21_000
MIN_GAP_MM = 180
ACTUATION_MS = 30
RETURN_MS = 30
EYES = {"induct": (0, 0), "tunnel": (1_500, 1), "end": (20_500, 2)}  # name -> at_mm, input
SCANNER_MM = 1_700
SCANNER_DELAY_MS = (15, 45)
FRAMING = {
    "frame_start": "\x02",
    "frame_end": "\x03",
    "separator": ";",
    "no_read": "NoRead",
    "count_prefix": "@",
}
DIVERTERS = 10
FIRST_DIVERTER_MM = 4_500
DIVERTER_PITCH_MM = 1_600
SLIDE_MM = 350
FIRST_CONFIRM_INPUT = 8
FIRST_FULL_INPUT = 32

OVERFLOW = "OVF"
FILLING_CHUTE = "C01"
"""The chute that goes full in the run; its destination has another one further on."""
FILLING_DESTINATION = "BE-WLG"

# Left and right of diverter 1, of diverter 2 and so on. Short hauls share a chute by their road:
# Brabant; Namur, Arlon and Luxembourg; Madrid; Vienna and Budapest.
SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("C01", ("BE-WLG",)),
    ("C02", ("BE-VLI",)),
    ("C03", ("BE-WNA", "BE-WLX", "LU")),
    ("C04", ("BE-WHT",)),
    ("C05", ("BE-BRU",)),
    ("C06", ("BE-BRU",)),
    ("C07", ("BE-VBR", "BE-WBR")),
    ("C08", ("BE-VAN",)),
    ("C09", ("BE-VOV",)),
    ("C10", ("BE-VWV",)),
    ("C11", ("BE-WLG",)),
    ("C12", ("NL",)),
    ("C13", ("DE-NORTH",)),
    ("C14", ("DE-SOUTH",)),
    ("C15", ("FR-NORTH",)),
    ("C16", ("FR-SOUTH",)),
    ("C17", ("ES-PUDO", "HUB-MADRID")),
    ("C18", ("AT", "HUB-BUDAPEST")),
    (OVERFLOW, ("*",)),
    ("C19", ("CUSTOMS",)),
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A chute where it stands: its diverter and side, its sensors, and the sign over it."""

    name: str
    diverter: int
    side: str
    destinations: tuple[str, ...]
    confirm_input: int
    full_input: int


OUTLETS = tuple(
    Outlet(
        name,
        diverter=place // 2 + 1,
        side="right" if place % 2 else "left",
        destinations=destinations,
        confirm_input=FIRST_CONFIRM_INPUT + place,
        full_input=FIRST_FULL_INPUT + place,
    )
    for place, (name, destinations) in enumerate(SIGNS)
)


def diverter_mm(number: int) -> int:
    """Where diverter `number` (from 1) stands."""
    return FIRST_DIVERTER_MM + (number - 1) * DIVERTER_PITCH_MM


def write_plant(folder: Path, *, full_at: int, never: int) -> Path:
    """Write plant.json for the twin and tell where.

    `full_at`: parcels that fill FILLING_CHUTE. `never`: a count that no other chute reaches.
    """
    plant = {
        "belt_length_mm": BELT_LENGTH_MM,
        "speed_mps": SPEED_MPS,
        "pulses_per_m": PULSES_PER_M,
        **{f"{eye}_eye_mm": at_mm for eye, (at_mm, _) in EYES.items()},
        **{f"{eye}_input": number for eye, (_, number) in EYES.items()},
        "scanner_mm": SCANNER_MM,
        "min_gap_mm": MIN_GAP_MM,
        "scanner": {**FRAMING, "delay_ms": SCANNER_DELAY_MS},
        "diverters": [_diverter(number) for number in range(1, DIVERTERS + 1)],
        "chutes": [
            _chute(outlet, full_at if outlet.name == FILLING_CHUTE else never) for outlet in OUTLETS
        ],
    }
    path = folder / "plant.json"
    path.write_text(json.dumps(plant, indent=1) + "\n", encoding="ascii")
    return path


def _diverter(number: int) -> dict[str, object]:
    return {
        "number": number,
        "at_mm": diverter_mm(number),
        "actuation_ms": ACTUATION_MS,
        "return_ms": RETURN_MS,
    }


def _chute(outlet: Outlet, full_at: int) -> dict[str, object]:
    return {**asdict(outlet), "slide_mm": SLIDE_MM, "full_at": full_at, "empty_after_s": None}


def line_toml(*, plc_port: int, scanner_port: int) -> str:
    """The `[[lines]]` section of the box's config for this line, on loopback."""
    # A JSON string is a TOML basic string, control characters' escapes included.
    framing = ", ".join(f"{key} = {json.dumps(text)}" for key, text in FRAMING.items())
    shortest_ms, longest_ms = SCANNER_DELAY_MS
    eyes = (
        f"{eye} = {{ at_mm = {at_mm}, input = {number} }}" for eye, (at_mm, number) in EYES.items()
    )
    return "\n".join(
        (
            "[[lines]]",
            f'name = "{LINE_NAME}"',
            f"belt = {{ speed_mps = {SPEED_MPS}, pulses_per_m = {PULSES_PER_M} }}",
            f"eyes = {{ {', '.join(eyes)} }}",
            f"plc = {{ port = {plc_port} }}",
            "scanners = [",
            f'  {{ name = "top", port = {scanner_port}, at_mm = {SCANNER_MM}, {framing}, '
            # Twice the slowest telegram, as the host may be busy.
            f"min_delay_ms = {shortest_ms // 2}, max_delay_ms = {2 * longest_ms} }},",
            "]",
            "diverters = [",
            *(_diverter_toml(number) for number in range(1, DIVERTERS + 1)),
            "]",
            "chutes = [",
            *(_chute_toml(outlet) for outlet in OUTLETS),
            "]",
            "",
        )
    )


def _diverter_toml(number: int) -> str:
    return (
        f'  {{ name = "D{number}", number = {number}, at_mm = {diverter_mm(number)}, '
        f"actuation_ms = {ACTUATION_MS}, return_ms = {RETURN_MS} }},"
    )


def _chute_toml(outlet: Outlet) -> str:
    overflow = ", overflow = true" if outlet.name == OVERFLOW else ""
    return (
        f'  {{ name = "{outlet.name}", diverter = "D{outlet.diverter}", side = "{outlet.side}", '
        f"confirm_input = {outlet.confirm_input}, full_input = {outlet.full_input}, "
        f"slide_mm = {SLIDE_MM}{overflow} }},"
    )
