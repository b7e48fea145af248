"""This project's table as the benches ask it: by its public face, in huge or in 4 KiB pages."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from benches.goals import HUGE, SMALL
from sorter.table import RoutingTable

MEMORY = {HUGE: "huge", SMALL: "mapped"}
SETTINGS = {
    HUGE: "open(memory=huge), a resident copy; a batch is an array of bytes, out given",
    SMALL: "open(memory=mapped), the file; a batch is an array of bytes, out given",
}
_CHOOSES = "memory" in inspect.signature(RoutingTable.open).parameters
CONTENDERS = (HUGE, SMALL) if _CHOOSES else (SMALL,)


def opened(path: Path, who: str) -> RoutingTable:
    """The table in the memory that `who` stands for."""
    options: dict[str, Any] = {"memory": MEMORY[who]} if _CHOOSES else {}
    return RoutingTable.open(path, **options)
