"""The target `rows`: the lines of a parcels.csv, cut into chunks anywhere, against the plain model.

The first byte of an input chooses the columns, the second the size of the chunks; the others are
what stands under the header.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import permutations
from pathlib import Path
from typing import Self

from sorter.table import parcels
from sorter.table.problems import Problems
from tests.table.parcels_model import COLUMNS, judge
from tests.table.sources import DESTINATIONS

_NAMES = [name.encode() for name in DESTINATIONS]
_HEADERS = [*permutations(COLUMNS), *permutations(COLUMNS[:2])]

ROW_SEEDS = (
    b"\0\xffRB123456785GB,NORTH,p1\nLP00123456789012,NORTH,p1\r\n\r\n3SABC-1,SOUTH,\n",
    b"\0\x03" + b'"RB123456785GB",NORTH,"p,1"\n"a""b",EAST,p\n"x"y,EAST,p\n' + b"A" * 1030,
    b"\x06\x07A1,NORTH\nA1,NORTH\nA1,SOUTH\nA 1,NORTH\n,NORTH\nA2,WEST\nA3\nA4,NORTH,p,q\n",
    b"\x01\x11A1,p,NORTH\nA2,p,SOUTH\nA1,q,NORTH\n",
)


class _CutFile:
    """A file that lies in memory, and comes in chunks of `size` bytes."""

    def __init__(self, content: bytes, size: int) -> None:
        self._file = BytesIO(content)
        self._size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def readline(self, most: int) -> bytes:
        """As a `RowFile`."""
        return self._file.readline(most)

    def tell_progress(self, position: int | None = None) -> None:
        """As a `RowFile`."""

    def chunks(self) -> Iterator[tuple[bytes, int]]:
        """As a `RowFile`: up to the empty chunk."""
        content = b"?"
        while content:
            content = self._file.read(self._size)
            yield content, self._file.tell()


def read_rows(entry: bytes) -> None:
    """Read the lines, and hold what came in and what was said against the model."""
    start = entry[:2].ljust(2, b"\0")
    content = _header(start[0]) + entry[2:]
    file = _CutFile(content, 1 + start[1] % 64 if start[1] < 0xF0 else 1 << 18)
    problems = Problems()
    names = vars(parcels)
    real = names["RowFile"]
    names["RowFile"] = lambda *_: file
    try:
        rows = parcels.read_parcels(Path("parcels.csv"), DESTINATIONS, problems)
    finally:
        names["RowFile"] = real
    judged = judge(content, _NAMES)
    _hold(problems, [one.severity for one in judged.said], content)
    # Rows with errors may leave any of a code's rows behind, or none: no table is built of them.
    if not problems.count("error"):
        assert len(rows) == len(judged.rows), content


def _header(chosen: int) -> bytes:
    return ",".join(_HEADERS[chosen % len(_HEADERS)]).encode() + b"\n"


def _hold(problems: Problems, said: Sequence[str], content: bytes) -> None:
    for severity in ("error", "warning"):
        assert problems.count(severity) == said.count(severity), (severity, content)
