"""Which pair of table and plan a line runs on: checked against the line before it counts."""

from __future__ import annotations

from sorter.config import LineConfig
from sorter.engine.events import PlanActivated
from sorter.table import ActivePair, ChutePlan, Problems, TableStore, report_misfits


def point_line_at(store: TableStore, line: LineConfig, table: str, plan: str) -> ActivePair:
    """Make a pair of the store the one that `line` runs on from its next look.

    Raises SourceError for a plan that names chutes the line does not have, and StoreError,
    TableFileError and OSError as the store does; then everything stays as it was.
    """
    chosen = store.read_stored_plan(store.find_plan(line.name, plan))
    problems = Problems()
    report_misfits(chosen, problems, chutes={chute.name for chute in line.chutes})
    problems.raise_errors()
    return store.activate(line.name, table, plan)


def plan_activated(plan: ChutePlan, by: str, *, time_ns: int, count: int) -> PlanActivated:
    """The event that puts `plan` in force."""
    return PlanActivated(
        time_ns=time_ns,
        count=count,
        revision=plan.revision,
        digest=plan.digest,
        destinations=plan.destinations,
        fallback=plan.fallback,
        by=by,
    )
