"""`sorter table build` from a CSV file, beside sqlite3 that imports and indexes the same file.

Whole processes, from their start to the finished file.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benches.asked import Rows
from benches.figures import Figures, Timing
from benches.goals import COMMAND, COMMAND_MEMORY, SORTER, SQLITE_IMPORT
from benches.sizes import ROWS
from benches.tables import write_source

SORTER_COMMAND = Path(sys.executable).with_name("sorter")
IMPORT = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
CREATE TABLE codes (code TEXT, destination TEXT);
.mode csv
.import --skip 1 {source} codes
CREATE UNIQUE INDEX by_code ON codes (code);
"""


@pytest.fixture(scope="module")
def source(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_source(tmp_path_factory.mktemp("source"), rows.codes, rows.destinations)


def test_table_build(timing: Timing, figures: Figures, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.table"
    command = [str(SORTER_COMMAND), "table", "build", str(source), "--out", str(out)]
    peaks: list[int] = []
    timing(
        COMMAND,
        SORTER,
        lambda _: peaks.append(run(command, "")),
        lambda turn: turn,
        units=1,
        rounds=1,
    )
    figures.add(COMMAND_MEMORY, SORTER, max(peaks), "B")


@pytest.mark.parametrize("rows_at_most", [20_000_000] if ROWS <= 20_000_000 else [])
def test_sqlite_import(
    timing: Timing, figures: Figures, source: Path, tmp_path: Path, rows_at_most: int
) -> None:
    program = shutil.which("sqlite3")
    assert program, "sqlite3, the command, is not there: apt-get install sqlite3"
    figures.settings[SQLITE_IMPORT] = (
        f"journal off, no sync, CREATE UNIQUE INDEX afterwards; up to {rows_at_most:,} rows"
    )
    script = IMPORT.format(source=source / "parcels.csv")
    peaks: list[int] = []

    def load(turn: int) -> None:
        path = tmp_path / f"{turn}.sqlite"
        peaks.append(run([program, str(path)], script))
        path.unlink()

    timing(COMMAND, SQLITE_IMPORT, load, lambda turn: turn, units=1, rounds=1)
    figures.add(COMMAND_MEMORY, SQLITE_IMPORT, max(peaks), "B")


def run(command: list[str], text: str) -> int:
    """Run a program to its end, and return the most memory in bytes it ever had resident."""
    peak = Path(__file__).with_name("peak.py")
    watched = [sys.executable, str(peak), *command]
    done = subprocess.run(watched, input=text, text=True, stdout=subprocess.PIPE, check=True)
    return int(done.stdout)
