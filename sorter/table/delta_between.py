"""Makes the delta that turns one table into another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sorter._native import RowSorter
from sorter.table.compile import write_compiled
from sorter.table.content import TableContent
from sorter.table.delta_head import DeltaHead
from sorter.table.delta_source import Changes, DeltaSource
from sorter.table.head import MAX_DESTINATIONS
from sorter.table.prefix_list import KINDS, Kind, change_list
from sorter.table.problems import Problems
from sorter.table.rows import ADD, DELETE, NO_ROW, REPLACE, rows_in_chunks


class UnlikeTablesError(ValueError):
    """There can be no delta between two tables; why not."""


def compile_delta(source: DeltaSource, path: Path) -> str:
    """Write the compiled delta, as `compile_table` writes a table. Raises OSError, MemoryError."""
    lists = [change_list(source.prefixes[kind]) for kind in KINDS]
    return write_compiled(path, "delta", source.head, source.rows, lists)


def delta_between(old: TableContent, new: TableContent) -> DeltaSource:
    """The delta over `old`, and the deltas it has, that gives the answers of `new`.

    Raises UnlikeTablesError when a delta can't say what differs, MemoryError.
    """
    _refuse_unlike(old, new)
    names, numbers = _numbered(old.head.destinations, new.head.destinations)
    head = DeltaHead(
        name=old.head.name,
        site=old.head.site,
        revision=new.head.revision,
        base=old.base,
        parent=old.digest,
        destinations=names,
    )
    rows = RowSorter(delta=True)
    _add_changed(rows, old, new, numbers)
    _add_deleted(rows, old, new)
    rows.sort()
    prefixes: dict[str, Changes] = {
        kind: _changed_prefixes(old, new, kind, numbers) for kind in old.prefixes
    }
    return DeltaSource(head, rows, prefixes, Problems())


def _refuse_unlike(old: TableContent, new: TableContent) -> None:
    for key in ("name", "site", "formats", "home_country"):
        found, wanted = getattr(new.head, key), getattr(old.head, key)
        if found != wanted:
            raise UnlikeTablesError(
                f"{key}: found {found}, expected {wanted}: a delta can't change it; "
                "send the whole table"
            )
    if new.head.revision <= old.head.revision:
        raise UnlikeTablesError(
            f"revision: found {new.head.revision}, expected more than {old.head.revision}"
        )


def _numbered(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.uint16]]:
    """The delta's destinations, new ones after the old, and its number for each of the new."""
    number_of = {name: number for number, name in enumerate(old)}
    numbers = [number_of.setdefault(name, len(number_of)) for name in new]
    if len(number_of) > MAX_DESTINATIONS:
        raise UnlikeTablesError(
            f"destinations: {len(number_of)} in both tables together, of at most "
            f"{MAX_DESTINATIONS}; send the whole table"
        )
    return tuple(number_of), np.array(numbers, np.uint16)


def _add_changed(
    rows: RowSorter, old: TableContent, new: TableContent, numbers: NDArray[np.uint16]
) -> None:
    for chunk in rows_in_chunks(new.codes):
        destinations = numbers[chunk.destinations]
        found = old.codes.find_row_batch(chunk.codes)
        same = found == destinations | chunk.groups.astype(np.int64) << 16
        ops = np.where(found == NO_ROW, ADD, REPLACE).astype(np.uint8)
        rows.add_batch(
            chunk.codes[~same], destinations[~same], chunk.groups[~same], ops[~same], len(rows)
        )


def _add_deleted(rows: RowSorter, old: TableContent, new: TableContent) -> None:
    for chunk in rows_in_chunks(old.codes):
        gone = chunk.codes[new.codes.find_batch(chunk.codes) == NO_ROW]
        count = len(gone)
        rows.add_batch(
            gone, np.zeros(count, np.uint16), None, np.full(count, DELETE, np.uint8), len(rows)
        )


def _changed_prefixes(
    old: TableContent, new: TableContent, kind: Kind, numbers: NDArray[np.uint16]
) -> Changes:
    before = dict(old.prefixes[kind].entries())
    after = {key: int(numbers[number]) for key, number in new.prefixes[kind].entries()}
    changes = {
        key: (number, REPLACE if key in before else ADD)
        for key, number in after.items()
        if before.get(key) != number
    }
    return changes | {key: (0, DELETE) for key in before if key not in after}
