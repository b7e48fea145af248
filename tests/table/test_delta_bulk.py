"""Tables and deltas so big that their codes are kept as numbers, under threads and swaps."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sorter._native import RowSorter
from sorter.table import (
    Delta,
    RoutingTable,
    compact_table,
    compile_delta,
    delta_between,
    diff_codes,
)
from sorter.table.compile import write_compiled
from sorter.table.head import MAX_DESTINATIONS, TableHead
from sorter.table.prefix_list import prefix_list

ROWS = 300_000
NAMES = ("NORTH", "SOUTH", "EAST")
CODES = np.char.zfill((np.arange(3 * ROWS) * 7919).astype("S14"), 14)


def write_rows(
    path: Path, codes: NDArray[np.bytes_], numbers: NDArray[np.uint16], day: int
) -> Path:
    """A compiled table of these codes and destination numbers; a third of them have a parcel."""
    rows = RowSorter()
    groups = np.where(numbers == 1, 7, 0).astype(np.uint32)
    rows.add_batch(codes, numbers, groups)
    rows.sort()
    head = TableHead(name="hub", site="site", revision=day, destinations=NAMES, formats=("sscc",))
    write_compiled(path, "table", head, rows, [prefix_list({}), prefix_list({})])
    return path


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A table, the one of the next day, and the delta between them.

    The first third of the codes stays, the second goes, the third comes; a few change.
    """
    folder = tmp_path_factory.mktemp("days")
    numbers = (np.arange(len(CODES)) % 3).astype(np.uint16)
    first = write_rows(folder / "first", CODES[: 2 * ROWS], numbers[: 2 * ROWS], 1)
    numbers[:1000] = 0
    kept = np.r_[0:ROWS, 2 * ROWS : 3 * ROWS]
    second = write_rows(folder / "second", CODES[kept], numbers[kept], 2)
    with RoutingTable.open(first) as old, RoutingTable.open(second) as new:
        compile_delta(delta_between(old.content, new.content), folder / "delta")
    return first, second, folder / "delta"


def test_a_delta_of_numbers_gives_the_next_day(days: tuple[Path, Path, Path]) -> None:
    first, second, delta = days
    with RoutingTable.open(first, [delta]) as changed, RoutingTable.open(second) as goal:
        assert len(changed) == len(goal) == 2 * ROWS
        expected = goal.lookup_batch(CODES)
        assert np.array_equal(changed.lookup_batch(CODES), expected)
        assert np.array_equal(changed.find_row_batch(CODES), goal.find_row_batch(CODES))
        some = CODES[:: ROWS // 50].tolist()
        assert [changed.lookup(code) for code in some] == expected[:: ROWS // 50].tolist()
        assert [changed.find_row(code) for code in some] == [goal.find_row(code) for code in some]
        counts = Delta.open(delta).counts()["code"]
        assert (counts["add"], counts["delete"], counts["expire"]) == (ROWS, ROWS, 0)
        assert counts["replace"] == np.count_nonzero(np.arange(1000) % 3)


def test_the_compacted_table_is_the_one_that_is_built(
    days: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    first, second, delta = days
    with RoutingTable.open(first, [delta]) as changed:
        compact_table(changed.content, tmp_path / "compacted")
    assert (tmp_path / "compacted").read_bytes() == second.read_bytes()


def test_what_differs_is_counted_and_sampled(days: tuple[Path, Path, Path]) -> None:
    first, second, _ = days
    with RoutingTable.open(first) as old, RoutingTable.open(second) as new:
        found = diff_codes(old.content, new.content, 2)
    changed = int(np.count_nonzero(np.arange(1000) % 3))
    assert (found.added, found.removed, found.redestined) == (ROWS, ROWS, changed)
    assert (found.same, found.regrouped) == (ROWS - changed, 0)
    assert [len(samples) for samples in found.samples.values()] == [2, 2, 2, 0]


def test_threads_that_look_up_while_tables_are_swapped_get_old_or_new_answers(
    days: tuple[Path, Path, Path],
) -> None:
    first, _, delta = days
    base = RoutingTable.open(first)
    change = Delta.open(delta)
    some = CODES[:: ROWS // 500]
    old, new = base.lookup_batch(some), base.updated([change]).lookup_batch(some)
    assert not np.array_equal(old, new)
    in_use = [base]
    wrong: list[NDArray[np.int32]] = []
    ended = threading.Event()

    def look_up() -> None:
        while not ended.is_set():
            found = in_use[0].lookup_batch(some)
            if not np.array_equal(found, old) and not np.array_equal(found, new):
                wrong.append(found)

    readers = [threading.Thread(target=look_up) for _ in range(4)]
    for reader in readers:
        reader.start()
    replaced = []
    for swap in range(20):
        in_use[0] = base if swap % 2 else base.updated([change])
        replaced.append(weakref.ref(in_use[0]))
    in_use[0] = base
    ended.set()
    for reader in readers:
        reader.join()
    gc.collect()
    assert not wrong
    assert {table() for table in replaced} == {None, base}


def test_a_table_is_unmapped_when_its_last_reader_is_done(days: tuple[Path, Path, Path]) -> None:
    first, _, delta = days

    def mapped() -> bool:
        return str(first) in Path("/proc/self/maps").read_text()

    table = RoutingTable.open(first, memory="mapped")
    look_up = table.lookup_batch
    changed = table.updated([Delta.open(delta)])
    table.close()
    assert changed.lookup(CODES[0]) == 0
    assert mapped()
    with pytest.raises(ValueError, match="closed"):
        look_up(CODES[:1])
    changed.close()
    del table, changed, look_up
    gc.collect()
    assert not mapped()


def test_a_delta_between_tables_of_all_destinations_is_made_in_one_go(tmp_path: Path) -> None:
    """65,536 names, of which the second table has others at the end: one look at each is enough."""
    names = [f"D{number}" for number in range(MAX_DESTINATIONS)]
    paths = []
    for day, named in ((1, names[:-5]), (2, names[5:])):
        rows = RowSorter()
        rows.add_batch(CODES[:9], np.arange(9).astype(np.uint16))
        rows.sort()
        head = TableHead(
            name="hub", site="site", revision=day, destinations=tuple(named), formats=("sscc",)
        )
        paths.append(tmp_path / f"{day}")
        write_compiled(paths[-1], "table", head, rows, [prefix_list({}), prefix_list({})])
    with RoutingTable.open(paths[0]) as old, RoutingTable.open(paths[1]) as new:
        source = delta_between(old.content, new.content)
        compile_delta(source, tmp_path / "delta")
        assert source.head.destinations == tuple(names)
        with old.updated([Delta.open(tmp_path / "delta")]) as changed:
            found = [changed.destinations[changed.lookup(code)] for code in CODES[:9]]
            assert found == [new.destinations[new.lookup(code)] for code in CODES[:9]]
