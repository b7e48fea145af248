"""What all benches share: the rows, the figures, and the one table at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benches.asked import Rows, draw_rows
from benches.figures import Figures, Timing
from benches.floors import Bare, compiled_floors
from benches.report import machine, notes, report_lines
from benches.sizes import ASKED, ROWS, SEED
from benches.tables import build_table

FIGURES = Figures()


@pytest.fixture(scope="session")
def figures() -> Figures:
    return FIGURES


@pytest.fixture
def timing(benchmark: BenchmarkFixture, figures: Figures) -> Timing:
    return Timing(benchmark, figures)


@pytest.fixture(scope="session")
def rows() -> Rows:
    """The carrier codes of this run."""
    return draw_rows(ROWS, SEED, ASKED)


@pytest.fixture(scope="session")
def table_path(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their compiled table."""
    return build_table(tmp_path_factory.mktemp("table"), rows.codes, rows.destinations)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """The compiled floors."""
    return compiled_floors(tmp_path_factory.mktemp("floors"))


@pytest.fixture(autouse=True)
def _plain_benchmark(request: pytest.FixtureRequest) -> Iterator[None]:
    """Brings benches that use pytest-benchmark alone into the table, by their group and name."""
    yield
    found = getattr(request.node, "funcargs", {})
    benchmark: BenchmarkFixture | None = found.get("benchmark")
    if benchmark is not None and benchmark.stats is not None and "timing" not in found:
        name = request.node.name.removeprefix("test_").replace("_", " ")
        work = benchmark.group or name
        rounds = benchmark.stats.stats
        FIGURES.add(work, name, float(rounds.median), "s", float(rounds.min))


def pytest_benchmark_update_json(output_json: dict[str, Any]) -> None:
    """Adds what is no timing of pytest-benchmark, such as sizes, and the ratios' ground."""
    output_json["sorter"] = {
        "machine": machine(),
        "rows": ROWS,
        "asked": ASKED,
        "seed": SEED,
        "figures": [asdict(one) for one in FIGURES.measured.values()],
        "settings": FIGURES.settings,
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not FIGURES.measured:
        return
    terminalreporter.section(f"{ROWS:,} codes")
    for line in report_lines(FIGURES, ROWS):
        terminalreporter.write_line(line)
    terminalreporter.write_line("")
    for line in notes(FIGURES, ROWS, ASKED, SEED):
        terminalreporter.write_line(f"- {line}")
    path = terminalreporter.config.getoption("benchmark_json")
    if path is not None:
        terminalreporter.write_line(f"- Figures and all rounds: {path.name}")
