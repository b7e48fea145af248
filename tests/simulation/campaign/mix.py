"""The parcels of a campaign and what happens to each, drawn one after the other from the seed.

Nothing is kept: the same seed gives the same parcels again, however many were asked for. What a
label says is the whole routing table: its code begins with its destination.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from firmware_sim.chance import stream
from firmware_sim.faults import (
    AnyFault,
    MissEdge,
    RemoveParcel,
    ShortGap,
    SlipParcel,
    StopBelt,
    StrayBody,
    SwapParcels,
)
from firmware_sim.manifest import ParcelPlan
from firmware_sim.parcels import Parcel
from tests.simulation.campaign.hall import (
    ARMING_MM,
    CHUTES,
    DESTINATIONS,
    DIVERTERS_MM,
    END_MM,
    GUARDED_BEHIND_MM,
    LONGEST_MM,
    along_eyes,
)

SHORTEST_MM = 150.0
# What a parcel may slip back, the sweep of a diverter behind it, and what eyes and encoder err.
NORMAL_GAP_MM = 430.0
MEAN_SPARE_MM = 60.0
_LENGTHS = (1.3, 3.2)  # a beta distribution: many small parcels, few long ones
_KNOWN = frozenset(DESTINATIONS)
# How far a parcel comes: to the diverter of the first chute of its destination.
_REACH_MM = {
    destination: DIVERTERS_MM[place // 2]
    for place, (_, destination) in reversed(tuple(enumerate(CHUTES)))
}
_EYES = ("induct", "tunnel", *(name for name, *_ in along_eyes()), "end", "chute")
_EDGES: tuple[tuple[str, str], ...] = tuple(
    (eye, edge) for eye in _EYES for edge in ("head", "tail")
)


@dataclass(frozen=True)
class Rates:
    """Shares of all parcels to which it happens; of all edges of all eyes for `miss_edge`. The last
    four happen to the line, so often for each parcel.

    Some of what is drawn cannot happen any more when it is due, so a little more is drawn than is
    wanted. `swap_ms`: how long an exchange takes; `hand_mm`: the standard
    deviation of where a hand lays a body.
    """

    no_read: float = 0.01
    unknown: float = 0.01
    slip: float = 0.0022
    miss_edge: float = 0.0005
    remove: float = 0.0011
    stray: float = 0.0011
    swap: float = 0.0008
    short_gap: float = 0.01
    stop: float = 0.0005
    estop: float = 0.0005
    encoder_reset: float = 0.0002
    reverse: float = 0.0002
    restart: float = 0.0002
    swap_ms: tuple[float, float] = (1000.0, 3000.0)
    hand_mm: float = 25.0


def destination_of(code: str) -> str | None:
    """What the routing table says."""
    place = code.partition("-")[0]
    return place if place in _KNOWN else None


def draw_parcels(parcels: int, seed: int, rates: Rates) -> Iterator[Parcel]:
    """That many parcels with their faults."""
    chance = stream(seed, "mix")
    edges_left = _edges_until_missed(chance, rates.miss_edge)
    for number in range(1, parcels + 1):
        plan = _draw_plan(chance, number, rates)
        faults = list(_draw_faults(chance, plan, rates))
        while edges_left < len(_EDGES):
            eye, edge = _EDGES[edges_left]
            faults.append(MissEdge(plan.id, eye, "head" if edge == "head" else "tail"))
            edges_left += 1 + _edges_until_missed(chance, rates.miss_edge)
        edges_left -= len(_EDGES)
        yield Parcel(plan, seed, tuple(faults))


def _edges_until_missed(chance: Random, share: float) -> int:
    return int(chance.expovariate(share)) if share else 1 << 62


def _draw_plan(chance: Random, number: int, rates: Rates) -> ParcelPlan:
    name = f"P{number:07d}"
    luck = chance.random()
    readable = luck >= rates.no_read
    known = luck >= rates.no_read + rates.unknown
    destination = chance.choice(DESTINATIONS)
    codes = (f"{destination if known else 'NOWHERE'}-{number:07d}",)
    return ParcelPlan(
        id=name,
        length_mm=_draw_length(chance),
        codes=codes if readable else (),
        destination=destination if known else None,
        kind="parcel",
        divertable=known,
        gap_mm=NORMAL_GAP_MM + chance.expovariate(1 / MEAN_SPARE_MM),
    )


def _draw_length(chance: Random) -> float:
    return SHORTEST_MM + (LONGEST_MM - SHORTEST_MM) * chance.betavariate(*_LENGTHS)


def _draw_faults(chance: Random, plan: ParcelPlan, rates: Rates) -> Iterator[AnyFault]:
    def happens(share: float) -> bool:
        return chance.random() < share

    reach_mm = _REACH_MM.get(plan.destination or "", END_MM)
    if happens(rates.slip):
        by_mm = chance.choice((-1, 1)) * chance.uniform(20, 300)
        yield SlipParcel(plan.id, chance.uniform(0.0, reach_mm), by_mm)
    if happens(rates.remove):
        yield RemoveParcel(plan.id, _draw_within_reach(chance, plan, reach_mm))
    if happens(rates.stray):
        destination = chance.choice(DESTINATIONS)
        codes = (f"{destination}-{plan.id}+",)
        at_mm = _draw_within_reach(chance, plan, reach_mm)
        yield StrayBody(plan.id, at_mm, chance.uniform(100, 350), codes, destination)
    if happens(rates.swap):
        at_mm = _draw_within_reach(chance, plan, reach_mm)
        errors_mm = (chance.gauss(0, rates.hand_mm), chance.gauss(0, rates.hand_mm))
        yield SwapParcels(plan.id, at_mm, chance.uniform(*rates.swap_ms), errors_mm)
    if happens(rates.short_gap):
        yield ShortGap(plan.id, chance.uniform(20, NORMAL_GAP_MM))
    if happens(rates.stop):
        coast_mm, for_ms = chance.uniform(300, 900), chance.uniform(2000, 10_000)
        yield StopBelt(plan.id, chance.uniform(0.0, reach_mm), coast_mm, for_ms)


def _draw_within_reach(chance: Random, plan: ParcelPlan, reach_mm: float) -> float:
    """Where its head is when its body lies free of the guards, on its way to `reach_mm`."""
    begins_mm = (0.0, *(at_mm + GUARDED_BEHIND_MM for at_mm in DIVERTERS_MM))
    ends_mm = (*(at_mm - ARMING_MM for at_mm in DIVERTERS_MM), END_MM)
    free = [
        (begin_mm + plan.length_mm, end_mm)
        for begin_mm, end_mm in zip(begins_mm, ends_mm, strict=True)
        if end_mm <= reach_mm
    ]
    return chance.uniform(*chance.choice(free))
