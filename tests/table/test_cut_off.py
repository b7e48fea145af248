"""What a plan says of departures, and what is said of one that can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from sorter.engine.events import PlanEntry
from sorter.table import Problems, SourceError, read_plan, report_misfits
from tests.table.test_plan import PLAN, written

NORTH = 'policy = "balance" }'


def _departing(keys: str) -> str:
    return PLAN.replace(NORTH, f'policy = "balance", {keys} }}')


def test_a_departure_is_read_as_the_engine_takes_it(tmp_path: Path) -> None:
    text = _departing('cut_off = "18:30", reopens = "04:00", after_cut_off = ["C03"]')
    plan, problems = read_plan(written(tmp_path, text))
    assert not problems.kept
    assert plan.destinations["NORTH"] == PlanEntry(
        ("C01", "C02"), "balance", cut_off="18:30", reopens="04:00", after_cut_off=("C03",)
    )


def test_a_plan_without_departures_is_written_as_it_always_was(tmp_path: Path) -> None:
    plan, _ = read_plan(written(tmp_path))
    assert b"cut_off" not in plan.canonical()
    assert b"reopens" not in plan.canonical()


def test_the_chutes_of_late_parcels_are_held_against_the_line(tmp_path: Path) -> None:
    text = _departing('cut_off = "18:30", reopens = "04:00", after_cut_off = ["C09"]')
    plan, _ = read_plan(written(tmp_path, text))
    problems = Problems()
    report_misfits(plan, problems, chutes=["C01", "C02", "C03", "OVF"])
    assert [problem.column for problem in problems.kept] == ["destinations.NORTH.after_cut_off"]


@pytest.mark.parametrize(
    ("keys", "columns"),
    [
        ('cut_off = "18:30"', ["reopens", "after_cut_off"]),
        ('reopens = "04:00", after_cut_off = ["C03"]', ["cut_off"]),
        ('cut_off = "24:00", reopens = "4:00", after_cut_off = ["C03"]', ["cut_off", "reopens"]),
        ('cut_off = 18:30:00, reopens = "04:00", after_cut_off = ["C03"]', ["cut_off"]),
        ('cut_off = "18:30", reopens = "18:30", after_cut_off = ["C03"]', ["reopens"]),
        ('cut_off = "18:30", reopens = "04:00", after_cut_off = []', ["after_cut_off"]),
        ('cut_off = "18:30", reopens = "04:00", after_cut_off = "C03"', ["after_cut_off"]),
        ('cut_of = "18:30"', ["cut_of"]),
    ],
)
def test_a_departure_that_can_t_be_is_refused_with_its_key(
    tmp_path: Path, keys: str, columns: list[str]
) -> None:
    with pytest.raises(SourceError) as refused:
        read_plan(written(tmp_path, _departing(keys)))
    assert [problem.column for problem in refused.value.problems.kept] == [
        f"destinations.NORTH.{column}" for column in columns
    ]
