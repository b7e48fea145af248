"""How a table's file gets into memory, and what happens to the table when the file changes."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from sorter._native import Region
from sorter.table import RoutingTable, TableFileError
from sorter.table.file_format import SECTION_NAMES
from sorter.table.memory import Memory, available_bytes, copies, hold_file
from tests.table.sources import compiled, parcels_csv

CODES = [f"JJBE{number:05}" for number in range(2000)]
all_ways = pytest.mark.parametrize("memory", ["auto", "mapped", "huge"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Two tables of the same codes: all to NORTH, and all to SOUTH."""
    tables = []
    for name in ("NORTH", "SOUTH"):
        parcels = parcels_csv(dict.fromkeys(CODES, name))
        tables.append(compiled(tmp_path_factory.mktemp(name), parcels=parcels).read_bytes())
    return tables[0], tables[1]


def answers(table: RoutingTable) -> set[int]:
    return set(table.lookup_batch(CODES).tolist())


@all_ways
def test_a_table_that_is_replaced_while_it_is_open_goes_on_answering(
    tmp_path: Path, files: tuple[bytes, bytes], memory: Memory
) -> None:
    path = tmp_path / "table"
    path.write_bytes(files[0])
    with RoutingTable.open(path, memory=memory) as table:
        other = tmp_path / "other"
        other.write_bytes(b"something else")
        other.replace(path)
        assert answers(table) == {0}


@pytest.mark.parametrize("memory", ["auto", "huge"])
def test_a_copy_outlives_what_is_done_to_its_file(
    tmp_path: Path, files: tuple[bytes, bytes], memory: Memory
) -> None:
    path = tmp_path / "table"
    path.write_bytes(files[0])
    with RoutingTable.open(path, memory=memory) as table:
        os.truncate(path, 0)
        path.write_bytes(files[1])
        assert answers(table) == {0}


@all_ways
def test_an_open_meets_one_whole_file_while_files_are_replaced(
    tmp_path: Path, files: tuple[bytes, bytes], memory: Memory
) -> None:
    path, draft = tmp_path / "table", tmp_path / "draft"
    path.write_bytes(files[0])
    done = threading.Event()
    found: list[set[int]] = []
    faults: list[BaseException] = []

    def replace() -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            draft.write_bytes(files[turn % 2])
            draft.replace(path)

    def open_often() -> None:
        try:
            for _ in range(100):
                with RoutingTable.open(path, memory=memory, check_digest=True) as table:
                    found.append(answers(table))
        except Exception as fault:  # noqa: BLE001 - the test reports it
            faults.append(fault)

    writer = threading.Thread(target=replace)
    readers = [threading.Thread(target=open_often) for _ in range(2)]
    for thread in (writer, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    done.set()
    writer.join()
    assert not faults
    assert len(found) == 200
    assert set(map(frozenset, found)) <= {frozenset({0}), frozenset({1})}


@all_ways
def test_holes_in_a_file_are_found(
    tmp_path: Path, files: tuple[bytes, bytes], memory: Memory
) -> None:
    path = tmp_path / "table"
    for start in range(4096, len(files[0]) - 4096, 4096):
        with path.open("wb") as file:
            file.write(files[0][:start])
            file.seek(start + 4096)
            file.write(files[0][start + 4096 :])
        with pytest.raises(TableFileError, match="checksum") as refusal:
            RoutingTable.open(path, memory=memory)
        assert refusal.value.section in SECTION_NAMES


@all_ways
def test_files_that_are_none_are_refused_with_their_path(tmp_path: Path, memory: Memory) -> None:
    empty = tmp_path / "empty.table"
    empty.touch()
    pipe = tmp_path / "pipe.table"
    os.mkfifo(pipe)
    sparse = tmp_path / "sparse.table"
    with sparse.open("wb") as file:
        file.truncate(64 << 20)
    for path in (empty, pipe, sparse, tmp_path):
        with pytest.raises(TableFileError, match=str(path)) as refusal:
            RoutingTable.open(path, memory=memory)
        assert refusal.value.section == "preamble"
    with pytest.raises(FileNotFoundError):
        RoutingTable.open(tmp_path / "missing.table", memory=memory)


def test_a_file_that_shrinks_while_it_is_read_is_refused(
    tmp_path: Path, files: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table"
    path.write_bytes(files[0])
    before = path.stat()
    os.truncate(path, 5000)
    monkeypatch.setattr(os, "fstat", lambda descriptor: before)
    ways: tuple[Memory, Memory] = ("mapped", "huge")
    for memory in ways:
        with pytest.raises(TableFileError, match="changed while it was read: found 5000 bytes"):
            hold_file(path, memory)


def test_a_copy_that_there_is_no_memory_for_is_a_mapping_unless_it_was_asked_for(
    tmp_path: Path, files: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table"
    path.write_bytes(files[0])

    class NoRoom:
        mapped = Region.mapped

        @staticmethod
        def copied(descriptor: int, size: int) -> Region:
            raise MemoryError

    monkeypatch.setattr("sorter.table.memory.Region", NoRoom)
    assert hold_file(path, "auto") == files[0]
    with pytest.raises(MemoryError):
        hold_file(path, "huge")


GIB = 1 << 30


def machine(root: Path, available: int, groups: dict[str, tuple[str, int]] | None = None) -> Path:
    """A root folder that says how much memory there is; groups are name -> (limit, used)."""
    (root / "proc/self").mkdir(parents=True)
    lines = f"MemTotal: 99 kB\nMemAvailable: {available >> 10} kB\nHugePages_Total: 0\n"
    (root / "proc/meminfo").write_text(lines)
    if groups:
        (root / "proc/self/cgroup").write_text(f"4:memory:/old\n0::/{max(groups, key=len)}\n")
    for name, (limit, used) in (groups or {}).items():
        folder = root / "sys/fs/cgroup" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text(f"{used}\n")
        (folder / "memory.stat").write_text("anon 1\ninactive_file 1024\n")
    return root


def test_a_file_is_copied_when_a_quarter_of_the_memory_holds_it(tmp_path: Path) -> None:
    root = machine(tmp_path, 4 * GIB)
    assert copies(GIB, "auto", root)
    assert not copies(GIB + 1, "auto", root)
    assert copies(2 * GIB, "huge", root)
    assert not copies(1, "mapped", root)


def test_a_control_group_can_allow_less_than_the_machine_has(tmp_path: Path) -> None:
    free = ("max", GIB)
    cases = {
        "none": (machine(tmp_path / "none", 4 * GIB, {"a/b": free, "a": free}), 4 * GIB),
        "own": (
            machine(tmp_path / "own", 4 * GIB, {"a/b": (str(2 * GIB), GIB), "a": free}),
            GIB + 1024,
        ),
        "above": (
            machine(tmp_path / "above", 4 * GIB, {"a/b": free, "a": (str(GIB), GIB >> 1)}),
            (GIB >> 1) + 1024,
        ),
        "over": (machine(tmp_path / "over", 4 * GIB, {"a": (str(GIB), 2 * GIB)}), 0),
        "ample": (machine(tmp_path / "ample", 4 * GIB, {"a": (str(9 * GIB), 0)}), 4 * GIB),
    }
    for root, expected in cases.values():
        assert available_bytes(root) == expected


def test_where_nothing_is_known_about_memory_a_file_is_mapped(tmp_path: Path) -> None:
    assert available_bytes(tmp_path) == 0
    assert not copies(1, "auto", tmp_path)
