"""The line of the campaign, told to the plant and to the controller in their own words.

A belt of 24 m at 2.5 m/s with six diverters, twelve chutes, and before each diverter two eyes: an
arming eye so far ahead that the longest parcel is seen whole while there is time to arm for it,
and a gate eye that still watches when the arm has gone out. From arming eye to diverter the belt
is fenced in. Between two eyes lie at most 2.45 m, less than the belt moves in the second that a
person needs to exchange two parcels. As a loop it is the same without the end eye; its last metre
and a half, where parcels come in from the side, is fenced in too.
"""

from __future__ import annotations

from typing import Literal

from firmware_sim.diverters import SideName
from firmware_sim.plant import (
    AlongEye,
    ChutePlan,
    DiverterPlan,
    Guard,
    Plant,
    ScannerFraming,
)
from sorter.config import LineConfig
from sorter.engine.events import PlanActivated, PlanEntry

SPEED_MPS = 2.5
PULSES_PER_M = 1000
TUNNEL_MM = 1500.0
SCANNER_MM = 1700.0
DIVERTERS_MM = (5000.0, 8500.0, 12000.0, 15500.0, 19000.0, 22500.0)
ARMING_MM = 1400.0
GATE_MM = 350.0
GUARDED_BEHIND_MM = 200.0
# As far as a parcel slips at most, where no eye sees it any more.
SLIP_MM = 300.0
END_MM = 24_000.0
BELT_MM = 25_500.0
MERGE_MM = 24_000.0
LOOP_TAKES = 20
LONGEST_MM = 900.0
SLIDE_MM = 350.0
ACTS_MS = 30
POLL_MS = 20
TELEGRAM_MS = (20, 250)
FULL_AT = 400
EMPTY_AFTER_S = 20.0
Belt = Literal["line", "loop"]

OVERFLOW = "OVF"
DESTINATIONS = ("LIEGE", "NAMUR", "BRUSSELS", "HASSELT", "GHENT", "MONS")

# Five destinations have two chutes, the sixth has one: what finds that full goes to overflow.
CHUTES: tuple[tuple[str, str], ...] = (
    *((f"C{place + 1:02d}", DESTINATIONS[place % 6]) for place in range(11)),
    (OVERFLOW, "*"),
)
_BALANCED = frozenset({"BRUSSELS", "HASSELT"})
_ALONG_FIRST_INPUT = 20


def along_eyes() -> tuple[tuple[str, float, int], ...]:
    """Name, place and input of each eye along the belt."""
    places = [
        (f"{kind}{number}", at_mm - before_mm)
        for number, at_mm in enumerate(DIVERTERS_MM, 1)
        for kind, before_mm in (("arming", ARMING_MM), ("gate", GATE_MM))
    ]
    return tuple(
        (name, at_mm, _ALONG_FIRST_INPUT + place) for place, (name, at_mm) in enumerate(places)
    )


def build_plant(belt: Belt) -> Plant:
    """The line for the plant."""
    is_loop = belt == "loop"
    return Plant(
        belt_length_mm=BELT_MM,
        speed_mps=SPEED_MPS,
        pulses_per_m=PULSES_PER_M,
        induct_eye_mm=0,
        induct_input=0,
        tunnel_eye_mm=TUNNEL_MM,
        tunnel_input=1,
        scanner_mm=SCANNER_MM,
        end_eye_mm=None if is_loop else END_MM,
        end_input=None if is_loop else 2,
        min_gap_mm=0,
        scanner=ScannerFraming(delay_ms=TELEGRAM_MS),
        diverters=tuple(
            DiverterPlan(number, at_mm, ACTS_MS, ACTS_MS)
            for number, at_mm in enumerate(DIVERTERS_MM, 1)
        ),
        chutes=_plant_chutes(),
        along=tuple(AlongEye(*eye) for eye in along_eyes()),
        guards=(
            *(Guard(at_mm - ARMING_MM, at_mm + GUARDED_BEHIND_MM) for at_mm in DIVERTERS_MM),
            Guard(MERGE_MM, BELT_MM),
        ),
        eye_jitter_mm=5.0,
        encoder_error=0.005,
    )


def build_config(belt: Belt) -> LineConfig:
    """The same line for the controller."""
    is_loop = belt == "loop"
    return LineConfig.model_validate(
        {
            "name": "L1",
            "belt": {
                "speed_mps": SPEED_MPS,
                "pulses_per_m": PULSES_PER_M,
                "max_parcel_mm": LONGEST_MM + 20,
                "slip_mm": SLIP_MM,
                "loop_mm": BELT_MM if is_loop else None,
                "max_parcels": LOOP_TAKES if is_loop else 0,
            },
            "eyes": _eyes(is_loop),
            "plc": {"poll_ms": POLL_MS},
            "scanners": [
                {
                    "name": "top",
                    "port": 1,
                    "at_mm": SCANNER_MM,
                    "count_prefix": "@",
                    "min_delay_ms": TELEGRAM_MS[0],
                    "max_delay_ms": TELEGRAM_MS[1],
                }
            ],
            "diverters": _diverters(),
            "chutes": _chutes(),
        }
    )


def build_plan() -> PlanActivated:
    """Which chutes serve which destination."""
    return PlanActivated(
        time_ns=0,
        count=0,
        revision=1,
        digest="plan",
        destinations={
            place: PlanEntry(
                tuple(name for name, sign in CHUTES if sign == place),
                "balance" if place in _BALANCED else "first",
            )
            for place in DESTINATIONS
        },
        fallback={"overflow": (OVERFLOW,)},
        by="campaign",
    )


def _plant_chutes() -> tuple[ChutePlan, ...]:
    return tuple(
        ChutePlan(
            name=name,
            diverter=place // 2 + 1,
            side=_side(place),
            destinations=(destination,),
            confirm_input=8 + place,
            full_input=32 + place,
            slide_mm=SLIDE_MM,
            full_at=FULL_AT,
            empty_after_s=EMPTY_AFTER_S,
        )
        for place, (name, destination) in enumerate(CHUTES)
    )


def _eyes(is_loop: bool) -> dict[str, object]:
    ends = () if is_loop else (("end", END_MM, 2),)
    eyes: dict[str, object] = {
        name: {"at_mm": at_mm, "input": number}
        for name, at_mm, number in (("induct", 0.0, 0), ("tunnel", TUNNEL_MM, 1), *ends)
    }
    eyes["along"] = [
        {"name": name, "at_mm": at_mm, "input": number} for name, at_mm, number in along_eyes()
    ]
    return eyes


def _diverters() -> list[dict[str, object]]:
    return [
        {
            "name": f"D{number}",
            "number": number,
            "at_mm": at_mm,
            "actuation_ms": ACTS_MS,
            "return_ms": ACTS_MS,
        }
        for number, at_mm in enumerate(DIVERTERS_MM, 1)
    ]


def _chutes() -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "diverter": f"D{place // 2 + 1}",
            "side": _side(place),
            "confirm_input": 8 + place,
            "full_input": 32 + place,
            "slide_mm": SLIDE_MM,
            "overflow": name == OVERFLOW,
        }
        for place, (name, _) in enumerate(CHUTES)
    ]


def _side(place: int) -> SideName:
    return "right" if place % 2 else "left"
