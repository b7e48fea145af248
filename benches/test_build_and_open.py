"""Building tables out of arrays, their size, and opening them."""

from __future__ import annotations

import string
from pathlib import Path

import numpy as np
import pytest

from benches.asked import Rows
from benches.codes import Codes, draw_destinations, draw_free_codes
from benches.figures import Figures, Timing
from benches.floors import Bare
from benches.goals import BUILD, BYTES, FREE_BYTES, LONG_BYTES, OPEN, PASS, RESIDENT, SORTER
from benches.peers.sorter_table import CONTENDERS, opened
from benches.tables import build_table, compile_codes, source_without_codes

FREE_CODES = 1_000_000
UP_TO_20 = (string.digits + string.ascii_uppercase + "-").encode()
# Comma, quote and blank would need quoting in a CSV file.
ANYTHING = bytes(code for code in range(0x21, 0x7F) if code not in b',"')


def test_build(timing: Timing, rows: Rows, tmp_path: Path, figures: Figures) -> None:
    source = source_without_codes(tmp_path)
    path = tmp_path / "bench.table"
    timing(
        BUILD,
        SORTER,
        lambda _: compile_codes(source, rows.codes, rows.destinations, path),
        lambda _: path.unlink(missing_ok=True),
        units=1,
        rounds=3,
    )
    figures.add(BYTES, SORTER, path.stat().st_size / len(rows.codes), "B")


def test_size_of_free_codes(figures: Figures, rows: Rows, tmp_path: Path) -> None:
    count = min(FREE_CODES, len(rows.codes))
    codes = draw_free_codes(count, seed=21, alphabet=UP_TO_20)
    figures.add(FREE_BYTES, SORTER, _file_bytes(codes, tmp_path) / count, "B")


def test_size_of_long_codes(figures: Figures, rows: Rows, tmp_path: Path) -> None:
    count = min(FREE_CODES, len(rows.codes))
    codes = draw_free_codes(count, seed=22, alphabet=ANYTHING, longest=48)
    beyond = _file_bytes(codes, tmp_path) - int(np.char.str_len(codes).sum())
    figures.add(LONG_BYTES, SORTER, beyond / count, "B")


def _file_bytes(codes: Codes, folder: Path) -> int:
    return build_table(folder, codes, draw_destinations(len(codes), seed=23)).stat().st_size


@pytest.mark.parametrize("who", CONTENDERS)
def test_memory_beside_the_file(figures: Figures, rows: Rows, table_path: Path, who: str) -> None:
    before = _own_memory()
    with opened(table_path, who):
        figures.add(RESIDENT, who, (_own_memory() - before) / len(rows.codes), "B")


def _own_memory() -> int:
    """Bytes of this process that no file backs."""
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    return next(
        int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Anonymous:")
    )


@pytest.mark.parametrize("who", CONTENDERS)
def test_open(timing: Timing, table_path: Path, who: str) -> None:
    timing(
        OPEN,
        who,
        lambda _: opened(table_path, who).close(),
        lambda _: table_path.read_bytes(),
        units=1,
        rounds=9,
    )


def test_floor_of_open(timing: Timing, bare: Bare, table_path: Path) -> None:
    memory = bare.Memory(table_path.stat().st_size, False)
    timing(OPEN, PASS, lambda _: memory.sum(), lambda turn: turn, units=1, rounds=9)
