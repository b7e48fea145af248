"""What the demo must prove: the controller's ledger, the twin's truth and the hub agree.

Where parcels physically ended comes from the twin alone, by each parcel's place at the induct eye;
the controller's word is used only for what it must account for: outcomes and reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from sorter.demo.deliveries import Delivery
from sorter.demo.mix import Mix
from sorter.demo.plant import FILLING_CHUTE, SIGNS
from sorter.demo.shift import Shift
from sorter.engine import reasons
from sorter.engine.reports import ParcelClosed

LEAST_DIVERTED = 0.98
EXCUSES = (reasons.GAP, reasons.TOO_LATE, reasons.FULL)
SPECIAL_RULES = ("no_read", "unknown", "misread", "conflict")
# Outcomes by which the ledger says where a parcel lies, and those that leave it open.
IN_CHUTE = frozenset({"confirmed", "overflow", "wrong_chute"})
UNSEEN = frozenset({"lost", "removed", "flushed", "position_unknown"})
COUNT_MASK = 0xFFFF_FFFF
_SIGN_OVER = dict(SIGNS)


class TrueEnd(msgspec.Struct, frozen=True):
    """One parcel as the twin's plant knows it."""

    id: str
    induct_count: int | None
    ended: str
    chute: str | None
    destination: str | None
    right: bool | None


class Truth(msgspec.Struct, frozen=True):
    """The twin's account of the run."""

    parcels: tuple[TrueEnd, ...]
    divertable: int
    diverted: int
    misdiverted: int
    lost: int


class Reconciliation(msgspec.Struct, frozen=True):
    """The demo's result. `failures` is empty when everything agrees.

    `on_belt` parcels have no outcome, because the run was interrupted; with them the `outcomes`
    sum to `inducted`.
    """

    inducted: int
    outcomes: dict[str, int]
    on_belt: int
    by_reason: dict[str, dict[str, int]]
    divertable: int
    diverted: int
    misdiverted: int
    lost: int
    customs_hold: dict[str, Any]
    events_recorded: int
    events_at_hub: int
    duplicates_at_hub: int
    table: dict[str, Any]
    scan_to_command_us: dict[str, float | None]
    seed: int
    parcels: int
    parcels_per_hour: float
    seconds: float
    restarts: dict[str, int]
    interrupted: bool
    failures: tuple[str, ...]


def reconcile(
    mix: Mix,
    shift: Shift,
    truth: Truth,
    hub: Delivery,
    *,
    seconds: float,
    restarts: dict[str, int],
    interrupted: bool = False,
) -> Reconciliation:
    """Hold the three accounts of a run against each other."""
    customs = _customs(mix, shift, truth)
    failures = list(_wrongs(shift, truth, hub))
    if not interrupted:
        failures += _shortcomings(mix, shift, truth, customs)
    return Reconciliation(
        inducted=len(shift.inducted),
        outcomes=dict(shift.outcomes),
        on_belt=shift.on_belt,
        by_reason=_by_reason(shift.closed.values()),
        divertable=truth.divertable,
        diverted=truth.diverted,
        misdiverted=truth.misdiverted,
        lost=truth.lost,
        customs_hold=customs,
        events_recorded=hub.recorded,
        events_at_hub=hub.stored,
        duplicates_at_hub=hub.duplicates,
        table=_table(shift),
        scan_to_command_us=quantiles_us(shift.scan_to_command_ns),
        seed=mix.seed,
        parcels=len(mix.parcels),
        parcels_per_hour=round(mix.per_hour),
        seconds=round(seconds, 1),
        restarts=restarts,
        interrupted=interrupted,
        failures=tuple(failures),
    )


def quantiles_us(times_ns: Sequence[int]) -> dict[str, float | None]:
    """p50, p99, p999 and max in microseconds, by nearest rank; None without any time."""
    ordered = sorted(times_ns)
    ranks = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}
    if not ordered:
        return dict.fromkeys(ranks)
    last = len(ordered) - 1
    return {name: round(ordered[round(rank * last)] / 1000, 1) for name, rank in ranks.items()}


def _wrongs(shift: Shift, truth: Truth, hub: Delivery) -> Iterator[str]:
    """What must never be, however short the run."""
    if truth.misdiverted:
        yield f"{truth.misdiverted} parcels are in a wrong chute"
    if truth.lost:
        yield f"{truth.lost} parcels are nowhere"
    if (again := sum(shift.outcomes.values()) - len(shift.closed)) > 0:
        yield f"{again} parcels have a second outcome"
    if unknown := shift.closed.keys() - shift.inducted.keys():
        yield f"{len(unknown)} parcels have an outcome and were never inducted"
    yield from _contradictions(shift, truth)
    yield from _undelivered(hub)


def _undelivered(hub: Delivery) -> Iterator[str]:
    if hub.stored != hub.recorded:
        yield f"{hub.recorded} events recorded, {hub.stored} at the hub"
    if hub.duplicates:
        yield f"{hub.duplicates} duplicates at the hub"
    if wrong := hub.missing + hub.altered + hub.foreign:
        yield (
            f"{wrong} events differ between journal and hub: {hub.missing} missing, "
            f"{hub.altered} altered, {hub.foreign} in no journal"
        )


