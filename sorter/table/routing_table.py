"""The routing table in use: a compiled file, mapped and checked, that answers for codes.

Nothing is answered before everything in the file has been checked. The file stays in memory until
the last answer is given, whatever is closed or put in its place meanwhile. While it is mapped, not
copied, it must not be written to: files in the store never are, a new table is a new file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Protocol, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from sorter._native import ArrowCodes, CodeTable, PrefixTable
from sorter.engine.labels import Label, LabelReader
from sorter.table.decide import Decision, decide
from sorter.table.file_format import TableFileError, read_sections
from sorter.table.head import TableHead, head_faults
from sorter.table.memory import Memory, hold_file

Kind = Literal["barcode", "postcode"]
Codes = Sequence[bytes | str] | NDArray[np.bytes_] | ArrowCodes


class PrefixMatch(NamedTuple):
    """The longest prefix found: destination number, and its length in characters; or (-1, 0)."""

    destination: int
    length: int


class LookupBatch(Protocol):
    """Destination numbers of many codes."""

    def __call__(self, codes: Codes, out: NDArray[np.int32] | None = None) -> NDArray[np.int32]:
        """The destination number of each code, or -1."""


class RoutingTable:
    """A routing table out of a compiled file. `open` it; a context manager closes it.

    `lookup(code)` is the destination number of exactly this code (bytes, or str), -1 when no row
    has it. Case and blanks count. Text outside ASCII is in no table. A closed table raises
    ValueError. All of it may be used by many threads at once.

    `lookup_batch(codes, out=None)` gives the same for many codes, as int32 of shape (n,), without
    the GIL. `codes` is a one-dimensional array of bytes (dtype S), `ArrowCodes`, or a sequence of
    bytes and str; the answers go to `out` when given. Raises TypeError, ValueError.
    """

    lookup: Callable[[bytes | str], int]
    lookup_batch: LookupBatch
    find_row: Callable[[bytes | str], int]
    longest_postcode: Callable[[bytes | str], tuple[int, int]]
    longest_barcode: Callable[[bytes | str], tuple[int, int]]
    read_label: Callable[[str], Label]

    def __init__(self, view: memoryview, *, check_digest: bool = False) -> None:
        """Check a compiled file that lies in memory and answer from it. Raises TableFileError."""
        preamble, sections = read_sections(view, "table", check_digests=check_digest)
        head = read_file_head(sections["head"])
        self._head = head
        self._digest = preamble.digest.hex()
        self._codes = _code_table(sections, head)
        self._prefixes = {
            "barcode": _prefix_table("barcode", sections, head),
            "postcode": _prefix_table("postcode", sections, head),
        }
        # Bound once, so that the path from scan to divert calls straight into the core.
        self.lookup = self._codes.find
        self.lookup_batch = self._codes.find_batch
        self.find_row = self._codes.find_row
        self.longest_barcode = self._prefixes["barcode"].longest
        self.longest_postcode = self._prefixes["postcode"].longest
        self.read_label = LabelReader(head.formats, head.home_country).read

    @classmethod
    def open(cls, path: Path | str, *, check_digest: bool = False, memory: Memory = "auto") -> Self:
        """Take in and check the compiled file at `path`.

        `check_digest` also holds the content against the SHA-256s it names, which takes longer:
        when it comes from elsewhere. `memory` is `mapped`, `huge` for a copy on huge pages, or
        `auto` for a copy where there is ample room. Raises TableFileError naming section and
        reason, OSError, MemoryError.
        """
        path = Path(path)
        try:
            return cls(hold_file(path, memory), check_digest=check_digest)
        except TableFileError as error:
            raise TableFileError(error.section, error.reason, path) from error

    @property
    def name(self) -> str:
        """The table's name."""
        return self._head.name

    @property
    def site(self) -> str:
        """The site it is for."""
        return self._head.site

    @property
    def revision(self) -> int:
        """Its revision."""
        return self._head.revision

    @property
    def digest(self) -> str:
        """The SHA-256 that stands for its content, in hexadecimal."""
        return self._digest

    @property
    def destinations(self) -> tuple[str, ...]:
        """The names of the destinations, by number."""
        return self._head.destinations

    @property
    def formats(self) -> tuple[str, ...]:
        """The label formats the site expects, the likeliest first."""
        return self._head.formats

    @property
    def home_country(self) -> str | None:
        """The country (ISO alpha-2) of a label's postcode that comes without one."""
        return self._head.home_country

    def __len__(self) -> int:
        """The number of exact rows."""
        return len(self._codes)

    def prefix_count(self, kind: Kind) -> int:
        """The number of prefixes of a kind, those of ranges included."""
        return len(self._prefixes[kind])

    def prefix(self, kind: Kind, code: bytes | str) -> PrefixMatch:
        """The longest prefix of `code` among those of `kind`, `barcode` or `postcode`."""
        return PrefixMatch(*self._prefixes[kind].longest(code))

    def prefix_batch(
        self, kind: Kind, codes: Codes, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """The destination number of each code's longest prefix; otherwise as `lookup_batch`."""
        return self._prefixes[kind].longest_batch(codes, out)

    def decide(self, codes: Sequence[str]) -> Decision:
        """Where the parcel that carries these codes shall go."""
        return decide(self, codes)

    def close(self) -> None:
        """Let go of the file; answers that are being given still come from it."""
        self._codes.close()
        for prefixes in self._prefixes.values():
            prefixes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_file_head(section: memoryview) -> TableHead:
    """The head that a compiled file carries. Raises TableFileError."""
    text = bytes(section)
    try:
        content = msgspec.json.decode(text, type=dict[str, object])
        head = msgspec.convert(content, TableHead)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise TableFileError("head", f"it can't be read: {error}") from error
    for fault in head_faults(content):
        raise TableFileError("head", f"{fault.key}: found {fault.found}, expected {fault.expected}")
    if msgspec.json.encode(head) != text:
        raise TableFileError("head", "it is not written the one way it can be")
    return head


def _code_table(sections: dict[str, memoryview], head: TableHead) -> CodeTable:
    try:
        return CodeTable(sections, len(head.destinations))
    except ValueError as error:
        raise TableFileError(*error.args) from error


def _prefix_table(kind: Kind, sections: dict[str, memoryview], head: TableHead) -> PrefixTable:
    name = f"{kind}_prefixes"
    try:
        return PrefixTable(sections[name], len(head.destinations))
    except ValueError as error:
        raise TableFileError(name, str(error)) from error
