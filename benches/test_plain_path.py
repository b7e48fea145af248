"""Finding many codes on the plain path, which needs no special processor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from benches.asked import KINDS, Kind, Rows
from benches.figures import Figures
from benches.goals import BATCH, PLAIN

ROUNDS = 9


@pytest.mark.parametrize("kind", KINDS)
def test_many_at_once(
    figures: Figures, rows: Rows, table_path: Path, tmp_path: Path, kind: Kind
) -> None:
    for turn in range(1, ROUNDS + 1):
        codes, answers = rows.round(kind, turn)
        np.save(tmp_path / f"codes-{turn}.npy", codes)
        np.save(tmp_path / f"answers-{turn}.npy", answers)
    command = [sys.executable, "-m", "benches.plain_path", str(table_path), str(tmp_path)]
    plain = {**os.environ, "SORTER_NATIVE": "plain"}
    done = subprocess.run(command, env=plain, check=True, capture_output=True, text=True)
    seconds = [taken / rows.asked for taken in json.loads(done.stdout)]
    figures.add(f"{BATCH}, {kind}", PLAIN, median(seconds), "s", min(seconds))
