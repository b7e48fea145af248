"""The numbers of destinations by name, as rows ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sorter.table.head import MAX_DESTINATIONS
from sorter.table.problems import Problems, shown

NumberOf = Callable[[bytes], int | None]
"""The number of a row's destination, None when it is not one of the table's."""


def numbering(names: Sequence[str] | None) -> NumberOf:
    """Numbers by the table's list of names.

    Without a list no name is judged, but rows are still told apart by theirs, so that one run
    finds a code that has two destinations even when the head is no good.
    """
    if names is None:
        return _AsTheyCome().__getitem__
    return {name.encode(): number for number, name in enumerate(names)}.get


def report_destination(file: str, row: int, destination: bytes, problems: Problems) -> None:
    """A row's destination is not one of the table's."""
    problems.add(
        file, row, "destination", shown(destination), "one of the destinations in table.toml"
    )


class _AsTheyCome(dict[bytes, int]):
    """Each new name gets the next number; the last one is for all that are too many."""

    def __missing__(self, name: bytes) -> int:
        number = min(len(self), MAX_DESTINATIONS - 1)
        if len(self) < MAX_DESTINATIONS:
            self[name] = number
        return number
