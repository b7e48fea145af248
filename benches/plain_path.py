"""Times batches in a process of its own, for a variant of the core that must be picked at start.

    SORTER_NATIVE=plain python -m benches.plain_path TABLE FOLDER

FOLDER holds the codes and answers of rounds as arrays. Prints the seconds of each as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benches.peers.sorter_table import CONTENDERS, opened


def seconds_of_rounds(table_path: Path, folder: Path) -> list[float]:
    """Time one batch for each round in the folder, after one to warm up; check its answers."""
    rounds = sorted(folder.glob("codes-*.npy"))
    seconds = []
    with opened(table_path, CONTENDERS[0]) as table:
        for path in (rounds[0], *rounds):
            codes = np.load(path)
            # Filled, because memory that nobody has touched costs its first writer page faults.
            out = np.full(len(codes), -2, np.int32)
            began = time.perf_counter()
            table.lookup_batch(codes, out)
            seconds.append(time.perf_counter() - began)
            answers = np.load(path.with_name(path.name.replace("codes", "answers")))
            if not np.array_equal(out, answers):
                raise ValueError(f"{path.name}: other answers than those expected")
    return seconds[1:]


if __name__ == "__main__":
    print(json.dumps(seconds_of_rounds(Path(sys.argv[1]), Path(sys.argv[2]))))
