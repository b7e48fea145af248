"""Looking codes up while the table is swapped for another one, in four threads at once.

Both tables have the same codes with other destinations. Each thread asks without pause, and the
swapping one opens the other table anew each time, which checks all of it. No answer may be that of
neither table, nor a batch be answered by both.
"""

from __future__ import annotations

import threading
import time
from array import array
from pathlib import Path

import numpy as np
import pytest

from benches.asked import Rows
from benches.figures import Figures
from benches.goals import QUIET, SORTER, SWAP, SWAP_ERRORS
from benches.tables import build_table
from sorter.table import RoutingTable

READERS = 4
SECONDS = 3.0
BATCH_EVERY = 256
FEW = 16


class Line:
    """The tables that are swapped, and the one in use."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        self.in_use = RoutingTable.open(paths[0])
        self.stop = threading.Event()
        self.swaps = 0

    def swap_on(self) -> None:
        """Put the other table in use, again and again."""
        while not self.stop.is_set():
            self.swaps += 1
            self.in_use = RoutingTable.open(self.paths[self.swaps % 2])


class Reader(threading.Thread):
    """Asks for one code after the other, and for a few at once from time to time."""

    def __init__(self, line: Line, rows: Rows, number: int) -> None:
        super().__init__()
        self._line = line
        self._codes, self._answers = rows.round("all hits", number)
        self.nanoseconds = array("q")
        self.wrong = 0

    def run(self) -> None:
        clock = time.perf_counter_ns
        answers = self._answers.tolist()
        while not self._line.stop.is_set():
            for at, code in enumerate(self._codes.tolist()):
                began = clock()
                found = self._line.in_use.lookup(code)
                self.nanoseconds.append(clock() - began)
                self.wrong += found not in (answers[at], answers[at] ^ 1)
                if at % BATCH_EVERY == 0:
                    self.wrong += self._few_are_wrong(at)
                    if self._line.stop.is_set():
                        return

    def _few_are_wrong(self, at: int) -> bool:
        few = slice(at, at + FEW)
        found = self._line.in_use.lookup_batch(self._codes[few])
        right = self._answers[few]
        return not (np.array_equal(found, right) or np.array_equal(found, right ^ 1))


@pytest.fixture
def line(rows: Rows, table_path: Path, tmp_path: Path) -> Line:
    other = build_table(tmp_path, rows.codes, rows.destinations ^ np.uint16(1), revision=2)
    return Line([table_path, other])


def test_swap_under_readers(line: Line, rows: Rows, figures: Figures) -> None:
    quiet, wrong = _slowest(line, rows, swapping=False)
    swapping, more_wrong = _slowest(line, rows, swapping=True)
    figures.add(SWAP, QUIET, quiet, "s")
    figures.add(SWAP, SORTER, swapping, "s")
    figures.add(SWAP_ERRORS, SORTER, wrong + more_wrong, "count")
    figures.settings[SWAP] = f"{line.swaps} swaps in {SECONDS:g} s, each with a checked open"
    assert line.swaps > 2
    assert wrong + more_wrong == 0


def _slowest(line: Line, rows: Rows, *, swapping: bool) -> tuple[float, int]:
    """p99.9 of a look-up in seconds, and the number of wrong answers."""
    line.stop.clear()
    readers = [Reader(line, rows, number) for number in range(READERS)]
    threads: list[threading.Thread] = [*readers]
    if swapping:
        threads.append(threading.Thread(target=line.swap_on))
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    line.stop.set()
    for thread in threads:
        thread.join()
    took = np.concatenate([np.frombuffer(reader.nanoseconds, np.int64) for reader in readers])
    return float(np.percentile(took, 99.9)) * 1e-9, sum(reader.wrong for reader in readers)
