"""A sound file with rows of every kind, and its slots, for tests to forge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sorter._native import RowSorter
from sorter.table import RoutingTable, TableFileError
from tests.table.forging import forged
from tests.table.sources import compiled

NAMES = ("NORTH", "SOUTH", "EAST", "CUSTOMS")
NUMBERS, OTHERS = 150_000, 400

OVERFLOW, CHOICE = np.uint64(1 << 63), np.uint64(1 << 62)
MARK = np.uint64((1 << 62) - (1 << 16))

CODES = [
    *(b"%014d" % (number * 7919) for number in range(NUMBERS)),
    *(b"P-%d" % number for number in range(OTHERS)),
    *(b"text %d" % number for number in range(OTHERS)),
]

Words = NDArray[np.uint64]
Parts = dict[str, bytes]

KINDS = pytest.mark.parametrize("kind", ["number", "packed", "text"])


def sound_file(folder: Path) -> bytes:
    """A file with rows of every kind, some of each in their alternate line, and parcel groups."""
    path = compiled(
        folder,
        parcels="barcode,destination\n" + "".join(f"{name},{name}\n" for name in NAMES),
        prefixes="kind,prefix,destination\npostcode,BE4,NORTH\n",
    )
    rows = RowSorter()
    numbers = np.arange(len(CODES))
    rows.add_batch(CODES, (numbers % 4).astype(np.uint16), numbers.astype(np.uint32))
    rows.sort()
    return forged(path.read_bytes(), **{name: b"".join(part) for name, part in rows.sections()})


def words_of(part: bytes) -> Words:
    return np.frombuffer(bytearray(part), np.uint64)


def rows_in(words: Words, kind: str) -> Iterator[int]:
    """Where the first words of rows are."""
    for at in np.flatnonzero(words & MARK).tolist():
        if kind != "packed" or at % 8 < 4:
            yield at


def empty_in(words: Words, kind: str) -> int:
    free = np.flatnonzero((words & MARK) == 0).tolist()
    return int(next(at for at in free if kind != "packed" or at % 8 < 4))


def refused(sound: bytes, **changed: bytes | Words) -> tuple[str, str]:
    """The section and the reason a forged file is refused for."""
    content = forged(sound, **{name: bytes(part) for name, part in changed.items()})
    with pytest.raises(TableFileError) as error:
        RoutingTable(memoryview(content))
    return error.value.section, error.value.reason
