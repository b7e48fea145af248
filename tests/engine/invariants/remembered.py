"""All that an engine remembers, as plain values that can be compared and counted."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import msgspec

from sorter.engine.line import Line

# The moment of the last event, what is fixed, and what only saves looking.
_LEFT_OUT = frozenset(
    {"count", "time_ns", "_now_ns", "quiet_until", "layout", "_layout", "bind", "plan", "_said"}
)
_PLAIN = (int, str, bool, type(None), Enum)


def remembered(line: Line) -> list[object]:
    """Every value that the line holds, in the order in which it is reached."""
    return list(_values(line, set()))


def _values(part: object, seen: set[int]) -> Iterator[object]:
    if isinstance(part, _PLAIN):
        yield part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield key
            yield from _values(value, seen)
    elif isinstance(part, list | tuple | set | frozenset):
        for value in part:
            yield from _values(value, seen)
    elif id(part) not in seen and not callable(part):
        seen.add(id(part))
        for name in _names(part):
            if name not in _LEFT_OUT:
                yield from _values(getattr(part, name), seen)


def _names(part: object) -> tuple[str, ...]:
    if isinstance(part, msgspec.Struct):
        return part.__struct_fields__
    return (*getattr(part, "__slots__", ()), *getattr(part, "__dict__", ()))
