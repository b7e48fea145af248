"""The demo's verdict: accounts that agree pass, and each way to disagree is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from sorter.demo.deliveries import Delivery
from sorter.demo.mix import Mix, Parcel, make_mix
from sorter.demo.plant import FILLING_CHUTE, OVERFLOW, SIGNS
from sorter.demo.reconcile import Reconciliation, TrueEnd, Truth, quantiles_us, reconcile
from sorter.demo.shift import Shift
from sorter.demo.telling import told, why
from sorter.engine.reports import ParcelClosed, ParcelDecided, TableInUse

MIX = make_mix(20, 18_000, seed=1)
CHUTE_OF = {sign: chute for chute, signs in SIGNS for sign in signs}


class Accounts:
    """Three accounts of one run that agree, to be spoilt by a test."""

    def __init__(self, mix: Mix = MIX) -> None:
        self.shift = Shift(Path("none"))
        self.shift.filled.add(FILLING_CHUTE)
        self.shift.table = TableInUse(
            name="liege-hub", revision=2, digest="d" * 64, entries=10, by="x"
        )
        ends = [self._sorted(number, parcel) for number, parcel in enumerate(mix.parcels, start=1)]
        self.ends: dict[str, TrueEnd] = {end.id: end for end in ends}
        self.misdiverted = self.lost = 0
        self.hub = Delivery(recorded=99, stored=99)

    def _sorted(self, number: int, parcel: Parcel) -> TrueEnd:
        consignment = parcel.consignment
        destination = consignment.destination
        chute = None if destination is None else CHUTE_OF[destination]
        special = {"no_read", "unknown", "misread", "conflict"}
        rule = consignment.kind if consignment.kind in special else "exact"
        # One parcel takes the other chute of its destination, as in every good run.
        reason = rule if chute is None else "alternate" if number == 1 else "assigned"
        self.shift.inducted[number] = 1000 * number
        self.shift.decided[number] = ParcelDecided(
            parcel=number,
            codes=consignment.codes,
            rule=rule,
            destination=destination,
            key=None,
            chute=chute,
            reason=reason,
            table_revision=2,
            plan_revision=1,
        )
        self.close(number, "confirmed" if chute else "discharged_end", reason, chute)
        return TrueEnd(
            id=parcel.id,
            induct_count=1000 * number,
            ended="chute" if chute else "end",
            chute=chute,
            destination=destination,
            right=None if chute is None else True,
        )

    def close(self, number: int, outcome: str, reason: str, chute: str | None) -> None:
        before = self.shift.closed.get(number)
        if before is not None:
            self.shift.outcomes[before.outcome] -= 1
        self.shift.outcomes[outcome] += 1
        decided = self.shift.decided[number]
        self.shift.closed[number] = ParcelClosed(
            parcel=number,
            outcome=outcome,
            chute=chute,
            reason=reason,
            rule=decided.rule,
            destination=decided.destination,
            codes=decided.codes,
        )

    def number_of(self, kind: str) -> int:
        kinds = [parcel.consignment.kind for parcel in MIX.parcels]
        return kinds.index(kind) + 1

    def move(self, number: int, chute: str | None) -> None:
        """The parcel physically lies elsewhere."""
        end = self.ends[MIX.parcels[number - 1].id]
        self.ends[end.id] = msgspec.structs.replace(
            end, chute=chute, ended="chute" if chute else "end", right=False if chute else None
        )

    def go_straight(self, number: int, reason: str) -> None:
        """The parcel is not diverted, in the plant and by the controller's word."""
        self.move(number, None)
        self.close(number, "discharged_end", reason, None)

    def reconciled(self, *, interrupted: bool = False) -> Reconciliation:
        ends = tuple(self.ends.values())
        divertable = [end for end in ends if end.destination is not None]
        truth = Truth(
            parcels=ends,
            divertable=len(divertable),
            diverted=sum(bool(end.right) for end in divertable),
            misdiverted=self.misdiverted,
            lost=self.lost,
        )
        return reconcile(
            MIX,
            self.shift,
            truth,
            self.hub,
            seconds=1.0,
            restarts={},
            interrupted=interrupted,
        )


def test_accounts_that_agree_have_no_failure() -> None:
    result = Accounts().reconciled()
    assert result.failures == ()
    assert sum(result.outcomes.values()) == result.inducted == 20
    assert sum(n for reasons in result.by_reason.values() for n in reasons.values()) == 20
    assert result.customs_hold["chute"] == CHUTE_OF["CUSTOMS"]
    assert "Every account agrees" in told(result)


def _without_rule(rule: str) -> Callable[[Accounts], None]:
    def spoil(accounts: Accounts) -> None:
        number = accounts.number_of(rule)
        decided = accounts.shift.decided[number]
        accounts.shift.decided[number] = msgspec.structs.replace(decided, rule="exact")

    return spoil


