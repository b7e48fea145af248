"""One parcel's story in lines for people, and as the object that `--json` prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from sorter.control.story import Step, Story
from sorter.control.words import told, utc_text, utc_told, value_told
from sorter.engine.commands import ArmDivert, CancelDivert, LookUpRoute
from sorter.engine.events import (
    ArmAccepted,
    ArmCancelled,
    ArmRefused,
    ArmSent,
    ArmUnknown,
    ArmUnsent,
    DivertExecuted,
    EyeBlocked,
    EyeCleared,
    RouteFound,
)
from sorter.engine.reasons import WORDS
from sorter.engine.reports import (
    DivertArmed,
    DivertUnconfirmed,
    ParcelClosed,
    ParcelDecided,
    ParcelInducted,
    ParcelScanned,
    TelegramUnbound,
)
from sorter.engine.run_events import LineStarted

# Told by the reports that follow from them.
_SAID_AGAIN = (LookUpRoute, RouteFound, ArmAccepted)


def story_told(story: Story) -> str:
    """The story of one parcel, a line a step."""
    codes = value_told(tuple(story.codes)) if story.codes else "no code"
    end = "still on the belt" if story.end is None else _end(story.end)
    lines = [f"parcel {story.parcel} of {story.line}: {codes}; {end}"]
    for step in story.steps:
        if not isinstance(step.body, _SAID_AGAIN):
            place = " " * 9 if step.belt_mm is None else f"{step.belt_mm:6.0f} mm"
            lines.append(f"  {utc_told(step.utc_ns)}  {place}  {step_told(story, step)}")
    return "\n".join(lines)


def unbound_told(step: Step, line: str) -> str:
    """A telegram with a code asked for that is no parcel's."""
    return f"{line}: {utc_told(step.utc_ns)}, of no parcel: {told(step.body)}"


def step_told(story: Story, step: Step) -> str:
    """What happened to the parcel, in a person's words."""
    words = _STEPS.get(type(step.body))
    return told(step.body) if words is None else words(story, step, step.body)


def story_object(story: Story) -> dict[str, object]:
    """The story of one parcel, for JSON."""
    return {
        "line": story.line,
        "epoch": story.epoch,
        "parcel": story.parcel,
        "codes": list(story.codes),
        "length_mm": story.length_mm,
        "end": None if story.end is None else msgspec.structs.asdict(story.end),
        "steps": [step_object(step) | {"told": step_told(story, step)} for step in story.steps],
    }


def step_object(step: Step) -> dict[str, object]:
    """One record of a story, for JSON."""
    return {
        "utc": utc_text(step.utc_ns),
        "run": step.run,
        "record": step.record,
        "belt_mm": step.belt_mm,
        "body": step.body,
    }


def _end(closed: ParcelClosed) -> str:
    where = "" if closed.chute is None else f" in {closed.chute}"
    return f"{closed.outcome}{where} ({closed.reason})"


def _started(_story: Story, step: Step, _body: LineStarted) -> str:
    return f"run {step.run} began with it on the belt"


def _tail(story: Story, _step: Step, _body: EyeCleared) -> str:
    return f"its tail left the induct eye: {story.length_mm:.0f} mm long"


def _scanned(_story: Story, _step: Step, body: ParcelScanned) -> str:
    return f"{body.scanner} read {value_told(body.codes) if body.codes else 'nothing'}"


def _unbound(_story: Story, _step: Step, body: TelegramUnbound) -> str:
    read = value_told(body.codes) if body.codes else "nothing"
    between = " ".join(map(str, body.candidates))
    return f"{body.scanner} read {read}, which could be of each of the parcels {between}"


def _decided(_story: Story, _step: Step, body: ParcelDecided) -> str:
    key = "" if body.key is None else f" {value_told(body.key)}"
    return (
        f"decided: {body.destination or 'no destination'} ({body.rule}{key}; table"
        f" {body.table_revision}, plan {body.plan_revision}), to {body.chute or 'the end'}:"
        f" {WORDS.get(body.reason, body.reason)}"
    )


def _ordered(story: Story, _step: Step, body: ArmDivert) -> str:
    place = _at(story, body.target_count)
    return f"order {body.sequence}: {body.diverter} to the {body.side}{place}"


def _executed(story: Story, _step: Step, body: DivertExecuted) -> str:
    return f"order {body.sequence} fired{_at(story, body.at_count)}"


def _closed(_story: Story, step: Step, body: ParcelClosed) -> str:
    seen = f", seen by {step.event.eye}" if isinstance(step.event, EyeBlocked) else ""
    return f"closed: {_end(body)}{seen}"


def _at(story: Story, count: int) -> str:
    place = story.belt_mm(count)
    return "" if place is None else f" at {place:.0f} mm"


_STEPS: dict[type, Callable[[Story, Step, Any], str]] = {
    LineStarted: _started,
    ParcelInducted: lambda _story, _step, _body: "inducted",
    EyeCleared: _tail,
    ParcelScanned: _scanned,
    TelegramUnbound: _unbound,
    ParcelDecided: _decided,
    ArmDivert: _ordered,
    ArmSent: lambda _story, _step, body: f"order {body.sequence} sent to the PLC",
    DivertArmed: lambda _story, _step, body: f"order {body.sequence} taken by the PLC: armed",
    ArmRefused: lambda _story, _step, body: f"order {body.sequence} refused: {body.why}",
    ArmUnsent: lambda _story, _step, body: f"order {body.sequence} not sent: {body.why}",
    ArmUnknown: lambda _story, _step, body: f"order {body.sequence} sent, no answer came",
    CancelDivert: lambda _story, _step, body: f"order {body.sequence} called back",
    ArmCancelled: lambda _story, _step, body: f"order {body.sequence} dropped: {body.why}",
    DivertExecuted: _executed,
    DivertUnconfirmed: lambda _story, _step, body: (
        f"not seen in {body.chute}: {WORDS.get(body.reason, body.reason)}"
    ),
    ParcelClosed: _closed,
}
