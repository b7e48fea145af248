"""Records in plain words: short, on one line, safe to print."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sorter.control.words import told, utc_text, utc_told
from sorter.engine.events import AnyEvent, BeltMoved, PlanActivated
from sorter.engine.line import Output
from sorter.engine.reports import ParcelClosed
from sorter.engine.run_events import LineStarted, Survivor
from tests.engine.belt_model import FALLBACK, LAYOUT, PLAN
from tests.support.reports import commands, events, reports


def test_what_is_not_set_is_not_told() -> None:
    assert told(BeltMoved(time_ns=1, count=2)) == "belt moved"
    start = LineStarted(
        time_ns=1,
        count=2,
        line="L1",
        layout=LAYOUT,
        closed={"lost": 2},
        survivors=(Survivor(7, 5),),
    )
    assert told(start) == "line started: line L1, layout known, closed lost=2, survivors of 1"


def test_long_things_are_counted_and_texts_are_made_printable() -> None:
    plan = PlanActivated(
        time_ns=1, count=2, revision=3, digest="d", destinations=PLAN, fallback=FALLBACK, by=""
    )
    words = "plan activated: revision 3, digest d, destinations of 2, fallback of 1, by ''"
    assert told(plan) == words
    end = ParcelClosed(
        parcel=1,
        outcome="lost",
        chute=None,
        reason="",
        rule="exact",
        destination="L\x1b[31m",
        codes=("A B", "C\x1d"),
    )
    assert told(end) == (
        "closed: parcel 1, outcome lost, chute none, reason '', rule exact,"
        r" destination 'L\x1b[31m', codes A B 'C\x1d'"
    )


@given(body=st.one_of(events, commands, reports))
def test_whatever_is_recorded_is_one_printable_line(body: AnyEvent | Output) -> None:
    assert told(body).isprintable()


def test_a_time_of_day_is_utc_to_the_millisecond() -> None:
    assert utc_told(1_795_446_000_123_456_789) == "2026-11-23T15:00:00.123Z"
    assert utc_text(0) == "1970-01-01T00:00:00.000Z"
    assert (utc_text(None), utc_told(None)) == (None, "time of day unknown")