SPOILT: dict[str, tuple[Callable[[Accounts], object], str]] = {
    "misdiverted": (lambda a: setattr(a, "misdiverted", 1), "1 parcels are in a wrong chute"),
    "lost": (lambda a: setattr(a, "lost", 2), "2 parcels are nowhere"),
    "no outcome": (
        lambda a: a.shift.outcomes.subtract({"confirmed": 1}),
        "20 parcels inducted, 19 have an outcome",
    ),
    "not inducted": (
        lambda a: a.shift.inducted.update({21: 99}),
        "the plant fed 20 parcels, the controller inducted 21",
    ),
    "straight on without an excuse": (
        lambda a: a.go_straight(1, "no_confirm"),
        "1 divertable parcels are not in their chute because of 'no_confirm'",
    ),
    "customs passed by": (
        lambda a: a.move(a.number_of("customs"), "C02"),
        "the customs parcel",
    ),
    "hub short of one": (
        lambda a: setattr(a, "hub", Delivery(recorded=99, stored=98, missing=1)),
        "99 events recorded, 98 at the hub",
    ),
    "duplicates": (
        lambda a: setattr(a, "hub", Delivery(recorded=99, stored=102, duplicates=3)),
        "3 duplicates at the hub",
    ),
    "one lost, one invented": (
        lambda a: setattr(a, "hub", Delivery(recorded=99, stored=99, missing=1, foreign=1)),
        "2 events differ between journal and hub: 1 missing, 0 altered, 1 in no journal",
    ),
    "two outcomes": (
        lambda a: a.shift.outcomes.update({"lost": 1}),
        "1 parcels have a second outcome",
    ),
    "an outcome for nobody": (
        lambda a: a.shift.inducted.pop(1),
        "1 parcels have an outcome and were never inducted",
    ),
    "confirmed where it is not": (
        lambda a: a.move(a.number_of("customs"), "C02"),
        "is confirmed in C19 by the ledger, and chute in C02 by the plant",
    ),
    "at the end of the belt, and in a chute": (
        lambda a: a.close(1, "discharged_end", "gap", None),
        "is discharged_end in no chute by the ledger, and chute in",
    ),
    "customs parcel in the overflow": (
        lambda a: a.move(a.number_of("customs"), OVERFLOW),
        "not with customs",
    ),
    "chute never full": (lambda a: a.shift.filled.clear(), "never went full"),
    "table never changed": (
        lambda a: setattr(a.shift, "table", None),
        "the table update was not activated",
    ),
    **{
        f"no {rule}": (_without_rule(rule), f"no parcel was decided as {rule}")
        for rule in ("no_read", "unknown", "misread", "conflict")
    },
}


@pytest.mark.parametrize("how", SPOILT)
def test_each_way_to_disagree_is_named(how: str) -> None:
    accounts = Accounts()
    spoil, failure = SPOILT[how]
    spoil(accounts)
    result = accounts.reconciled()
    assert any(failure in found for found in result.failures), result.failures
    assert "do not agree" in told(result)


@pytest.mark.parametrize("excuse", ["gap", "too_late", "full"])
def test_few_parcels_may_go_straight_on_with_a_good_reason(excuse: str) -> None:
    accounts = Accounts()
    accounts.go_straight(1, excuse)
    # One of the few divertable parcels of so small a run is more than 2 %.
    (failure,) = accounts.reconciled().failures
    assert "98% must" in failure


def test_an_interrupted_run_fails_only_by_what_must_never_be() -> None:
    accounts = Accounts()
    accounts.go_straight(1, "no_confirm")
    accounts.shift.filled.clear()
    accounts.shift.outcomes[accounts.shift.closed.pop(2).outcome] -= 1
    result = accounts.reconciled(interrupted=True)
    assert result.inducted == sum(result.outcomes.values()) + result.on_belt == 20
    assert "1 without an outcome" in told(result)
    assert accounts.reconciled(interrupted=True).failures == ()
    accounts.misdiverted = 1
    assert accounts.reconciled(interrupted=True).failures == ("1 parcels are in a wrong chute",)


def test_quantiles_are_by_nearest_rank_in_microseconds() -> None:
    assert quantiles_us([]) == {"p50": None, "p99": None, "p999": None, "max": None}
    times = [n * 1000 for n in range(1, 1001)]
    assert quantiles_us(times) == {"p50": 501.0, "p99": 990.0, "p999": 999.0, "max": 1000.0}


def test_why_is_told_in_words_and_codes_as_they_can_be_shown() -> None:
    decided = SimpleNamespace(rule="exact", key="A\x1dB", reason="alternate")
    assert why(decided) == (  # type: ignore[arg-type]  # only these three matter
        r"exact A\x1dB; another chute of its destination, the first was not to be had"
    )
