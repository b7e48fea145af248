"""How the journal commands put what they found into lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sorter.control.changes import Change, place_of
from sorter.control.journal_turns import JournalTurns, Turn
from sorter.control.replay import Difference, Replay
from sorter.control.what_if import WhatIf
from sorter.control.words import told, utc_told, value_told
from sorter.engine.line import Output
from sorter.engine.reports import ParcelDecided

STRAIGHT_ON = "straight on"


def replay_told(
    folder: Path, run: Replay, turns: JournalTurns, seconds: float, difference: Difference | None
) -> str:
    """The verdict of a replay of what is recorded."""
    if difference is not None:
        return difference_told(folder, difference)
    verdict = "nothing to replay: no run begins in it that tells its layout"
    if run.runs:
        verdict = (
            f"equal; {run.events} events gave the recorded {run.commands} commands and"
            f" {run.reports} reports again"
        )
    return "\n".join([f"{folder}: {verdict}", *_how_much(run, turns, seconds)])


def difference_told(folder: Path, difference: Difference) -> str:
    """The first difference: where, when, what was told, and what was said then and now."""
    turn = difference.turn
    lines = [
        f"{folder}: differs at record {turn.index}, {moment_told(turn)}",
        f"  event        {told(turn.event)}",
        f"  recorded     {_said(difference.recorded)}",
        f"  regenerated  {difference.error or _said(difference.regenerated)}",
    ]
    lines += [
        f"  {field}: recorded {value_told(getattr(difference.recorded, field))},"
        f" regenerated {value_told(getattr(difference.regenerated, field))}"
        for field in difference.fields
    ]
    return "\n".join(lines)


def changes_told(what_if: WhatIf, turns: JournalTurns, seconds: float) -> str:
    """What would have gone elsewhere, by destination and chute, with samples."""
    changes = what_if.changes
    lines = [
        f"{changes.decided} parcels decided; {changes.elsewhere} would have gone elsewhere,"
        f" {changes.same_chute} otherwise to the same chute"
    ]
    if changes.by_destination:
        lines.append("by destination:")
        lines += _counted(changes.by_destination.most_common())
    if changes.by_chute:
        lines.append("by chute:")
        lines += _counted(changes.by_chute.most_common())
    if changes.samples:
        lines.append("samples:")
        lines += map(_sample, changes.samples)
    lines += _how_much(what_if.replay, turns, seconds)
    if what_if.differing:
        lines.append(
            f"{what_if.differing} turns come out otherwise than recorded even without the"
            " candidate: another release recorded them, and it may have decided otherwise"
        )
    return "\n".join(lines)


def moment_told(turn: Turn) -> str:
    """When a turn was: run, time into it, time of day, encoder."""
    return (
        f"run {turn.run}, {turn.run_ns / 1e9:.3f} s after its start, {utc_told(turn.utc_ns)},"
        f" encoder at {turn.event.count} pulses"
    )


def _how_much(run: Replay, turns: JournalTurns, seconds: float) -> Iterator[str]:
    rate = f", {run.events / seconds:.0f} events/s" if seconds else ""
    yield f"runs: {run.runs}, records: {turns.records} in {seconds:.1f} s{rate}"
    if run.cut_short:
        yield f"cut short by a crash: {run.cut_short} runs, equal as far as they are recorded"
    if turns.skipped:
        yield f"not played: {turns.skipped} records of a run whose start is not in the journal"
    if run.unplayed:
        yield (
            f"not played: {run.unplayed} events of runs that can't run again: recorded without"
            " their layout, or the engine broke down before"
        )


def _said(output: Output | None) -> str:
    return "nothing more" if output is None else told(output)


def _counted(pairs: Sequence[tuple[tuple[str | None, str | None], int]]) -> Iterator[str]:
    for (was, would_be), parcels in pairs:
        yield f"  {was or STRAIGHT_ON} -> {would_be or STRAIGHT_ON}: {parcels}"


def _sample(change: Change) -> str:
    was, would_be = _decision(change.was), _decision(change.would_be)
    return (
        f"  parcel {change.was.parcel}, {utc_told(change.turn.utc_ns)},"
        f" {value_told(change.was.codes)}: was {was}, would be {would_be}"
    )


def _decision(decided: ParcelDecided) -> str:
    key = "" if decided.key is None else f" {decided.key}"
    return (
        f"{place_of(decided)} ({decided.rule}{key}) to"
        f" {decided.chute or STRAIGHT_ON} ({decided.reason})"
    )
