"""The bytes of a file in memory: whole, read-only, and there as long as anything looks at them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import c_char
from pathlib import Path

import numpy as np
import pytest

from sorter._native import Region

MIB = 1 << 20
Taken = Callable[[int, int], Region]
both = pytest.mark.parametrize("take", [Region.mapped, Region.copied])


@contextmanager
def opened(path: Path, flags: int = os.O_RDONLY) -> Iterator[int]:
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def taken(take: Taken, path: Path, size: int | None = None) -> Region:
    with opened(path) as descriptor:
        return take(descriptor, path.stat().st_size if size is None else size)


def file_of(folder: Path, size: int) -> Path:
    path = folder / f"{size}.bytes"
    path.write_bytes(random.Random(size).randbytes(size))
    return path


@both
@pytest.mark.parametrize(
    "size", [1, 4095, 4096, 4097, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 7 * MIB + 12345]
)
def test_a_region_is_the_file(tmp_path: Path, take: Taken, size: int) -> None:
    path = file_of(tmp_path, size)
    region = taken(take, path)
    assert len(region) == size
    assert memoryview(region) == path.read_bytes()


@both
def test_the_first_bytes_of_a_file_are_a_region_too(tmp_path: Path, take: Taken) -> None:
    path = file_of(tmp_path, 10_000)
    assert memoryview(taken(take, path, 5_000)) == path.read_bytes()[:5_000]


@both
@pytest.mark.parametrize("found", [MIB, 3 * MIB, 5 * MIB])
def test_a_file_that_is_cut_short_in_either_half_is_refused(
    tmp_path: Path, take: Taken, found: int
) -> None:
    path = file_of(tmp_path, found)
    with pytest.raises(ValueError, match=f"found {found} bytes, expected {6 * MIB}"):
        taken(take, path, 6 * MIB)


@both
def test_nobody_can_write_into_a_region(tmp_path: Path, take: Taken) -> None:
    region = taken(take, file_of(tmp_path, 5_000))
    assert memoryview(region).readonly
    with pytest.raises(TypeError, match="not writable"):
        (c_char * 5_000).from_buffer(region)


@both
def test_a_view_keeps_the_memory(tmp_path: Path, take: Taken) -> None:
    path = file_of(tmp_path, 3 * MIB)
    part = np.frombuffer(memoryview(taken(take, path))[MIB : 2 * MIB], "<u4")
    path.unlink()
    file_of(tmp_path, 3 * MIB)
    assert part.tobytes() == path.read_bytes()[MIB : 2 * MIB]


def test_the_mapping_goes_with_the_last_view(tmp_path: Path) -> None:
    path = file_of(tmp_path, 5_000)
    view: memoryview | None = memoryview(taken(Region.mapped, path))
    assert str(path) in Path("/proc/self/maps").read_text()
    assert view is not None
    view = None
    assert str(path) not in Path("/proc/self/maps").read_text()


def test_copies_give_their_memory_back(tmp_path: Path) -> None:
    path = file_of(tmp_path, 5 * MIB)
    before = address_space()
    for _ in range(100):
        taken(Region.copied, path)
    assert address_space() - before < 100 * MIB


def address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")


def test_a_copy_begins_where_a_huge_page_does(tmp_path: Path) -> None:
    path = file_of(tmp_path, 2 * MIB + 1)
    regions = [taken(Region.copied, path) for _ in range(5)]
    for region in regions:
        assert np.frombuffer(memoryview(region), "u1").ctypes.data % (2 * MIB) == 0


def test_a_mapping_is_the_file_itself_and_a_copy_is_not(tmp_path: Path) -> None:
    path = file_of(tmp_path, 5_000)
    mapped, copied = memoryview(taken(Region.mapped, path)), taken(Region.copied, path)
    before = bytes(mapped)
    with path.open("r+b") as file:
        file.write(b"changed")
    assert bytes(mapped) == b"changed" + before[7:]
    os.truncate(path, 0)
    assert memoryview(copied) == before


@both
def test_a_file_that_is_too_short_is_refused_with_both_figures(tmp_path: Path, take: Taken) -> None:
    with pytest.raises(ValueError, match="found 5000 bytes, expected 5001"):
        taken(take, file_of(tmp_path, 5_000), 5_001)


@both
def test_what_can_be_no_region_is_refused(tmp_path: Path, take: Taken) -> None:
    path = file_of(tmp_path, 10)
    with pytest.raises(ValueError, match="0 bytes"):
        taken(take, path, 0)
    with pytest.raises(OverflowError):
        taken(take, path, -1)
    with opened(path, os.O_WRONLY) as descriptor, pytest.raises(OSError, match=r"denied|Bad"):
        take(descriptor, 10)
    with pytest.raises(OSError, match="Bad file descriptor"):
        take(-1, 10)


def test_more_than_there_can_be_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, 10)
    for size in (2**62, 2**63, 2**64 - 1):
        with pytest.raises(MemoryError):
            taken(Region.copied, path, size)
        with pytest.raises(ValueError, match=f"expected {size}"):
            taken(Region.mapped, path, size)


def test_a_region_comes_from_a_file_only() -> None:
    with pytest.raises(TypeError, match=r"Region\.mapped or Region\.copied"):
        Region()
