"""The routing table in use: a compiled file, mapped and checked, that answers for codes.

Nothing is answered before everything in the file has been checked. The file stays in memory until
the last answer is given, whatever is closed or put in its place meanwhile. While it is mapped, not
copied, it must not be written to: files in the store never are, a new table is a new file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from sorter._native import ArrowCodes, PrefixFinder, PrefixMatch
from sorter.engine.labels import Label, LabelReader
from sorter.table.content import TableContent, check_content
from sorter.table.decide import Decision, decide, decide_batch
from sorter.table.delta import Delta
from sorter.table.file_format import TableFileError, sections_read
from sorter.table.file_head import read_file_head
from sorter.table.memory import Memory, hold_file
from sorter.table.overlay import apply_deltas
from sorter.table.prefix_list import Kind

Codes = Sequence[bytes | str] | NDArray[np.bytes_] | ArrowCodes


class LookupBatch(Protocol):
    """Destination numbers of many codes."""

    def __call__(self, codes: Codes, out: NDArray[np.int32] | None = None) -> NDArray[np.int32]:
        """The destination number of each code, or -1."""


class RoutingTable:
    """A routing table out of a compiled file. `open` it; a context manager closes it.

    `lookup(code)` is the destination number of exactly this code (bytes, or str), -1 when no row
    has it. Case and blanks count. Text outside ASCII is in no table. A closed table raises
    ValueError. All of it may be used by many threads at once.

    `lookup_batch(codes, out=None)` gives the same for many codes, as int32 of shape (n,); more than
    a few are searched without the GIL. `codes` is a one-dimensional array of bytes (dtype S),
    `ArrowCodes`, or a sequence of bytes and str; the answers go to `out` when given. Raises
    TypeError, ValueError.

    `prefix(kind, code)` is the longest prefix of `code` among those of `kind`, `barcode` or
    `postcode`. Raises TypeError, ValueError.
    """

    lookup: Callable[[bytes | str], int]
    lookup_batch: LookupBatch
    find_row: Callable[[bytes | str], int]
    find_row_batch: Callable[[Codes], NDArray[np.int64]]
    prefix: Callable[[Kind, bytes | str], PrefixMatch]
    longest_postcode: Callable[[bytes | str], PrefixMatch]
    longest_barcode: Callable[[bytes | str], PrefixMatch]
    read_label: Callable[[str], Label]

    def __init__(self, view: memoryview, *, check_digest: bool = False) -> None:
        """Check a compiled file that lies in memory and answer from it. Raises TableFileError."""
        with sections_read(view, "table", check_digests=check_digest) as (preamble, sections):
            head = read_file_head(sections["head"])
        self._answer_from(check_content(sections, head, preamble.digest.hex()))

    def _answer_from(self, content: TableContent) -> None:
        self._content = content
        # Bound once, so that the path from scan to divert calls straight into the core.
        self.lookup = content.codes.find
        self.lookup_batch = content.codes.find_batch
        self.find_row = content.codes.find_row
        self.find_row_batch = content.codes.find_row_batch
        barcode, postcode = content.prefixes["barcode"], content.prefixes["postcode"]
        self.prefix = PrefixFinder(barcode, postcode).longest
        self.longest_barcode = barcode.longest
        self.longest_postcode = postcode.longest
        self.read_label = LabelReader(content.head.formats, content.head.home_country).read

    @classmethod
    def open(
        cls,
        path: Path | str,
        deltas: Sequence[Path | str] = (),
        *,
        check_digest: bool = False,
        memory: Memory = "auto",
    ) -> Self:
        """Take in and check the compiled table at `path`, with deltas over it in their order.

        `check_digest` also holds the content against the SHA-256s it names, which takes longer:
        when it comes from elsewhere. `memory` is `mapped`, `huge` for a copy on huge pages, or
        `auto` for a copy where there is ample room. A file that is mapped may be replaced by
        another under its name, never written in place. Raises TableFileError naming section and
        reason, OSError, MemoryError, and TypeError or ValueError for arguments like no others.
        """
        path = Path(path)
        if isinstance(deltas, str):
            raise TypeError(f"deltas are a list of paths, not one: {deltas!r}")
        try:
            table = cls(hold_file(path, memory), check_digest=check_digest)
        except TableFileError as error:
            raise TableFileError(error.section, error.reason, path) from error
        if not deltas:
            return table
        with table:
            return table.updated([Delta.open(one, check_digest=check_digest) for one in deltas])

    def updated(self, deltas: Sequence[Delta]) -> Self:
        """Another table: this one with deltas, one at least, over it in their order.

        Both share what the deltas leave alone, and each is closed on its own. Raises
        TableFileError when a delta is not made for this table, naming the first rows that don't
        fit it; MemoryError.
        """
        table = type(self).__new__(type(self))
        table._answer_from(apply_deltas(self._content, deltas))
        return table

    @property
    def name(self) -> str:
        """The table's name."""
        return self._content.head.name

    @property
    def site(self) -> str:
        """The site it is for."""
        return self._content.head.site

    @property
    def revision(self) -> int:
        """Its revision."""
        return self._content.head.revision

    @property
    def digest(self) -> str:
        """The SHA-256 that stands for its content, in hexadecimal; with deltas the last one's."""
        return self._content.digest

    @property
    def base(self) -> str:
        """The digest of the compiled table itself; another one than `digest` under deltas."""
        return self._content.base

    @property
    def content(self) -> TableContent:
        """What it answers from, for those who compare and rewrite tables."""
        return self._content

    @property
    def destinations(self) -> tuple[str, ...]:
        """The names of the destinations, by number."""
        return self._content.head.destinations

    @property
    def formats(self) -> tuple[str, ...]:
        """The label formats the site expects, the likeliest first."""
        return self._content.head.formats

    @property
    def home_country(self) -> str | None:
        """The country (ISO alpha-2) of a label's postcode that comes without one."""
        return self._content.head.home_country

    def __len__(self) -> int:
        """The number of exact rows."""
        return self._content.row_count

    def prefix_count(self, kind: Kind) -> int:
        """The number of prefixes of a kind, those of ranges included."""
        return len(self._content.prefixes[kind])

    def prefix_batch(
        self, kind: Kind, codes: Codes, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """The destination number of each code's longest prefix; otherwise as `lookup_batch`."""
        return self._content.prefixes[kind].longest_batch(codes, out)

    def decide(self, codes: Sequence[bytes | str]) -> Decision:
        """Where the parcel that carries these codes shall go. Raises TypeError for one code."""
        return decide(self, codes)

    def decide_batch(self, parcels: Iterable[Sequence[bytes | str]]) -> list[Decision]:
        """Where each parcel shall go, given the codes of each; the same as `decide` one by one."""
        return decide_batch(self, parcels)

    def close(self) -> None:
        """Let go of the file; answers that are being given still come from it."""
        self._content.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
