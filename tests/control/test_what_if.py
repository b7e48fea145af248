"""What a candidate would have decided: each parcel alone, on the line as it was recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sorter.control.changes import Changes
from sorter.control.journal_turns import JournalTurns
from sorter.control.what_if import MisfitError, WhatIf
from sorter.engine.events import ChuteFilled, PlanEntry, RouteFound
from sorter.engine.reports import ParcelDecided
from sorter.table import ChutePlan, Decision, SourceError
from tests.simulation import run
from tests.simulation.plant import Mix, Site
from tests.simulation.run import PLAN, Absence
from tests.support.recorded import Body, bodies_of, write_journal

RECORDED = ChutePlan(
    line="L1",
    revision=2,
    destinations=PLAN.destinations,
    fallback=dict.fromkeys(("no_read", "unknown", "conflict", "misread"), ()) | PLAN.fallback,
)


@dataclass
class Routes:
    """A routing table of a few codes."""

    rows: Mapping[str, str]
    name: str = "candidate"
    revision: int = 9
    digest: str = "d" * 64
    asked: list[Sequence[str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def decide(self, codes: Sequence[str]) -> Decision:
        self.asked.append(codes)
        for code in codes:
            if code in self.rows:
                return Decision("exact", self.rows[code], code, self.revision)
        return Decision("unknown", None, None, self.revision)

    def close(self) -> None:
        """Nothing is held."""


@cache
def shift() -> tuple[Body, ...]:
    """Two runs, with codes that nobody read, and chute C1 full from the third parcel on."""
    recorded = run.simulate(
        Mix(60, 8, no_read=0.1, unknown=0.1),
        Site(full_at={"C1": 3}),
        absences=(Absence(12_000, 1500, dies=True),),
    )
    return tuple(bodies_of(recorded.journal))


def first_decisions() -> list[ParcelDecided]:
    found: dict[int, ParcelDecided] = {}
    for body in shift():
        if isinstance(body, ParcelDecided):
            found.setdefault(body.parcel, body)
    return list(found.values())


def recorded_routes() -> dict[str, str]:
    return {
        said.codes[0]: said.destination
        for said in first_decisions()
        if said.destination is not None
    }


def weighed(
    folder: Path,
    table: Routes | None = None,
    plan: ChutePlan | None = None,
    bodies: Iterable[Body] | None = None,
) -> Changes:
    write_journal(folder, shift() if bodies is None else bodies)
    what_if = WhatIf(table, plan)
    for turn in JournalTurns(folder):
        what_if.take(turn)
    assert what_if.differing == 0
    return what_if.changes


def plan_with(**entries: PlanEntry) -> ChutePlan:
    return msgspec.structs.replace(RECORDED, destinations=RECORDED.destinations | entries)


def test_what_decides_the_same_changes_nothing(tmp_path: Path) -> None:
    changes = weighed(tmp_path, Routes(recorded_routes()), RECORDED)
    assert changes.decided == len(first_decisions())
    assert (changes.elsewhere, changes.same_chute, changes.samples) == (0, 0, [])


@given(seed=st.integers(0, 2**32 - 1), fills=st.booleans(), away=st.booleans())
@settings(max_examples=10)
def test_a_fork_decides_what_its_line_decides(seed: int, fills: bool, away: bool) -> None:
    site = Site(full_at={"C1": 2, "C3": 3} if fills else {})
    absences = (Absence(7000, 800, dies=seed % 2 == 0),) if away else ()
    recorded = run.simulate(Mix(30, seed, no_read=0.1), site, absences=absences)
    with TemporaryDirectory() as name:
        write_journal(Path(name), bodies_of(recorded.journal))
        # Something nobody asks for differs, so that every single decision is made by a fork.
        fallback = RECORDED.fallback | {"never": ("OVF",)}
        what_if = WhatIf(None, msgspec.structs.replace(RECORDED, fallback=fallback))
        for turn in JournalTurns(Path(name)):
            what_if.take(turn)
    assert what_if.differing == 0
    assert what_if.changes.decided > 20
    assert (what_if.changes.elsewhere, what_if.changes.same_chute) == (0, 0)


def test_a_code_of_another_destination_goes_to_its_chute(tmp_path: Path) -> None:
    moved = next(said for said in first_decisions() if said.destination == "NAMUR")
    table = Routes(recorded_routes() | {moved.codes[0]: "GHENT"})
    changes = weighed(tmp_path, table)
    assert (changes.elsewhere, changes.same_chute) == (1, 0)
    assert changes.by_destination == {("NAMUR", "GHENT"): 1}
    assert changes.by_chute == {("C2", "C5"): 1}
    (sample,) = changes.samples
    assert sample.was == moved
    assert (sample.would_be.table_revision, sample.would_be.key) == (9, moved.codes[0])
    assert isinstance(sample.turn.event, RouteFound)
    unread = sum(said.rule == "no_read" for said in first_decisions())
    assert len(table.asked) == changes.decided - unread, "nobody asks the table without a code"


def test_a_code_that_is_not_known_any_more_goes_straight_on(tmp_path: Path) -> None:
    routes = recorded_routes()
    gone = next(said for said in first_decisions() if said.destination == "NAMUR")
    del routes[gone.codes[0]]
    changes = weighed(tmp_path, Routes(routes))
    assert changes.by_destination == {("NAMUR", "(unknown)"): 1}
    assert changes.by_chute == {("C2", None): 1}


def test_another_rule_to_the_same_chute_is_not_elsewhere(tmp_path: Path) -> None:
    class ByPrefix(Routes):
        def decide(self, codes: Sequence[str]) -> Decision:
            found = super().decide(codes)
            known = found.destination is not None
            return msgspec.structs.replace(found, rule="postcode" if known else found.rule)

    changes = weighed(tmp_path, ByPrefix(recorded_routes()))
    assert (changes.elsewhere, changes.by_destination) == (0, {})
    assert changes.same_chute == len(recorded_routes())


def test_a_plan_moves_its_destination_and_no_other(tmp_path: Path) -> None:
    changes = weighed(tmp_path, plan=plan_with(GHENT=PlanEntry(("C7",))))
    moved = [said for said in first_decisions() if said.chute == "C5"]
    assert changes.by_chute == {("C5", "C7"): len(moved)}
    assert changes.by_destination == {}
    assert {sample.would_be.plan_revision for sample in changes.samples} == {2}
    assert len(changes.samples) == 3, "samples of each kind, not of each parcel"


def test_a_plan_s_fallback_is_for_those_that_were_not_read(tmp_path: Path) -> None:
    plan = msgspec.structs.replace(RECORDED, fallback=RECORDED.fallback | {"no_read": ("OVF",)})
    changes = weighed(tmp_path, plan=plan)
    unread = sum(said.rule == "no_read" for said in first_decisions())
    # Five passed the tunnel while control was away, so that no eye has proven where they are.
    assert changes.by_chute == {(None, "OVF"): unread - 5}


def test_the_line_is_as_it_was_recorded(tmp_path: Path) -> None:
    """What was full then is full for the candidate too."""
    bodies = list(shift())
    full = next(at for at, body in enumerate(bodies) if isinstance(body, ChuteFilled))
    assert bodies[full].chute == "C1"  # type: ignore[union-attr]  # a ChuteFilled
    changes = weighed(tmp_path, plan=plan_with(NAMUR=PlanEntry(("C1", "C2"))))
    was_namur = [said for said in first_decisions() if said.destination == "NAMUR"]
    assert 0 < changes.elsewhere < len(was_namur)
    assert set(changes.by_chute) == {("C2", "C1")}


def test_a_balance_is_the_candidate_s_own(tmp_path: Path) -> None:
    plan = plan_with(GHENT=PlanEntry(("C5", "C7", "C4"), policy="balance"))
    changes = weighed(tmp_path, plan=plan)
    was_ghent = sum(said.chute == "C5" for said in first_decisions())
    stayed = was_ghent - changes.elsewhere
    assert set(changes.by_chute) == {("C5", "C4"), ("C5", "C7")}
    assert stayed > 0


def test_a_balance_that_is_recorded_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is decided by the same entry is decided the same, whatever else has changed."""
    balanced = plan_with(LIEGE=PlanEntry(("C1", "C6"), policy="balance"))
    put_in_force = msgspec.structs.replace(PLAN, destinations=balanced.destinations)
    monkeypatch.setattr(run, "PLAN", put_in_force)
    bodies = bodies_of(run.simulate(Mix(60, 9)).journal)
    moves_ghent = balanced.destinations | {"GHENT": PlanEntry(("C6",))}
    plan = msgspec.structs.replace(
        balanced, destinations=moves_ghent, fallback=RECORDED.fallback | {"overflow": ("C4",)}
    )
    changes = weighed(tmp_path, plan=plan, bodies=bodies)
    assert set(changes.by_chute) == {("C5", "C6")}
    given = Counter(body.chute for body in bodies if isinstance(body, ParcelDecided))
    assert min(given["C1"], given["C6"]) > 1


def test_a_plan_that_does_not_fit_the_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MisfitError, match="for line 'L2', but the journal is of 'L1'"):
        weighed(tmp_path / "line", plan=msgspec.structs.replace(RECORDED, line="L2"))
    with pytest.raises(SourceError, match="'C99'"):
        weighed(tmp_path / "chute", plan=plan_with(GHENT=PlanEntry(("C99",))))


def test_what_this_release_decides_otherwise_by_itself_is_counted(tmp_path: Path) -> None:
    bodies = list(shift())
    at = next(at for at, body in enumerate(bodies) if isinstance(body, ParcelDecided))
    bodies[at] = msgspec.structs.replace(bodies[at], reason="older words")
    write_journal(tmp_path, bodies)
    what_if = WhatIf(None, RECORDED)
    for turn in JournalTurns(tmp_path):
        what_if.take(turn)
    assert what_if.differing == 1
    assert what_if.first is not None
    assert what_if.first.fields == ("reason",)
    assert what_if.changes.decided == len(first_decisions())
