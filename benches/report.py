"""Prints the figures of a run as one table, each beside its peers and its goal."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

from benches.figures import Figure, Figures
from benches.goals import GOAL_ROWS, SECTIONS, Goal, Section

_COLUMNS = ("", "figure", "best", "ratio", "goal", "reached")
_TIMES = ((1e-6, 1e9, "ns"), (1e-3, 1e6, "us"), (1.0, 1e3, "ms"), (float("inf"), 1.0, "s"))

Line = tuple[str, str, str, str, str, str]


def report_lines(figures: Figures, rows: int) -> Iterator[str]:
    """The table as lines of Markdown, which reads well on a terminal too."""
    lines: list[Line] = [_COLUMNS]
    for section in SECTIONS:
        lines += _section_lines(section, figures, rows)
    lines += _further_lines(figures)
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    for number, line in enumerate(lines):
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            marks = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
            yield f"| {' | '.join(marks)} |"


def machine() -> str:
    """Processor, system and Python of this run."""
    processor = platform.processor() or platform.machine()
    cores = 0
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            processor = value.strip()
        cores += key.strip() == "processor"
    return f"{processor}, {cores} cores, {platform.system()}, Python {platform.python_version()}"


def shown(figure: Figure) -> str:
    """A value with its unit, in three digits or so."""
    return _shown(figure.value, figure.unit)


def _best(figure: Figure) -> str:
    return "" if figure.best is None else _shown(figure.best, figure.unit)


def _shown(value: float, unit: str) -> str:
    if unit == "s":
        for below, factor, name in _TIMES:
            if value < below:
                return f"{_rounded(value * factor)} {name}"
    if unit == "count":
        return f"{value:,.0f}"
    if value >= 10_000_000:
        return f"{_rounded(value / 1e6)} M{unit}"
    return f"{_rounded(value)} {unit}"


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def _section_lines(section: Section, figures: Figures, rows: int) -> Iterator[Line]:
    subject = figures.measured.get((section.work, section.subject))
    goals = [goal for goal in section.goals if goal.rows in (None, rows)]
    yield f"**{section.work}**", "", "", "", "", ""
    if subject is None:
        yield section.subject, "not measured", "", "", "", ""
        return
    yield _line(section.subject, subject, None, goals)
    for peer in section.peers:
        figure = figures.measured.get((section.work, peer)) or figures.measured.get(("", peer))
        if figure is not None:
            yield _line(peer, subject, figure, goals)


def _line(who: str, subject: Figure, peer: Figure | None, goals: list[Goal]) -> Line:
    than = None if peer is None else who
    figure = peer or subject
    ratio = ""
    if peer is not None and subject.value > 0 and peer.value > 0:
        ratio = f"{_rounded(peer.value / subject.value)}x"
        if who.startswith("floor") or any(goal.times and goal.than == who for goal in goals):
            ratio = f"{_rounded(subject.value / peer.value)} times it"
    mine = [goal for goal in goals if goal.than == than]
    reached = all(
        goal.reached(subject.value, None if peer is None else peer.value) for goal in mine
    )
    return (
        who,
        shown(figure),
        _best(figure),
        ratio,
        ", ".join(_goal_words(goal, figure.unit) for goal in mine),
        ("yes" if reached else "NO") if mine else "",
    )


def _goal_words(goal: Goal, unit: str) -> str:
    if goal.than is None:
        return f"<= {_shown(goal.limit, unit)}"
    return f"<= {goal.limit:g} times it" if goal.times else f">= {goal.limit:g}x"


def _further_lines(figures: Figures) -> Iterator[Line]:
    """What was measured without a goal, such as the journal, by the name of its work."""
    told = {section.work for section in SECTIONS} | {""}
    last = ""
    for (work, who), figure in figures.measured.items():
        if work in told:
            continue
        if work != last:
            yield f"**{work}**", "", "", "", "", ""
            last = work
        yield who, shown(figure), _best(figure), "", "", ""


def notes(figures: Figures, rows: int, asked: int, seed: int) -> Iterator[str]:
    """What one has to know to judge the table: machine, sizes, seed, and everyone's settings."""
    yield f"{machine()}."
    yield (
        f"{rows:,} carrier codes (S10, SSCC, 14 digits, LP) to 2**16 destinations, seed {seed}; "
        f"{asked:,} codes a round in random order, fresh objects; a miss is another code of the "
        "same format or one with a wrong check digit; the figure is the median of the rounds after "
        "one to warm up, beside the best of them."
    )
    yield (
        "3x: a peer takes 3 times as much as we do; 3 times it: we take 3 times as much as it. "
        f"Goals are for {GOAL_ROWS:,} codes. All answers were compared."
    )
    for who, settings in figures.settings.items():
        yield f"{who}: {settings}."
