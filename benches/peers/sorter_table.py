"""This project's table as the benches ask it: by its public face, in huge or in 4 KiB pages."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from benches.goals import HUGE, SMALL
from sorter.table import RoutingTable

CONTENDERS = (HUGE, SMALL)
SETTINGS = {
    HUGE: "open(memory=huge), a resident copy; a batch is an array of bytes, out given",
    SMALL: "open(memory=mapped), the file; a batch is an array of bytes, out given",
}
_MEMORY: dict[str, Literal["huge", "mapped"]] = {HUGE: "huge", SMALL: "mapped"}


def opened(path: Path, who: str) -> RoutingTable:
    """The table in the memory that `who` stands for."""
    return RoutingTable.open(path, memory=_MEMORY[who])
