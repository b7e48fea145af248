"""The native core of the routing table: building, checking and searching tables of codes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, Never, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

MAX_CODE_LENGTH: int
MAX_DESTINATIONS: int
MAX_LINE_BYTES: int
ROW_QUOTED: int
ROW_TOO_LONG: int
ROW_MISCOUNTED: int
ROW_FAULTY: int
ROW_HAS_BLANK: int
ROW_APART: int

def variants() -> tuple[str, ...]:
    """The names of the variants of this core that the processor can run, the fastest last."""

def code_fault(code: bytes) -> str | None:
    """Why these bytes can be no key, or None: a key is 1 to 48 printable ASCII characters."""

def crc32c(content: Buffer, value: int = 0) -> int:
    """The CRC-32C (RFC 3720) of a contiguous buffer; `value` is that of the bytes before it."""

def first_damaged(content: Buffer, stretches: Sequence[tuple[int, int, int]]) -> int:
    """The number of the first stretch (offset, size, CRC-32C) with another checksum, or -1."""

def are_destinations(names: Sequence[object]) -> bool:
    """Whether there are 1 to 2**16 names, each possible as a destination's and there once."""

@final
class Region:
    """The bytes of a file as a read-only buffer; made by `mapped` or `copied`."""

    def __init__(self, *args: Never, **kwargs: Never) -> None: ...
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    @staticmethod
    def mapped(descriptor: int, size: int) -> Region: ...
    @staticmethod
    def copied(descriptor: int, size: int) -> Region: ...

class ArrowCodes(NamedTuple):
    """Codes as Apache Arrow lays out a column of strings."""

    offsets: NDArray[np.int32] | NDArray[np.int64]
    content: Buffer

_Codes = Sequence[bytes | str] | NDArray[np.bytes_] | ArrowCodes

@final
class CodeTable:
    """A checked, read-only table of codes over the sections of a compiled file."""

    @property
    def overlay(self) -> CodeTable | None: ...
    def __init__(
        self,
        sections: dict[str, memoryview],
        destination_count: int,
        overlay: CodeTable | None = None,
    ) -> None: ...
    def __len__(self) -> int: ...
    def overlaid(self, overlay: CodeTable) -> CodeTable: ...
    def close(self) -> None: ...
    def find(self, code: bytes | str) -> int: ...
    def find_row(self, code: bytes | str) -> int: ...
    def find_batch(
        self, codes: _Codes, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]: ...
    def find_row_batch(self, codes: _Codes) -> NDArray[np.int64]: ...
    def export(
        self,
        start: int,
        cells: NDArray[np.bytes_],
        destinations: NDArray[np.uint16],
        groups: NDArray[np.uint32],
        ops: NDArray[np.uint8],
    ) -> tuple[int, int]: ...

class CrowdedError(Exception):
    """These rows can't be laid out under this seed: sort again with another attempt."""

@final
class RowSorter:
    """Collects the exact rows of one table or delta, sorts them and lays them out."""

    def __new__(cls, delta: bool = False) -> RowSorter: ...
    @property
    def delta(self) -> bool: ...
    @property
    def duplicate_count(self) -> int: ...
    @property
    def alike_count(self) -> int: ...
    def __len__(self) -> int: ...
    def add(
        self, code: bytes | str, destination: int, group: int = 0, op: int = 0, source: int = 0
    ) -> None: ...
    def add_batch(
        self,
        codes: _Codes,
        destinations: NDArray[np.uint16],
        groups: NDArray[np.uint32] | None = None,
        ops: NDArray[np.uint8] | None = None,
        first_source: int = 0,
    ) -> None: ...
    def sort(self, attempt: int = 0) -> None: ...
    def duplicates(
        self, most: int, alike: bool | None = None
    ) -> list[tuple[bytes, int, int, bool, bool]]: ...
    def sections(self) -> Iterator[tuple[str, Iterable[bytes]]]: ...

class PrefixMatch(NamedTuple):
    """The longest prefix found: destination number, and its length in characters; or (-1, 0)."""

    destination: int
    length: int

@final
class PrefixTable:
    """The longest prefixes of codes, out of a sorted list of prefixes that is checked first."""

    def __init__(self, section: Buffer, destination_count: int) -> None: ...
    def __len__(self) -> int: ...
    def __sizeof__(self) -> int: ...
    def shared(self) -> PrefixTable: ...
    def close(self) -> None: ...
    def find(self, code: bytes | str, /) -> int: ...
    def longest(self, code: bytes | str, /) -> PrefixMatch: ...
    def longest_batch(
        self, codes: _Codes, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]: ...
    def entries(self) -> list[tuple[bytes, int]]: ...

@final
class PrefixFinder:
    """The longest prefixes of both kinds of keys."""

    def __init__(self, barcode: PrefixTable, postcode: PrefixTable) -> None: ...
    def longest(
        self, kind: Literal["barcode", "postcode"], code: bytes | str, /
    ) -> PrefixMatch: ...

@final
class PrefixChanges:
    """A sorted list of changes to prefixes, checked."""

    def __init__(self, section: Buffer, destination_count: int) -> None: ...
    def __len__(self) -> int: ...
    def entries(self) -> list[tuple[bytes, int, int]]: ...
    def merged(self, section: Buffer, destination_count: int) -> tuple[bytes, list[int]]: ...

@final
class ParcelScanner:
    """Takes the rows of `parcels.csv` into a row sorter, out of chunks that may be cut anywhere."""

    def __init__(
        self,
        sorter: RowSorter,
        names: Sequence[bytes] | None,
        places: tuple[int, int, int],
        *,
        row: int,
        tell: int,
        most_parcels: int,
        seed: int,
    ) -> None: ...
    @property
    def row(self) -> int: ...
    @property
    def errors_untold(self) -> int: ...
    @property
    def warnings_untold(self) -> int: ...
    @property
    def parcels_unheld(self) -> int: ...
    def feed(self, chunk: Buffer, is_last: bool) -> None: ...
    def scan(self) -> tuple[int, tuple[bytes, ...], int] | None: ...
    def take(self, fields: list[bytes]) -> tuple[int, tuple[bytes, ...], int] | None: ...
