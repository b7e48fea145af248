"""What a routing table answers from: a compiled table, or one with its deltas laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sorter._native import CodeTable, PrefixTable
from sorter.table.aside import begin_aside
from sorter.table.file_format import TableFileError
from sorter.table.head import TableHead
from sorter.table.prefix_list import Kind

if TYPE_CHECKING:
    from typing_extensions import Buffer

_LEAST_BYTES_ASIDE = 1 << 17
"""Prefixes in shorter lists are put in order sooner than a thread begins."""


@dataclass(frozen=True, slots=True)
class TableContent:
    """All of one table, checked.

    `digest` is that of the last delta, or of the base, whose own digest is `base`; `head` is the
    base's with the revision and destinations that the deltas give it. `prefix_lists` are the
    sections that `prefixes` were built from.
    """

    head: TableHead
    base: str
    digest: str
    row_count: int
    codes: CodeTable
    prefixes: Mapping[Kind, PrefixTable]
    prefix_lists: Mapping[Kind, Buffer]

    def close(self) -> None:
        """Let go of everything; answers that are being given still come from it."""
        self.codes.close()
        for prefixes in self.prefixes.values():
            prefixes.close()


def check_content(sections: dict[str, memoryview], head: TableHead, digest: str) -> TableContent:
    """The content of a compiled table, out of its sections. Raises TableFileError."""
    lists = prefix_lists(sections)

    def prefix_tables() -> dict[Kind, PrefixTable]:
        return {kind: prefix_table(kind, lists[kind], head) for kind in lists}

    many = sum(map(len, lists.values())) >= _LEAST_BYTES_ASIDE
    prefixes = begin_aside(prefix_tables) if many else prefix_tables
    codes = _code_table(sections, head)
    return TableContent(head, digest, digest, len(codes), codes, prefixes(), lists)


def _code_table(sections: dict[str, memoryview], head: TableHead) -> CodeTable:
    try:
        codes = CodeTable(sections, len(head.destinations))
    except ValueError as error:
        raise TableFileError(*error.args) from error
    for name in ("number_ops", "packed_ops", "text_ops"):
        if len(sections[name]):
            raise TableFileError(name, "a table's rows change nothing and have no operations")
    return codes


def prefix_lists(sections: dict[str, memoryview]) -> dict[Kind, memoryview]:
    """The sections of prefixes by kind."""
    return {
        "barcode": sections["barcode_prefixes"],
        "postcode": sections["postcode_prefixes"],
    }


def prefix_table(kind: Kind, section: Buffer, head: TableHead) -> PrefixTable:
    """The prefixes of one kind. Raises TableFileError."""
    try:
        return PrefixTable(section, len(head.destinations))
    except ValueError as error:
        raise TableFileError(f"{kind}_prefixes", str(error)) from error