def _contradictions(shift: Shift, truth: Truth) -> Iterator[str]:
    """Parcels that do not lie where the controller says that it saw them."""
    by_count = _closed_by_count(shift)
    for end in truth.parcels:
        closed = None if end.induct_count is None else by_count.get(end.induct_count)
        if closed is None or end.ended == "on_belt":
            continue
        in_its_chute = closed.outcome in IN_CHUTE and end.chute == closed.chute
        at_the_end = closed.outcome == "discharged_end" and end.ended == "end"
        if not (in_its_chute or at_the_end or closed.outcome in UNSEEN):
            yield (
                f"parcel {end.id} is {closed.outcome} in {closed.chute or 'no chute'} by the "
                f"ledger, and {end.ended} in {end.chute or 'no chute'} by the plant"
            )


def _shortcomings(mix: Mix, shift: Shift, truth: Truth, customs: dict[str, Any]) -> Iterator[str]:
    """What a whole run must have come to."""
    if (closed := sum(shift.outcomes.values())) != len(shift.inducted):
        yield f"{len(shift.inducted)} parcels inducted, {closed} have an outcome"
    if (fed := sum(end.induct_count is not None for end in truth.parcels)) != len(shift.inducted):
        yield f"the plant fed {fed} parcels, the controller inducted {len(shift.inducted)}"
    if fed != len(mix.parcels):
        yield f"{fed} of {len(mix.parcels)} parcels were fed"
    yield from _undiverted(shift, truth)
    if not customs["held"]:
        yield f"the customs parcel {customs['code']} is in {customs['chute']}, not with customs"
    yield from _missing_specials(mix, shift)


def _undiverted(shift: Shift, truth: Truth) -> Iterator[str]:
    if truth.diverted < LEAST_DIVERTED * truth.divertable:
        least = f"{LEAST_DIVERTED:.0%}"
        yield f"{truth.diverted} of {truth.divertable} divertable are in their chute, {least} must"
    by_count = _closed_by_count(shift)
    unexcused: Counter[str] = Counter()
    for end in truth.parcels:
        if end.destination is None or end.induct_count is None:
            continue
        if end.chute is not None and end.destination in _SIGN_OVER[end.chute]:
            continue
        closed = by_count.get(end.induct_count)
        reason = closed.reason if closed else "no outcome"
        if reason not in EXCUSES:
            unexcused[reason] += 1
    for reason, count in unexcused.items():
        yield f"{count} divertable parcels are not in their chute because of {reason!r}"


def _missing_specials(mix: Mix, shift: Shift) -> Iterator[str]:
    rules = Counter(decided.rule for decided in shift.decided.values())
    for rule in SPECIAL_RULES:
        if not rules[rule]:
            yield f"no parcel was decided as {rule}"
    if FILLING_CHUTE not in shift.filled:
        yield f"chute {FILLING_CHUTE} never went full"
    elif not any(d.reason == reasons.ALTERNATE for d in shift.decided.values()):
        yield f"no parcel took another chute when {FILLING_CHUTE} was full"
    if shift.table is None or shift.table.revision < 2:
        yield "the table update was not activated"
    if missing := {p.consignment.kind for p in mix.parcels} - _kinds_decided(mix, shift):
        yield f"no parcel of kind {', '.join(sorted(missing))} was decided"


def _kinds_decided(mix: Mix, shift: Shift) -> set[str]:
    kind_of = {frozenset(p.consignment.codes): p.consignment.kind for p in mix.parcels}
    return {
        kind
        for decided in shift.decided.values()
        if (kind := kind_of.get(frozenset(decided.codes))) is not None
    }


def _table(shift: Shift) -> dict[str, Any]:
    table = shift.table
    if table is None:
        return {}
    return {"name": table.name, "revision": table.revision, "entries": table.entries}


def _customs(mix: Mix, shift: Shift, truth: Truth) -> dict[str, Any]:
    """The customs parcel: its code, the chute it physically lies in, the revision that sent it."""
    code = mix.customs.code
    decided = next((d for d in shift.decided.values() if code in d.codes), None)
    parcel = next(p for p in mix.parcels if p.consignment.kind == "customs")
    end = next(e for e in truth.parcels if e.id == parcel.id)
    return {
        "code": code,
        "chute": end.chute,
        "revision": decided.table_revision if decided else None,
        "held": end.chute is not None and mix.customs.destination in _SIGN_OVER[end.chute],
    }


def _closed_by_count(shift: Shift) -> dict[int, ParcelClosed]:
    """The closed parcels by the encoder count, 32 bits of it, of their induction."""
    return {
        head_count & COUNT_MASK: shift.closed[parcel]
        for parcel, head_count in shift.inducted.items()
        if parcel in shift.closed
    }


def _by_reason(closed: Any) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for parcel in closed:
        counts.setdefault(parcel.rule or "undecided", Counter())[parcel.reason] += 1
    return {rule: dict(sorted(by.items())) for rule, by in sorted(counts.items())}
