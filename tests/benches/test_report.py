"""The table of results says who took how long, how that compares, and whether a goal is reached."""

from itertools import pairwise

from benches.figures import Figures
from benches.goals import BATCH, GOAL_ROWS, HUGE, LARGE_ROWS, LINE_HUGE, SORTER, SWAP_ERRORS
from benches.report import report_lines

WORK = f"{BATCH}, all hits"


def table_of(figures: Figures, rows: int = GOAL_ROWS) -> dict[str, list[str]]:
    """The lines of the section of batches, by who stands in them."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in report_lines(figures, rows)
    ]
    start = next(
        number
        for number, (line, after) in enumerate(pairwise(lines))
        if line[0] == f"**{WORK}**" and after[0] == HUGE
    )
    section = {}
    for who, *cells in lines[start + 1 :]:
        if who.startswith("**"):
            break
        section[who] = cells
    return section


def measured(ours: float, dict_: float, line: float) -> Figures:
    figures = Figures()
    figures.add(WORK, HUGE, ours, "s", best=0.9 * ours)
    figures.add(WORK, "dict", dict_, "s")
    figures.add("", LINE_HUGE, line, "s")
    return figures


def test_goals_that_are_reached() -> None:
    section = table_of(measured(20e-9, 800e-9, 9e-9))
    assert section[HUGE] == ["20.0 ns", "18.0 ns", "", "<= 25.0 ns", "yes"]
    assert section["dict"] == ["800 ns", "", "40.0x", ">= 30x", "yes"]
    assert section[LINE_HUGE] == ["9.00 ns", "", "2.22 times it", "<= 3 times it", "yes"]


def test_goals_that_are_missed() -> None:
    section = table_of(measured(30e-9, 600e-9, 9e-9))
    assert section[HUGE][-1] == "NO"
    assert section["dict"] == ["600 ns", "", "20.0x", ">= 30x", "NO"]
    assert section[LINE_HUGE][-1] == "NO"


def test_a_larger_table_has_goals_of_its_own() -> None:
    figures = measured(30e-9, 900e-9, 15e-9)
    assert table_of(figures, LARGE_ROWS)[HUGE] == ["30.0 ns", "27.0 ns", "", "<= 35.0 ns", "yes"]


def test_a_small_table_is_not_held_to_the_time_of_a_large_one() -> None:
    assert table_of(measured(30e-9, 900e-9, 15e-9), 1000)[HUGE] == [
        "30.0 ns",
        "27.0 ns",
        "",
        "",
        "",
    ]


def test_what_was_not_measured_says_so() -> None:
    figures = Figures()
    figures.add(SWAP_ERRORS, SORTER, 0, "count")
    lines = "\n".join(report_lines(figures, GOAL_ROWS))
    assert "not measured" in lines


def test_other_benches_follow_by_their_own_names() -> None:
    figures = Figures()
    figures.add("one turn of control", "journal", 8e-6, "s")
    *_, title, line = report_lines(figures, GOAL_ROWS)
    assert "**one turn of control**" in title
    assert "8.00 us" in line
