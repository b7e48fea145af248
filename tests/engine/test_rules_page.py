"""The page of rules for people (docs/engine.md) has the tables that the engine goes by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sorter.engine import alarms, infeed, reasons
from sorter.engine.parcel import State
from sorter.engine.reports import OUTCOMES

PAGE = Path(__file__).parents[2] / "docs" / "engine.md"


def rows(heading: str) -> Iterator[tuple[str, ...]]:
    """The rows of the table whose head begins with `heading`."""
    lines = iter(PAGE.read_text().splitlines())
    assert any(line.startswith(f"| {heading}") for line in lines), f"no table of {heading}"
    next(lines)
    for line in lines:
        if not line.startswith("|"):
            return
        yield tuple(cell.strip() for cell in line.strip("|").split("|"))


def test_every_reason_is_on_the_page_in_its_words() -> None:
    assert {row[0]: row[1] for row in rows("reason")} == reasons.WORDS


def test_every_alarm_is_on_the_page_with_its_priority_and_advice() -> None:
    told = {cause: (priority, advice) for cause, priority, advice in rows("alarm")}
    assert told == {cause: (m.priority, m.advice) for cause, m in alarms.CAUSES.items()}


def test_every_cause_that_holds_the_infeed_is_on_the_page() -> None:
    assert {row[0]: row[1] for row in rows("cause")} == infeed.CAUSES


def test_every_outcome_and_state_is_on_the_page() -> None:
    assert {outcome for outcome, _ in rows("outcome")} == set(OUTCOMES)
    states = [name for row in rows("state") for name in row[0].split(", ")]
    assert states == [state.value for state in State]
