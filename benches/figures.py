"""The figures of one run: what was measured, of whom, and how much it was.

A figure is named by the work and by who did it. Times are seconds for one unit of the work (one
code, one file), so that ratios need no further knowledge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_benchmark.fixture import BenchmarkFixture

Unit = Literal["s", "B", "B/s", "count"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    work: str
    who: str
    value: float
    unit: Unit
    best: float | None = None
    """The best round, where there were rounds; `value` is their median."""


@dataclass(slots=True)
class Figures:
    """All figures of a run, and what was learnt about those who made them."""

    measured: dict[tuple[str, str], Figure] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    """How each one was measured."""

    def add(self, work: str, who: str, value: float, unit: Unit, best: float | None = None) -> None:
        """Take a figure in."""
        self.measured[work, who] = Figure(work, who, value, unit, best)

    def also(self, work: str, who: str, other_work: str) -> None:
        """Let a figure stand for another piece of work too: of who has no other way to do it."""
        found = self.measured.get((work, who))
        if found is not None:
            self.add(other_work, who, found.value, found.unit, found.best)


@dataclass(frozen=True, slots=True)
class Timing:
    """Times a piece of work by pytest-benchmark and keeps the median as a figure."""

    benchmark: BenchmarkFixture
    figures: Figures

    def __call__(
        self,
        work: str,
        who: str,
        call: Callable[[Any], object],
        prepare: Callable[[int], Any],
        *,
        units: int,
        rounds: int = 5,
    ) -> None:
        """Time `call(prepare(round))`, which does `units` units of the work; one round warms up.

        `prepare` is not timed.
        """
        turn = 0

        def arguments() -> tuple[tuple[Any], dict[str, Any]]:
            nonlocal turn
            turn += 1
            return (prepare(turn),), {}

        self.benchmark.group = work
        self.benchmark.extra_info.update(who=who, units=units)
        self.benchmark.pedantic(  # type: ignore[no-untyped-call]  # it has no types
            call, setup=arguments, rounds=rounds, warmup_rounds=1
        )
        if self.benchmark.stats is not None:
            rounds_taken = self.benchmark.stats.stats
            median, best = float(rounds_taken.median), float(rounds_taken.min)
            self.figures.add(work, who, median / units, "s", best / units)
