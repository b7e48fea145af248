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
from benches.goals import COMMAND, SORTER, SQLITE_IMPORT
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


def test_table_build(timing: Timing, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.table"
    command = [str(SORTER_COMMAND), "table", "build", str(source), "--out", str(out)]

    def build(_: int) -> None:
        subprocess.run(command, check=True, capture_output=True)

    timing(COMMAND, SORTER, build, lambda turn: turn, units=1, rounds=1)


def test_sqlite_import(timing: Timing, figures: Figures, source: Path, tmp_path: Path) -> None:
    program = shutil.which("sqlite3")
    assert program, "sqlite3, the command, is not there: apt-get install sqlite3"
    figures.settings[SQLITE_IMPORT] = "journal off, no sync, CREATE UNIQUE INDEX afterwards"
    script = IMPORT.format(source=source / "parcels.csv")

    def load(turn: int) -> None:
        path = tmp_path / f"{turn}.sqlite"
        subprocess.run([program, str(path)], input=script, text=True, check=True)
        path.unlink()

    timing(COMMAND, SQLITE_IMPORT, load, lambda turn: turn, units=1, rounds=1)
