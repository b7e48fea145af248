"""The simulated line, told to both sides in their own words, and the parcels that come down it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from firmware_sim.diverters import SideName
from firmware_sim.faults import RemoveParcel
from firmware_sim.manifest import Manifest, ParcelPlan
from firmware_sim.plant import (
    ChutePlan,
    DiverterPlan,
    Plant,
    ScannerFraming,
)
from sorter.config import LineConfig

SPEED_MPS = 2.5
PULSES_PER_M = 1000
TUNNEL_MM = 1500.0
SCANNER_MM = 1700.0
FIRST_DIVERTER_MM = 4500.0
DIVERTER_PITCH_MM = 1600.0
DIVERTERS = 4
END_MM = FIRST_DIVERTER_MM + DIVERTERS * DIVERTER_PITCH_MM
SLIDE_MM = 350.0
ACTS_MS = 30
# A diverter comes and goes within 150 mm of belt; the eyes and the encoder err by some more.
SAFE_GAP_MM = 180.0
NEVER_FULL = 1_000_000
UNSTAMPED_WITHIN_MS = 90

# The last chute takes what finds the chutes of its destination full.
CHUTES: tuple[tuple[str, str | None], ...] = (
    ("C1", "LIEGE"),
    ("C2", "NAMUR"),
    ("C3", "BRUSSELS"),
    ("C4", "HASSELT"),
    ("C5", "GHENT"),
    ("C6", "LIEGE"),
    ("C7", "MONS"),
    ("OVF", None),
)
DESTINATIONS = ("LIEGE", "NAMUR", "BRUSSELS", "HASSELT", "GHENT", "MONS")


@dataclass(frozen=True)
class Mix:
    """What comes down the line: shares of 1 and belt mm."""

    parcels: int
    seed: int
    shortest_mm: float = 150.0
    longest_mm: float = 420.0
    least_gap_mm: float = SAFE_GAP_MM
    mean_spare_mm: float = 80.0
    no_read: float = 0.01
    unknown: float = 0.01
    removed: float = 0.0
    removed_at_mm: tuple[float, float] = (100.0, 1400.0)


@dataclass(frozen=True)
class Site:
    """How the line is built."""

    stamped: bool = True
    delay_ms: tuple[int, int] = (15, 45)
    full_at: dict[str, int] = field(default_factory=dict)
    empty_after_s: float | None = None


def build_plant(site: Site, least_gap_mm: float) -> Plant:
    """The line for the twin."""
    return Plant(
        belt_length_mm=END_MM + 500,
        speed_mps=SPEED_MPS,
        pulses_per_m=PULSES_PER_M,
        induct_eye_mm=0,
        induct_input=0,
        tunnel_eye_mm=TUNNEL_MM,
        tunnel_input=1,
        scanner_mm=SCANNER_MM,
        end_eye_mm=END_MM,
        end_input=2,
        min_gap_mm=least_gap_mm,
        scanner=ScannerFraming(count_prefix="@" if site.stamped else None, delay_ms=site.delay_ms),
        diverters=tuple(
            DiverterPlan(number, _diverter_mm(number), ACTS_MS, ACTS_MS)
            for number in range(1, DIVERTERS + 1)
        ),
        chutes=tuple(
            ChutePlan(
                name=name,
                diverter=place // 2 + 1,
                side=_side(place),
                destinations=("*",) if destination is None else (destination,),
                confirm_input=8 + place,
                full_input=32 + place,
                slide_mm=SLIDE_MM,
                full_at=site.full_at.get(name, NEVER_FULL),
                empty_after_s=site.empty_after_s,
            )
            for place, (name, destination) in enumerate(CHUTES)
        ),
    )


def build_config(site: Site) -> LineConfig:
    """The same line for the controller."""
    eyes = {"induct": (0.0, 0), "tunnel": (TUNNEL_MM, 1), "end": (END_MM, 2)}
    return LineConfig.model_validate(
        {
            "name": "L1",
            "belt": {"speed_mps": SPEED_MPS, "pulses_per_m": PULSES_PER_M},
            "eyes": {name: {"at_mm": at, "input": number} for name, (at, number) in eyes.items()},
            "plc": {},
            "scanners": [_scanner(site)],
            "diverters": [
                {
                    "name": f"D{number}",
                    "number": number,
                    "at_mm": _diverter_mm(number),
                    "actuation_ms": ACTS_MS,
                    "return_ms": ACTS_MS,
                }
                for number in range(1, DIVERTERS + 1)
            ],
            "chutes": [
                {
                    "name": name,
                    "diverter": f"D{place // 2 + 1}",
                    "side": _side(place),
                    "confirm_input": 8 + place,
                    "full_input": 32 + place,
                    "slide_mm": SLIDE_MM,
                    "overflow": destination is None,
                }
                for place, (name, destination) in enumerate(CHUTES)
            ],
        }
    )


def build_manifest(mix: Mix) -> tuple[Manifest, dict[str, str]]:
    """The parcels, what happens to them on the way, and the routing table that knows them."""
    chance = Random(mix.seed)
    parcels: list[ParcelPlan] = []
    faults: list[RemoveParcel] = []
    routes: dict[str, str] = {}
    for number in range(mix.parcels):
        name, code = f"P{number:05d}", f"CODE{number:08d}"
        luck = chance.random()
        readable = luck >= mix.no_read
        known = luck >= mix.no_read + mix.unknown
        destination = chance.choice(DESTINATIONS)
        if known:
            routes[code] = destination
        removed = chance.random() < mix.removed
        if removed:
            faults.append(RemoveParcel(name, round(chance.uniform(*mix.removed_at_mm), 1)))
        parcels.append(
            ParcelPlan(
                id=name,
                length_mm=round(chance.uniform(mix.shortest_mm, mix.longest_mm), 1),
                codes=(code,) if readable else (),
                destination=destination if known else None,
                kind="parcel",
                divertable=known and not removed,
                gap_mm=round(mix.least_gap_mm + chance.expovariate(1 / mix.mean_spare_mm), 1),
            )
        )
    return Manifest(mix.seed, tuple(parcels), tuple(faults)), routes


def _scanner(site: Site) -> dict[str, object]:
    return {
        "name": "top",
        "port": 1,
        "at_mm": SCANNER_MM,
        "count_prefix": "@" if site.stamped else None,
        "min_delay_ms": 0,
        "max_delay_ms": UNSTAMPED_WITHIN_MS,
    }


def _diverter_mm(number: int) -> float:
    return FIRST_DIVERTER_MM + (number - 1) * DIVERTER_PITCH_MM


def _side(place: int) -> SideName:
    return "right" if place % 2 else "left"
