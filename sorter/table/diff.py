"""What differs between two tables: keys of the head, and codes and prefixes by where they lead.

Destinations are compared by name, since their numbers differ from table to table.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from sorter.table.content import TableContent
from sorter.table.prefix_list import Kind
from sorter.table.rows import NO_ROW, Rows, rows_in_chunks

_GROUP_SHIFT = 16
_NUMBER = (1 << _GROUP_SHIFT) - 1


SORTS_OF_DIFFERENCE = ("added", "removed", "redestined", "regrouped")


class Difference(msgspec.Struct, frozen=True):
    """One key that differs: its destination before and after, None for none."""

    key: str
    before: str | None
    after: str | None


class Differences(msgspec.Struct, kw_only=True):
    """How many keys of one kind differ, how many are the same, and the first few of each sort.

    `regrouped` codes belong to another parcel and have the same destination; prefixes have none.
    """

    same: int = 0
    added: int = 0
    removed: int = 0
    redestined: int = 0
    regrouped: int = 0
    samples: dict[str, list[Difference]] = msgspec.field(
        default_factory=lambda: {sort: [] for sort in SORTS_OF_DIFFERENCE}
    )

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return any(getattr(self, sort) for sort in SORTS_OF_DIFFERENCE)


class HeadDifferences(msgspec.Struct, kw_only=True):
    """What differs between two heads, revisions aside.

    `changed` has before and after of the keys that differ. Destinations are told by name: how many
    came and went, and the first few of them.
    """

    changed: dict[str, tuple[object, object]]
    destinations_added: int
    destinations_removed: int
    samples: dict[str, list[str]]

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.changed or self.destinations_added or self.destinations_removed)


def diff_heads(old: TableContent, new: TableContent, samples: int) -> HeadDifferences:
    """What differs between the heads, with at most so many destinations of each sort."""
    before, after = old.head, new.head
    keys = ("name", "site", "formats", "home_country")
    pairs = {key: (getattr(before, key), getattr(after, key)) for key in keys}
    names = set(before.destinations), set(after.destinations)
    added = [name for name in after.destinations if name not in names[0]]
    removed = [name for name in before.destinations if name not in names[1]]
    return HeadDifferences(
        changed={key: pair for key, pair in pairs.items() if pair[0] != pair[1]},
        destinations_added=len(added),
        destinations_removed=len(removed),
        samples={"added": added[:samples], "removed": removed[:samples]},
    )


def diff_codes(old: TableContent, new: TableContent, samples: int) -> Differences:
    """What differs among the exact rows, with at most so many samples of each sort."""
    found = Differences()
    names = _Names(old, new)
    for rows in rows_in_chunks(old.codes):
        _compare(rows, new.codes.find_row_batch(rows.codes), names, found, samples)
    found.added = new.row_count - (old.row_count - found.removed)
    _sample_added(old, new, found, min(samples, found.added))
    return found


def diff_prefixes(old: TableContent, new: TableContent, kind: Kind, samples: int) -> Differences:
    """What differs among the prefixes of one kind."""
    before = _named_prefixes(old, kind)
    after = _named_prefixes(new, kind)
    found = Differences()
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if one == other:
            found.same += 1
            continue
        sort = "added" if one is None else "removed" if other is None else "redestined"
        setattr(found, sort, getattr(found, sort) + 1)
        if len(found.samples[sort]) < samples:
            found.samples[sort].append(Difference(key.decode(), one, other))
    return found


class _Names:
    """The destinations of both tables, and for each of the old one's numbers the new one's."""

    def __init__(self, old: TableContent, new: TableContent) -> None:
        self.old = old.head.destinations
        self.new = new.head.destinations
        number_of = {name: number for number, name in enumerate(self.new)}
        self.numbers = np.array([number_of.get(name, NO_ROW) for name in self.old], np.int64)


def _compare(
    rows: Rows, found_rows: NDArray[np.int64], names: _Names, found: Differences, samples: int
) -> None:
    is_there = found_rows != NO_ROW
    goes_there = is_there & (found_rows & _NUMBER == names.numbers[rows.destinations])
    is_same = goes_there & (found_rows >> _GROUP_SHIFT == rows.groups)
    found.same += int(np.count_nonzero(is_same))
    for sort, where in (
        ("removed", ~is_there),
        ("redestined", is_there & ~goes_there),
        ("regrouped", goes_there & ~is_same),
    ):
        numbers = np.flatnonzero(where)
        setattr(found, sort, getattr(found, sort) + len(numbers))
        kept = found.samples[sort]
        for number in numbers[: samples - len(kept)]:
            after = None if sort == "removed" else names.new[found_rows[number] & _NUMBER]
            before = names.old[rows.destinations[number]]
            kept.append(Difference(rows.codes[number].decode(), before, after))


def _sample_added(old: TableContent, new: TableContent, found: Differences, wanted: int) -> None:
    for difference in _added(old, new) if wanted else ():
        found.samples["added"].append(difference)
        if len(found.samples["added"]) == wanted:
            return


def _added(old: TableContent, new: TableContent) -> Iterator[Difference]:
    for rows in rows_in_chunks(new.codes):
        for number in np.flatnonzero(old.codes.find_batch(rows.codes) == NO_ROW):
            name = new.head.destinations[rows.destinations[number]]
            yield Difference(rows.codes[number].decode(), None, name)


def _named_prefixes(content: TableContent, kind: Kind) -> dict[bytes, str]:
    names = content.head.destinations
    return {key: names[number] for key, number in content.prefixes[kind].entries()}
