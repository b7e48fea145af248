"""A memory limit that counts the page cache too: a control group of its own for one command.

For both versions of control groups, where this user may make one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_ROOT = Path("/sys/fs/cgroup")


class Files(NamedTuple):
    """The files of one version of control groups that count here."""

    limit: str
    swap_limit: str
    swap_counts_memory: bool
    peak: str


_FIRST = Files(
    "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", True, "memory.max_usage_in_bytes"
)
_SECOND = Files("memory.max", "memory.swap.max", False, "memory.peak")


@dataclass(frozen=True, slots=True)
class LimitedGroup:
    """A control group with a limit; empty until a process enters it."""

    folder: Path
    files: Files

    def wrapped(self, command: Sequence[str]) -> list[str]:
        """The command that enters the group and then becomes `command`."""
        enter = 'echo $$ >"$0" && exec "$@"'
        return ["sh", "-c", enter, str(self.folder / "cgroup.procs"), *command]

    def peak(self) -> int:
        """The most bytes that were ever in use in the group."""
        return int((self.folder / self.files.peak).read_text())

    def remove(self) -> None:
        """Take the group away; nobody may be in it any more."""
        self.folder.rmdir()


def limited_group(limit: int) -> LimitedGroup | None:
    """A new control group with `limit` bytes and no swap, or None where none can be made."""
    found = _own_group()
    if found is None:
        return None
    folder, files = found
    group = LimitedGroup(folder / f"sorter-{os.getpid()}", files)
    try:
        group.folder.mkdir()
    except OSError:
        return None
    try:
        (group.folder / files.limit).write_text(str(limit))
        swap = limit if files.swap_counts_memory else 0
        with suppress(FileNotFoundError):  # where swap is not counted
            (group.folder / files.swap_limit).write_text(str(swap))
    except OSError:
        group.remove()
        return None
    return group


def _own_group() -> tuple[Path, Files] | None:
    """The folder of the group that counts this program's memory."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except FileNotFoundError:
        return None
    groups = {name: path.lstrip("/") for _, name, path in (line.split(":", 2) for line in lines)}
    for names, path in groups.items():
        if "memory" in names.split(","):
            return _ROOT / "memory" / path, _FIRST
    if "" in groups and (_ROOT / groups[""] / "memory.max").exists():
        return _ROOT / groups[""], _SECOND
    return None
