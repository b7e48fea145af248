"""How a compiled file comes into memory: mapped as it lies on disk, or copied onto huge pages.

A mapping costs no memory of its own and is shared by all processes, but the file then must never
be written in place: a page that changes shows, and one that is cut off ends the process. Files in
the store are only ever replaced. A copy takes memory, and some milliseconds more to open; look-ups
in it are faster, because they wait for fewer address translations, and what happens to the file
cannot hurt it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from sorter._native import Region
from sorter.table.file_format import TableFileError

Memory = Literal["auto", "mapped", "huge"]
"""`mapped`, `huge` for a copy on huge pages, or `auto` for what `copies` says."""

SHARE_OF_AVAILABLE = 4
"""One table takes at most this part of the memory to be had: activating needs room for a second."""

_CONTROL_GROUPS = Path("sys/fs/cgroup")


def hold_file(path: Path, memory: Memory = "auto") -> memoryview:
    """A compiled file's bytes, read-only, which stay in memory as long as the view lives.

    Raises TableFileError when the file can hold no table, OSError, MemoryError, and ValueError for
    a `memory` that is none.
    """
    if memory not in get_args(Memory):
        raise ValueError(f"memory is one of {', '.join(get_args(Memory))}, not {memory!r}")
    # Without O_NONBLOCK a named pipe would keep us waiting for somebody to write.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise TableFileError("preamble", "this is no regular file")
        if status.st_size == 0:
            raise TableFileError("preamble", "the file is empty")
        return memoryview(_region(descriptor, status.st_size, memory))
    except ValueError as error:
        if isinstance(error, TableFileError):
            raise
        raise TableFileError("preamble", f"it changed while it was read: {error}") from error
    finally:
        os.close(descriptor)


def _region(descriptor: int, size: int, memory: Memory) -> Region:
    if copies(size, memory):
        try:
            return Region.copied(descriptor, size)
        except MemoryError:
            # A limit that the rule knows nothing of, like one on the address space.
            if memory == "huge":
                raise
    return Region.mapped(descriptor, size)


def copies(size: int, memory: Memory, root: Path = Path("/")) -> bool:
    """Whether a file of `size` bytes is copied: `auto` does when a quarter of the memory holds it.

    `root` is where `proc` and `sys` are.
    """
    if memory == "auto":
        return size * SHARE_OF_AVAILABLE <= available_bytes(root)
    return memory == "huge"


def available_bytes(root: Path = Path("/")) -> int:
    """The memory this process can take without anything being swapped or killed; 0 if unknown.

    That is `MemAvailable`, or less where a control group (version 2) that it is in allows less.
    """
    machine = _numbers(root / "proc/meminfo").get("MemAvailable:")
    if machine is None:
        return 0
    return max(0, min([machine * 1024, *_left_in_groups(root)]))


def _left_in_groups(root: Path) -> Iterator[int]:
    top = root / _CONTROL_GROUPS
    for line in _lines(root / "proc/self/cgroup"):
        number, _, path = line.partition("::")
        if number != "0":
            continue
        group = top / path.strip().lstrip("/")
        for folder in (group, *group.parents):
            limit = "".join(_lines(folder / "memory.max")).strip()
            used = "".join(_lines(folder / "memory.current")).strip()
            if limit.isdecimal() and used.isdecimal():
                # Files that were read and are not in use give way.
                droppable = _numbers(folder / "memory.stat").get("inactive_file", 0)
                yield int(limit) - int(used) + droppable
            if folder == top:
                break


def _numbers(path: Path) -> dict[str, int]:
    """The lines of a file that are a name and a whole number, with or without a unit behind it."""
    rows = [line.split() for line in _lines(path)]
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdecimal()}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except OSError:
        # Not every machine has it: no limit is known then.
        return []
