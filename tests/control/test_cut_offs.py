"""Departures close and open by the clocks in the hall, told as events."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sorter.control.cut_offs import MINUTES_A_DAY, Departures, closed_departures
from sorter.engine.events import AnyEvent, PlanEntry
from sorter.engine.instructions import CutOffLifted, CutOffPassed

BRUSSELS = ZoneInfo("Europe/Brussels")


def _departing(cut_off: str, reopens: str) -> PlanEntry:
    return PlanEntry(("C1",), cut_off=cut_off, reopens=reopens, after_cut_off=("C2",))


def _moment() -> dict[str, int]:
    return {"time_ns": 5, "count": 7}


def _utc_ns(day: int, hour: int, minute: int) -> int:
    """A time in November 2026, as the clocks in Brussels show it."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=BRUSSELS).timestamp()) * 10**9


def test_a_departure_is_closed_from_its_cut_off_until_the_next_one_opens() -> None:
    plan = {
        "DAY": _departing("18:30", "23:00"),
        "NIGHT": _departing("00:30", "04:00"),
        "LATE": _departing("22:00", "03:00"),
        "NEVER": PlanEntry(("C1",)),
    }
    expected = {
        18 * 60 + 29: (),
        18 * 60 + 30: ("DAY",),
        22 * 60: ("DAY", "LATE"),
        23 * 60: ("LATE",),
        30: ("NIGHT", "LATE"),
        3 * 60: ("NIGHT",),
        4 * 60: (),
    }
    for minute, closed in expected.items():
        assert closed_departures(plan, minute) == closed


def test_what_changes_between_two_looks_is_told_once() -> None:
    departures = Departures(BRUSSELS, _moment)
    departures.serve({"NORTH": _departing("18:30", "04:00")})
    assert not departures.changes(_utc_ns(24, 18, 29))
    told: list[AnyEvent] = departures.changes(_utc_ns(24, 18, 30))
    assert told == [CutOffPassed(time_ns=5, count=7, destination="NORTH", local_time="18:30")]
    assert not departures.changes(_utc_ns(25, 3, 59))
    told = departures.changes(_utc_ns(25, 4, 0))
    assert told == [CutOffLifted(time_ns=5, count=7, destination="NORTH", local_time="04:00")]


def test_a_plan_that_knows_the_departure_no_more_opens_it() -> None:
    departures = Departures(BRUSSELS, _moment)
    departures.serve({"NORTH": _departing("18:30", "04:00")})
    departures.changes(_utc_ns(24, 19, 0))
    departures.serve({"SOUTH": _departing("18:30", "04:00")})
    told = departures.changes(_utc_ns(24, 19, 1))
    assert told == [
        CutOffLifted(time_ns=5, count=7, destination="NORTH", local_time="19:01"),
        CutOffPassed(time_ns=5, count=7, destination="SOUTH", local_time="19:01"),
    ]


def test_daylight_saving_moves_the_departure_with_the_clocks_in_the_hall() -> None:
    departures = Departures(BRUSSELS, _moment)
    departures.serve({"NORTH": _departing("18:30", "04:00")})
    summer = int(datetime(2026, 7, 1, 16, 30, tzinfo=UTC).timestamp()) * 10**9
    winter = int(datetime(2026, 12, 1, 16, 30, tzinfo=UTC).timestamp()) * 10**9
    assert departures.changes(summer)
    assert [type(event) for event in departures.changes(winter)] == [CutOffLifted]


minutes = st.integers(0, MINUTES_A_DAY - 1)


@given(minutes, minutes, minutes)
def test_a_departure_is_closed_when_its_cut_off_came_after_its_opening(
    cut_off: int, reopens: int, now: int
) -> None:
    entry = _departing(*(f"{m // 60:02}:{m % 60:02}" for m in (cut_off, reopens)))
    walk = now
    while walk not in {cut_off, reopens}:
        walk = (walk - 1) % MINUTES_A_DAY
    closed = walk == cut_off != reopens
    assert closed_departures({"NORTH": entry}, now) == (("NORTH",) if closed else ())
