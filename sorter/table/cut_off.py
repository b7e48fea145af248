"""What a plan says of a departure: until when a destination's chutes serve it, and what then.

`cut_off` and `reopens` are local times of the box, `after_cut_off` the chutes in between. A
departure closes every day at the same time; its next one opens at `reopens`, which may be past
midnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sorter.table.head import name_fault
from sorter.table.problems import shown
from sorter.table.toml_file import KeyFault, repr_of

CHUTES_EXPECTED = "a list of 1 to 512 chute names"
_MAX_CHUTES = 512
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_TIME_EXPECTED = 'a local time from "00:00" to "23:59"'
_TOGETHER = ("cut_off", "reopens", "after_cut_off")


def cut_off_faults(key: str, entry: dict[str, Any]) -> Iterator[KeyFault]:
    """Everything that is wrong with the departure of one destination."""
    given = [part for part in _TOGETHER if part in entry]
    if not given:
        return
    for part in _TOGETHER:
        if part not in entry:
            yield KeyFault(f"{key}.{part}", "nothing", f"a value, since {given[0]} has one")
    for part in ("cut_off", "reopens"):
        if part in entry and not _is_time(entry[part]):
            yield KeyFault(f"{key}.{part}", repr_of(entry[part]), _TIME_EXPECTED)
    if "reopens" in entry and entry["reopens"] == entry.get("cut_off"):
        yield KeyFault(f"{key}.reopens", repr_of(entry["reopens"]), "another time than cut_off")
    if "after_cut_off" in entry:
        if entry["after_cut_off"]:
            yield from chute_faults(f"{key}.after_cut_off", entry["after_cut_off"])
        else:
            found = repr_of(entry["after_cut_off"])
            yield KeyFault(f"{key}.after_cut_off", found, CHUTES_EXPECTED)


def chute_faults(key: str, chutes: object) -> Iterator[KeyFault]:
    """Everything that is wrong with a list of chutes."""
    if not isinstance(chutes, list | tuple) or len(chutes) > _MAX_CHUTES:
        yield KeyFault(key, repr_of(chutes), CHUTES_EXPECTED)
        return
    for number, chute in enumerate(chutes):
        if fault := name_fault(chute):
            yield KeyFault(key, *fault)
        elif chute in chutes[:number]:
            yield KeyFault(key, f"{shown(chute)} twice", "each chute once")


def _is_time(value: object) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None
