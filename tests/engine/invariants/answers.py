"""What control tells the engine of routing table and chute plan."""

from __future__ import annotations

from sorter.engine.events import PlanActivated, PlanEntry, RouteFound
from tests.engine.belt_model import FALLBACK, PLAN
from tests.engine.invariants.bodies import DESTINATIONS

Moment = dict[str, int]

# As the plan is, but that its chutes take turns, and that one of them is for the late.
_LATE_LIEGE = PlanEntry(
    PLAN["LIEGE"].chutes, "balance", cut_off="18:30", reopens="04:00", after_cut_off=("C3",)
)


def plan_activated(now: Moment, revision: int, without: str = "") -> PlanActivated:
    """A chute plan, perhaps without one of the destinations; an even one has a departure."""
    plan = {name: entry for name, entry in PLAN.items() if name != without}
    if revision % 2 == 0 and "LIEGE" in plan:
        plan["LIEGE"] = _LATE_LIEGE
    return PlanActivated(
        **now, revision=revision, digest="d", destinations=plan, fallback=FALLBACK, by="test"
    )


def route_found(now: Moment, parcel: int, codes: tuple[str, ...]) -> RouteFound:
    """What the routing table has for these codes: exact rows of theirs, which may lead apart."""
    numbers = [int(code.removeprefix("CODE")) for code in codes]
    found = {DESTINATIONS[number % len(DESTINATIONS)] or None for number in numbers}
    if len(found) > 1:
        return answer(now, parcel, "conflict")
    (destination,) = found
    if destination is None:
        return answer(now, parcel, "unknown")
    return answer(now, parcel, "exact", destination, codes[0])


def answer(
    now: Moment, parcel: int, rule: str, destination: str | None = None, key: str | None = None
) -> RouteFound:
    """The routing table's answer, made up."""
    return RouteFound(
        **now,
        why=None,
        parcel=parcel,
        rule=rule,
        destination=destination,
        key=key,
        pieces=() if key is None else (key,),
        table_revision=1,
    )
