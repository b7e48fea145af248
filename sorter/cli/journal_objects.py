"""What the journal commands found, as the objects that `--json` prints."""

from __future__ import annotations

from sorter.control.journal_turns import JournalTurns
from sorter.control.ports import RouteTable
from sorter.control.replay import Difference, Replay
from sorter.control.what_if import WhatIf
from sorter.control.words import utc_text
from sorter.table import ChutePlan


def replay_counts(run: Replay, turns: JournalTurns, seconds: float) -> dict[str, object]:
    """How much was played again, for JSON."""
    return {
        "runs": run.runs,
        "records": turns.records,
        "events": run.events,
        "commands": run.commands,
        "reports": run.reports,
        "cut_short": run.cut_short,
        "skipped": turns.skipped,
        "unplayed": run.unplayed,
        "seconds": round(seconds, 3),
        "events_per_s": round(run.events / seconds) if seconds else None,
    }


def difference_object(difference: Difference) -> dict[str, object]:
    """The first difference, for JSON."""
    turn = difference.turn
    return {
        "record": turn.index,
        "epoch": turn.epoch,
        "run": turn.run,
        "run_seconds": turn.run_ns / 1e9,
        "utc": utc_text(turn.utc_ns),
        "count": turn.event.count,
        "place": difference.place,
        "event": turn.event,
        "recorded": difference.recorded,
        "regenerated": difference.regenerated,
        "fields": difference.fields,
        "error": difference.error,
    }


def candidate_object(table: RouteTable | None, plan: ChutePlan | None) -> dict[str, object]:
    """What was held against the record, for JSON."""
    return {
        "table": None if table is None else f"{table.name}@{table.revision}",
        "plan": None if plan is None else f"{plan.line}@{plan.revision}",
    }


def changes_object(what_if: WhatIf) -> dict[str, object]:
    """What would have gone elsewhere, for JSON."""
    changes = what_if.changes
    return {
        "decided": changes.decided,
        "elsewhere": changes.elsewhere,
        "same_chute": changes.same_chute,
        "differing": what_if.differing,
        "by_destination": [
            {"was": was, "would_be": would_be, "parcels": parcels}
            for (was, would_be), parcels in changes.by_destination.most_common()
        ],
        "by_chute": [
            {"was": was, "would_be": would_be, "parcels": parcels}
            for (was, would_be), parcels in changes.by_chute.most_common()
        ],
        "samples": [
            {
                "parcel": sample.was.parcel,
                "record": sample.turn.index,
                "run": sample.turn.run,
                "utc": utc_text(sample.turn.utc_ns),
                "codes": sample.was.codes,
                "was": sample.was,
                "would_be": sample.would_be,
            }
            for sample in changes.samples
        ],
    }
