"""The demo's words for people: why a parcel goes where it goes, and how the accounts stand."""

from __future__ import annotations

from sorter.demo.reconcile import Reconciliation
from sorter.engine.reasons import WORDS
from sorter.engine.reports import ParcelDecided


def why(decided: ParcelDecided) -> str:
    """Why a parcel goes where it goes, in words: what decided, then what the belt allowed."""
    found = decided.rule if decided.key is None else f"{decided.rule} {printable(decided.key)}"
    if decided.reason == decided.rule:
        return found
    return f"{found}; {WORDS.get(decided.reason, decided.reason)}"


def printable(text: str) -> str:
    """A code as it can be shown: what is no printable character as its escape."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def told(result: Reconciliation) -> str:
    """The reconciliation for people."""
    verdict = "Every account agrees." if not result.failures else "The accounts do not agree."
    if result.interrupted:
        verdict = "Interrupted; the accounts stand as they were."
    hold = result.customs_hold
    reached = {name: value for name, value in result.outcomes.items() if value}
    if result.on_belt:
        reached["without an outcome"] = result.on_belt
    held = f"is in {hold['chute']}" if hold["chute"] else "lies in no chute"
    return "\n".join(
        (
            f"{result.inducted} parcels in {result.seconds:g} s, seed {result.seed}. {verdict}",
            f"  in the plant    {result.diverted} of {result.divertable} divertable parcels in a "
            f"chute of their destination, {result.misdiverted} in a wrong one, {result.lost} lost",
            "  outcomes        " + (", ".join(f"{n} {name}" for name, n in reached.items()) or "-"),
            "  decided by      " + (_decided_by(result) or "-"),
            f"  customs hold    {hold['code']} {held}, {_decided_by_table(hold['revision'])}",
            f"  hub             {result.events_at_hub} of {result.events_recorded} events, "
            f"{result.duplicates_at_hub} duplicates",
            f"  scan to command {_times(result)}",
        )
    )


def _decided_by(result: Reconciliation) -> str:
    return ", ".join(
        f"{sum(reasons.values())} {rule}" for rule, reasons in result.by_reason.items()
    )


def _decided_by_table(revision: int | None) -> str:
    return "not decided yet" if revision is None else f"by table revision {revision}"


def _times(result: Reconciliation) -> str:
    times = result.scan_to_command_us.items()
    return ", ".join(f"{name} {value:g} us" for name, value in times if value is not None) or "-"
