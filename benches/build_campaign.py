"""`sorter table build` on a source of any size, under a memory limit: does it fit, is it right?

    python -m benches.build_campaign --rows 100000000 --memory-mb 4000 --folder FOLDER

Writes a `parcels.csv` of carrier codes, builds it in a control group whose limit counts the page
cache too, and asks the table for rows out of the whole file. Prints one JSON object; ends with 1
when the build failed or an answer was wrong, with 3 when the limit could not be set.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benches.codes import CHUNK, MIX, WIDTH, Codes, Text
from benches.memory_limit import LimitedGroup, limited_group
from sorter.table import RoutingTable

DESTINATIONS = 1000
NO_LIMIT = 3
_STEP = 999_999_937
"""A prime that divides the number of serials of no format: its multiples hit each serial once."""
_ASKED_A_CHUNK = 64
_PEAK = Path(__file__).with_name("peak.py")
_COMMA, _FEED = b",\n"


class Rows(NamedTuple):
    """Some rows of the source: codes of dtype S, and the number of each one's destination."""

    codes: Codes
    destinations: np.ndarray[tuple[int], np.dtype[np.uint16]]


def rows_from(start: int, count: int) -> Rows:
    """The `count` rows from `start` on; they are the same however the file is cut."""
    numbers = np.arange(start, start + count, dtype=np.int64)
    cells = np.zeros((count, WIDTH), np.uint8)
    for turn, shape in enumerate(MIX):
        own = numbers % len(MIX) == turn
        text = shape.text(numbers[own] * _STEP % shape.space)
        cells[own, : text.shape[1]] = text
    destinations = (numbers * _STEP // 7 % DESTINATIONS).astype(np.uint16)
    return Rows(cells.view(f"S{WIDTH}").ravel(), destinations)


def chunks_of(rows: int) -> Iterator[Rows]:
    """All rows, some at a time."""
    for start in range(0, rows, CHUNK):
        yield rows_from(start, min(CHUNK, rows - start))


def write_source(folder: Path, rows: int) -> int:
    """Write a source of so many rows, out of the page cache too; the size of its CSV file."""
    names = [f"D{number:03}" for number in range(DESTINATIONS)]
    head = {"name": "campaign", "site": "bench", "revision": 1, "destinations": names}
    lines = [f"{key} = {json.dumps(value)}" for key, value in head.items()]
    (folder / "table.toml").write_text("\n".join(lines))
    name_cells = np.array([list(name.encode()) for name in names], np.uint8)
    with (folder / "parcels.csv").open("wb") as file:
        file.write(b"barcode,destination\n")
        for codes, destinations in chunks_of(rows):
            file.write(_lines(codes, name_cells[destinations]).data)
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file.tell()


def _lines(codes: Codes, names: Text) -> Text:
    cells = np.empty((len(codes), WIDTH + names.shape[1] + 2), np.uint8)
    cells[:, :WIDTH] = codes.view(np.uint8).reshape(len(codes), WIDTH)
    cells[:, WIDTH] = _COMMA
    cells[:, WIDTH + 1 : -1] = names
    cells[:, -1] = _FEED
    written: Text = cells[cells != 0]
    return written


def build(source: Path, out: Path, group: LimitedGroup | None) -> dict[str, object]:
    """Run the command; how it ended, how long it took, and the most memory it had."""
    command = [sys.executable, "-m", "sorter", "table", "build", str(source), "-o", str(out)]
    watched = [sys.executable, str(_PEAK), *command]
    began = time.monotonic()
    program = subprocess.run(
        watched if group is None else group.wrapped(watched),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return {
        "exit_code": program.returncode,
        "seconds": round(time.monotonic() - began, 2),
        "resident_peak_mb": int(program.stdout or 0) // 10**6,
        "group_peak_mb": None if group is None else group.peak() // 10**6,
    }


def wrong_answers(path: Path, rows: int) -> int:
    """How many of the rows asked for, out of the whole file, have another destination."""
    wrong = 0
    with RoutingTable.open(path, check_digest=True) as table:
        wrong += len(table) != rows
        for codes, destinations in chunks_of(rows):
            asked = np.linspace(0, len(codes) - 1, _ASKED_A_CHUNK).astype(np.int64)
            wrong += int((table.lookup_batch(codes[asked]) != destinations[asked]).sum())
    return wrong


def campaign(folder: Path, rows: int, memory_mb: int) -> dict[str, object]:
    """Write, build and ask; everything that was found."""
    folder.mkdir(parents=True, exist_ok=True)
    group = limited_group(memory_mb * 10**6)
    found: dict[str, object] = {"rows": rows, "limit_mb": None if group is None else memory_mb}
    found["csv_mb"] = write_source(folder, rows) // 10**6
    out = folder / "campaign.table"
    try:
        found |= build(folder, out, group)
    finally:
        if group is not None:
            group.remove()
    if found["exit_code"] == 0:
        found["table_mb"] = out.stat().st_size // 10**6
        found["wrong"] = wrong_answers(out, rows)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10**7)
    parser.add_argument("--memory-mb", type=int, default=4000)
    parser.add_argument("--folder", type=Path, help="Where to work; kept when it is named.")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="sorter-campaign-"))
    try:
        found = campaign(folder, asked.rows, asked.memory_mb)
    finally:
        if asked.folder is None:
            shutil.rmtree(folder)
    print(json.dumps(found))
    if found["exit_code"] or found["wrong"]:
        return 1
    return NO_LIMIT if found["limit_mb"] is None else 0


if __name__ == "__main__":
    sys.exit(main())
