"""Lays deltas over a table: checks that they are the ones made for it, and answers from both.

All deltas become one overlay that is asked before the table, so that a look-up costs the same
however many there are. A delta is refused when the chain is broken, or when a row of it does not
fit: adding what is there, or replacing or deleting what is not, means that it was made for
something else. What expires need not be there any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from sorter._native import CodeTable, CrowdedError, PrefixTable, RowSorter
from sorter.table.content import TableContent, prefix_table
from sorter.table.delta import Delta
from sorter.table.file_format import TableFileError
from sorter.table.head import TableHead
from sorter.table.prefix_list import Kind
from sorter.table.problems import shown
from sorter.table.rows import ADD, DELETE, EXPIRE, NO_ROW, OPS, REPLACE, all_rows

if TYPE_CHECKING:
    from typing_extensions import Buffer

_SHOWN_MISFITS = 3
_SHOWN_DIGITS = 12
_OP_SHIFT = 48
_MOST_ATTEMPTS = 64


class DeltaMisfitError(TableFileError):
    """A delta is sound, and made for something else than what it is laid over."""

    expected = "a delta made for this table, with all before it"
    remedy = "name the deltas that were made for this table, in their order"


def apply_deltas(content: TableContent, deltas: Sequence[Delta]) -> TableContent:
    """The content with deltas, in this order, laid over it; what they leave alone is shared.

    Raises DeltaMisfitError naming the delta that does not fit, ValueError when there is none,
    MemoryError.
    """
    if not deltas:
        raise ValueError("there is no delta to lay over this table")
    head, digest, count = content.head, content.digest, content.row_count
    lists = dict(content.prefix_lists)
    for number, delta in enumerate(deltas):
        _refuse_unless_next(head, content.base, digest, delta)
        is_there = _is_there(content.codes, deltas[:number], delta.rows.codes)
        _refuse_misfits(delta, is_there)
        for kind, section in lists.items():
            lists[kind] = _merged(delta, kind, section, len(head.destinations))
        ops = delta.rows.ops
        removed = (ops == DELETE) | (ops == EXPIRE) & is_there
        count += int(np.count_nonzero(ops == ADD)) - int(np.count_nonzero(removed))
        head = msgspec.structs.replace(
            head, revision=delta.head.revision, destinations=delta.head.destinations
        )
        digest = delta.digest
    return TableContent(
        head,
        content.base,
        digest,
        count,
        _overlaid(content.codes, deltas, len(head.destinations)),
        {kind: _prefixes(content, kind, lists[kind], head) for kind in lists},
        lists,
    )


def _refuse_unless_next(head: TableHead, base: str, digest: str, delta: Delta) -> None:
    """A delta must be the next one in its chain."""
    found = delta.head
    faults = [
        (key, getattr(found, key), wanted)
        for key, wanted in (("name", head.name), ("site", head.site))
        if getattr(found, key) != wanted
    ]
    faults += [
        (key, f"{getattr(found, key)[:_SHOWN_DIGITS]}...", f"{wanted[:_SHOWN_DIGITS]}...")
        for key, wanted in (("base", base), ("parent", digest))
        if getattr(found, key) != wanted
    ]
    if found.revision <= head.revision:
        faults.append(("revision", f"{found.revision}", f"more than {head.revision}"))
    if found.destinations[: len(head.destinations)] != head.destinations:
        faults.append(("destinations", "others", "those of what it changes, new ones after them"))
    for key, value, wanted in faults:
        reason = f"it is not made for what it is laid over: {key}: found {value}, expected {wanted}"
        raise DeltaMisfitError("head", reason, delta.path)


def _is_there(
    codes: CodeTable, earlier: Sequence[Delta], wanted: NDArray[np.bytes_]
) -> NDArray[np.bool_]:
    """Which codes are rows of the table with the earlier deltas laid over it."""
    is_there: NDArray[np.bool_] = codes.find_batch(wanted) != NO_ROW
    for delta in earlier:
        found = delta.codes.find_row_batch(wanted)
        is_there = np.where(found == NO_ROW, is_there, found >> _OP_SHIFT < DELETE)
    return is_there


def _refuse_misfits(delta: Delta, is_there: NDArray[np.bool_]) -> None:
    ops = delta.rows.ops
    misfit = (ops == ADD) & is_there | ((ops == REPLACE) | (ops == DELETE)) & ~is_there
    numbers = np.flatnonzero(misfit)
    if len(numbers):
        first = sorted((delta.rows.codes[number], ops[number]) for number in numbers[:64])
        raise _misfits("codes", len(numbers), first, delta)


def _misfits(
    section: str, count: int, first: Sequence[tuple[bytes, int]], delta: Delta
) -> DeltaMisfitError:
    samples = [
        f"{OPS[op - 1]} {shown(key)}, which is {'there already' if op == ADD else 'not there'}"
        for key, op in first[:_SHOWN_MISFITS]
    ]
    more = "; ..." if count > len(samples) else ""
    reason = f"{count} of its changes don't fit the table: {'; '.join(samples)}{more}"
    return DeltaMisfitError(section, reason, delta.path)


def _overlaid(codes: CodeTable, deltas: Sequence[Delta], destination_count: int) -> CodeTable:
    """The codes under one overlay of all deltas, of which the last that names a code counts."""
    layers = [] if codes.overlay is None else [all_rows(codes.overlay)]
    layers += [delta.rows for delta in deltas]
    if len(layers) == 1:
        return codes.overlaid(deltas[0].codes)
    sorter = RowSorter(delta=True)
    first = 0
    # Of two rows with one code the sorter keeps the one that comes first.
    for rows in reversed(layers):
        sorter.add_batch(*rows, first)
        first += len(rows.codes)
    sorter.sort()
    return codes.overlaid(CodeTable(_laid_out(sorter), destination_count))


def _laid_out(sorter: RowSorter) -> dict[str, Any]:
    for attempt in range(1, _MOST_ATTEMPTS):
        try:
            return {name: b"".join(chunks) for name, chunks in sorter.sections()}
        except CrowdedError:
            sorter.sort(attempt)
    raise ValueError(f"no seed of {_MOST_ATTEMPTS} spreads these {len(sorter)} codes")


def _merged(delta: Delta, kind: Kind, section: Buffer, destination_count: int) -> Buffer:
    changes = delta.prefixes[kind]
    if not len(changes):
        return section
    merged, misfits = changes.merged(section, destination_count)
    if misfits:
        entries = changes.entries()
        first = [(entries[number][0], entries[number][2]) for number in misfits[:_SHOWN_MISFITS]]
        raise _misfits(f"{kind}_prefixes", len(misfits), first, delta)
    return merged


def _prefixes(content: TableContent, kind: Kind, section: Buffer, head: TableHead) -> PrefixTable:
    if section is content.prefix_lists[kind]:
        return content.prefixes[kind].shared()
    return prefix_table(kind, section, head)
