"""A delta: a small compiled file of changes to a routing table, checked on its own.

What it changes is told by digests, and held against the table when the delta is applied. The file
is copied into memory: its rows are looked at again and again, and are few.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from sorter._native import CodeTable, PrefixChanges
from sorter.table.content import prefix_lists
from sorter.table.delta_head import DeltaHead
from sorter.table.file_format import TableFileError, read_preamble, read_sections
from sorter.table.file_head import read_delta_file_head
from sorter.table.memory import hold_file
from sorter.table.prefix_list import Kind
from sorter.table.rows import OPS, all_rows


class Delta:
    """A delta out of a compiled file. `rows` are its exact rows, `prefixes` its other changes."""

    def __init__(
        self, view: memoryview, *, check_digest: bool = False, path: Path | None = None
    ) -> None:
        """Check a compiled delta that lies in memory. Raises TableFileError."""
        preamble, sections = read_sections(view, "delta", check_digests=check_digest)
        self.path = path
        self.head: DeltaHead = read_delta_file_head(sections["head"])
        self.digest = preamble.digest.hex()
        self.codes = _changed_codes(sections, len(self.head.destinations))
        self.rows = all_rows(self.codes)
        if np.any(self.rows.gone & ((self.rows.destinations > 0) | (self.rows.groups > 0))):
            raise TableFileError("codes", "a row that takes a code away has a destination or group")
        self.prefixes: Mapping[Kind, PrefixChanges] = {
            kind: _changed_prefixes(kind, section, len(self.head.destinations))
            for kind, section in prefix_lists(sections).items()
        }

    @classmethod
    def open(cls, path: Path | str, *, check_digest: bool = False) -> Self:
        """Take in and check the compiled delta at `path`; `check_digest` as for a table.

        Raises TableFileError naming section and reason, OSError, MemoryError.
        """
        path = Path(path)
        try:
            return cls(hold_file(path, "huge"), check_digest=check_digest, path=path)
        except TableFileError as error:
            raise TableFileError(error.section, error.reason, path) from error

    def counts(self) -> dict[str, dict[str, int]]:
        """How many changes there are of each kind (code, barcode, postcode), by operation."""
        ops = {"code": self.rows.ops.tolist()} | {
            kind: [op for _, _, op in changes.entries()] for kind, changes in self.prefixes.items()
        }
        return {
            kind: {name: found.count(number) for number, name in enumerate(OPS, start=1)}
            for kind, found in ops.items()
        }


def is_delta(path: Path) -> bool:
    """Whether this compiled file is a delta, not a table. Raises TableFileError, OSError."""
    try:
        return read_preamble(hold_file(path, "mapped")).kind == "delta"
    except TableFileError as error:
        raise TableFileError(error.section, error.reason, path) from error


def _changed_codes(sections: dict[str, memoryview], destination_count: int) -> CodeTable:
    for kind in ("number", "packed", "text"):
        if len(sections[f"{kind}_lines"]) and not len(sections[f"{kind}_ops"]):
            raise TableFileError(f"{kind}_ops", "a delta's rows must say what they change")
    try:
        return CodeTable(sections, destination_count)
    except ValueError as error:
        raise TableFileError(*error.args) from error


def _changed_prefixes(kind: Kind, section: memoryview, destination_count: int) -> PrefixChanges:
    try:
        return PrefixChanges(section, destination_count)
    except ValueError as error:
        raise TableFileError(f"{kind}_prefixes", str(error)) from error
