"""A source's files may be packed: the same rows, and words for what can't be unpacked."""

from __future__ import annotations

import builtins
import gzip
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from sorter.table import RoutingTable, compile_table, read_source, source_bytes
from tests.table.sources import problems_of, write_source

PARCELS = "barcode,destination\nA1,NORTH\nB2,SOUTH\n"
MANY = "barcode,destination\n" + "".join(f"A{number},NORTH\n" for number in range(200_000))

Pack = Callable[[bytes], bytes]
packings = pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd.compress)], ids=["gzip", "zstd"]
)


def said(folder: Path) -> list[tuple[str, int | None, str, str]]:
    """File, row, severity and what was found."""
    return [(one.file, one.row, one.severity, one.found) for one in problems_of(folder)]


@packings
def test_packed_files_mean_what_they_hold(tmp_path: Path, suffix: str, pack: Pack) -> None:
    source = write_source(tmp_path / "source")
    contents = {
        "parcels.csv": PARCELS,
        "prefixes.csv": "kind,prefix,destination\npostcode,BE,EAST\npostcode,BE,EAST\n",
        "ranges.csv": "kind,first,last,destination\nbarcode,10,19,CUSTOMS\n",
    }
    for name, content in contents.items():
        (source / f"{name}{suffix}").write_bytes(pack(content.encode()))
    steps: list[int] = []
    read = read_source(source, steps.append)
    assert sum(steps) == source_bytes(source) > 0
    assert [one.file for one in read.problems.kept] == [f"prefixes.csv{suffix}"]
    compile_table(read, tmp_path / "a.table")
    with RoutingTable.open(tmp_path / "a.table") as table:
        assert [table.lookup(code) for code in ("A1", "B2", "C3")] == [0, 1, -1]
        assert table.longest_barcode("15")[0] == 3


@packings
def test_streams_one_after_the_other_are_one_file(tmp_path: Path, suffix: str, pack: Pack) -> None:
    source = write_source(tmp_path)
    lines = PARCELS.encode().splitlines(keepends=True)
    packed = b"".join(map(pack, [*lines, b""])) + b"\0" * 300_000
    (source / f"parcels.csv{suffix}").write_bytes(packed)
    assert len(read_source(source).parcels) == 2


@packings
@pytest.mark.parametrize("size", [0, 3, 20, -1])
def test_a_cut_file_is_an_error_that_names_the_row_that_was_reached(
    tmp_path: Path, suffix: str, pack: Pack, size: int
) -> None:
    source = write_source(tmp_path)
    (source / f"parcels.csv{suffix}").write_bytes(pack(MANY.encode())[:size])
    ((file, row, severity, found),) = said(source)
    assert (file, severity) == (f"parcels.csv{suffix}", "error")
    assert found == "packed content that ends too early"
    assert (row is not None and row > 1) == (size < 0)


@packings
def test_a_damaged_file_is_an_error(tmp_path: Path, suffix: str, pack: Pack) -> None:
    source = write_source(tmp_path)
    packed = bytearray(pack(MANY.encode()))
    middle = len(packed) // 2
    packed[middle : middle + 5000] = bytes(5000)
    (source / f"parcels.csv{suffix}").write_bytes(packed)
    (error,) = [one for one in problems_of(source) if one.expected == f"a whole {suffix} file"]
    assert error.severity == "error"
    assert error.row is not None


@packings
def test_what_is_packed_in_name_only_is_an_error(tmp_path: Path, suffix: str, pack: Pack) -> None:
    source = write_source(tmp_path)
    (source / f"parcels.csv{suffix}").write_text(PARCELS)
    ((_, row, severity, found),) = said(source)
    assert (row, severity) == (None, "error")
    assert found.startswith("damaged packed content (")


@packings
def test_a_bomb_is_read_in_bounded_memory(tmp_path: Path, suffix: str, pack: Pack) -> None:
    source = write_source(tmp_path)
    bomb = pack(PARCELS.encode()) + pack(b"\0" * (1 << 26)) * 16
    (source / f"parcels.csv{suffix}").write_bytes(bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ((_, row, _, found),) = said(source)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (row, found) == (4, f"a line of {1 << 30} bytes")
    assert after - before < 64 << 10


def test_a_zstd_file_that_wants_a_large_window_is_refused(tmp_path: Path) -> None:
    source = write_source(tmp_path)
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 28}
    packer = zstd.ZstdCompressor(options=options)
    packed = packer.compress(PARCELS.encode() * 10) + packer.flush()
    (source / "parcels.csv.zst").write_bytes(packed)
    ((_, _, severity, found),) = said(source)
    assert severity == "error"
    assert "memory" in found


def test_two_files_for_one_part_are_an_error_by_name(tmp_path: Path) -> None:
    source = write_source(tmp_path, parcels=PARCELS)
    (source / "parcels.csv.gz").write_bytes(gzip.compress(PARCELS.encode()))
    assert said(source) == [("parcels.csv.gz", None, "error", "parcels.csv beside it")]


def test_files_packed_in_other_ways_are_warned_about(tmp_path: Path) -> None:
    source = write_source(tmp_path, parcels=PARCELS)
    for name in ("prefixes.csv.xz", "Parcels.csv.gz", "parcel.csv.zst", "notes.gz"):
        (source / name).write_bytes(b"")
    strangers = ["Parcels.csv.gz", "parcel.csv.zst", "prefixes.csv.xz"]
    assert said(source) == [(name, None, "warning", "an unknown file") for name in strangers]


def test_without_a_library_for_zstd_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_import = builtins.__import__

    def refuse_zstd(name: str, *arguments: Any, **keywords: Any) -> Any:
        if "zstd" in name:
            raise ImportError(name)
        return real_import(name, *arguments, **keywords)

    source = write_source(tmp_path)
    (source / "parcels.csv.zst").write_bytes(zstd.compress(PARCELS.encode()))
    (source / "prefixes.csv.gz").write_bytes(gzip.compress(b"kind,prefix,destination\n"))
    for name in [name for name in sys.modules if "zstd" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", refuse_zstd)
    (problem,) = problems_of(source)
    assert (problem.file, problem.row, problem.severity) == ("parcels.csv.zst", None, "error")
    assert "sorter[build]" in problem.expected
