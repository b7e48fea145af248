"""The compiled file as a container: a preamble, a list of sections, and the sections themselves.

All numbers are little-endian. The preamble (64 bytes) names format version, kind, file size and
digest, and carries a checksum of itself and the list. The list gives each section's place, its
CRC-32C and its SHA-256. Sections follow one another in a fixed order at multiples of 64 bytes; what
lies between them is zero. So every byte of a file is held to something, and one content has one
file.

The digest is the SHA-256 of what the list says, with format version and kind: so the sections can
be written as they come, and to sign the digest is to sign every byte of them.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, get_args

from sorter._native import crc32c, first_damaged
from sorter.table.aside import begin_aside

if TYPE_CHECKING:
    from typing_extensions import Buffer

FileKind = Literal["table", "delta"]

FORMAT_VERSION = 2
EXACT_SECTIONS = (
    "codes",
    "number_lines",
    "number_groups",
    "number_ops",
    "packed_lines",
    "packed_groups",
    "packed_ops",
    "text_lines",
    "text_groups",
    "text_ops",
    "texts",
)
SECTION_NAMES = (
    "head",
    *EXACT_SECTIONS,
    "barcode_prefixes",
    "postcode_prefixes",
)

_MAGIC = b"\x93SORTTB\n"
_BYTE_ORDER = 0x01020304
_BYTE_ORDER_SWAPPED = 0x04030201
_KINDS: tuple[FileKind, ...] = get_args(FileKind)
_PREAMBLE = struct.Struct("<8sIIQHHI32s")
_RECORD = struct.Struct("<24sQQII32s")
_ALIGNMENT = 64
_LIST_END = _PREAMBLE.size + len(SECTION_NAMES) * _RECORD.size
_COPY_STEP = 1 << 20
_LEAST_BYTES_ASIDE = 1 << 20
"""A thread costs more than it saves below this."""


class TableFileError(ValueError):
    """A compiled file can't be used: the `section` at fault, and the `reason`."""

    expected = "a sound compiled file"
    remedy = "build or load the table again"

    def __init__(self, section: str, reason: str, path: Path | None = None) -> None:
        self.section = section
        self.reason = reason
        self.path = path
        where = f"section {section}" if path is None else f"{path}: section {section}"
        super().__init__(f"{where}: {reason}; {self.remedy}")


class Preamble(NamedTuple):
    """The first bytes of a compiled file; `kind_number` counts the kinds from 1."""

    magic: bytes
    byte_order: int
    version: int
    file_bytes: int
    kind_number: int
    section_count: int
    checksum: int
    digest: bytes

    @property
    def kind(self) -> FileKind:
        """What the file is; only of a preamble that was checked."""
        return _KINDS[self.kind_number - 1]


class _Record(NamedTuple):
    """One section in the list of sections; its digest is its SHA-256."""

    name: bytes
    offset: int
    size: int
    checksum: int
    reserved: int
    digest: bytes


def write_sections(
    file: BinaryIO, kind: FileKind, sections: Iterable[tuple[str, Iterable[Buffer]]]
) -> bytes:
    """Write a compiled file of named sections, each in one or more pieces; returns its digest.

    `file` is empty and can seek. Nothing needs to be known of a section before its pieces come,
    and a piece is let go of when it is written. Preamble and list are written last: a file whose
    writing broke off is none of ours. Raises ValueError when the sections are not those of
    `SECTION_NAMES` in their order, BufferError for a piece that is not contiguous, OSError.
    """
    records, offset = [], _aligned(_LIST_END)
    file.write(bytes(offset))
    for name, (found, pieces) in zip(SECTION_NAMES, sections, strict=True):
        if found != name:
            raise ValueError(f"found section {found}, expected {name}")
        record = _write_section(file, name, offset, pieces)
        records.append(record)
        end = offset + record.size
        offset = _aligned(end)
        file.write(bytes(offset - end))
    listed = b"".join(_RECORD.pack(*record) for record in records)
    kind_number = 1 + _KINDS.index(kind)
    digest = _digest_of_list(kind_number, listed)
    preamble = Preamble(
        _MAGIC, _BYTE_ORDER, FORMAT_VERSION, offset, kind_number, len(records), 0, digest
    )
    preamble = preamble._replace(checksum=_list_checksum(preamble, listed))
    file.seek(0)
    file.write(_PREAMBLE.pack(*preamble) + listed)
    file.seek(0, os.SEEK_END)
    return digest


def _write_section(file: BinaryIO, name: str, offset: int, pieces: Iterable[Buffer]) -> _Record:
    size, checksum, hashed = 0, 0, hashlib.sha256()
    for piece in pieces:
        with memoryview(piece) as view:
            file.write(view)
            checksum = crc32c(view, checksum)
            hashed.update(view)
            size += view.nbytes
    return _Record(name.encode(), offset, size, checksum, 0, hashed.digest())


def copy_sections(view: memoryview, file: BinaryIO) -> bytes:
    """Write a compiled file again, out of what was read of it; returns the digest of the copy.

    What is hashed is what is written, also when somebody writes into the original meanwhile: it
    was copied whole when the digest is that of the original. Raises TableFileError, OSError.
    """
    preamble = read_preamble(view)
    records = _records(view)
    sections = (
        (name, _copied(view[record.offset : record.offset + record.size]))
        for name, record in zip(SECTION_NAMES, records, strict=True)
    )
    return write_sections(file, preamble.kind, sections)


def _copied(section: memoryview) -> Iterator[bytes]:
    for start in range(0, len(section), _COPY_STEP):
        yield bytes(section[start : start + _COPY_STEP])


@contextmanager
def sections_read(
    file: memoryview, kind: FileKind, *, check_digests: bool = False
) -> Iterator[tuple[Preamble, dict[str, memoryview]]]:
    """Check a whole compiled file of this kind while a block makes use of its sections.

    Preamble and list are checked before the block. What a section holds is held against its
    checksum until the block is left, and nothing may come of it before: read it as a forger's.
    `check_digests` also holds it against its SHA-256, which takes longer: a forger can make
    checksums right. Raises TableFileError; that a file is damaged comes before what the block made
    of the damage.
    """
    preamble = read_preamble(file)
    if preamble.kind != kind:
        raise TableFileError("preamble", f"this is a {preamble.kind}, not a {kind}")
    if preamble.file_bytes > len(file):
        raise TableFileError("preamble", _cut_short(len(file), preamble.file_bytes))
    if preamble.file_bytes < len(file):
        found = f"{len(file)} bytes, {preamble.file_bytes} of them its own"
        raise TableFileError("preamble", f"the file has {found}")
    records = _records(file)
    sections = _placed(file, records)
    check = partial(_check_content, file, records, check_digests)
    if len(file) < _LEAST_BYTES_ASIDE:
        check()
        yield preamble, sections
        return
    wait = begin_aside(check)
    try:
        yield preamble, sections
    except TableFileError:
        wait()
        raise
    wait()


def read_sections(
    file: memoryview, kind: FileKind, *, check_digests: bool = False
) -> tuple[Preamble, dict[str, memoryview]]:
    """As `sections_read`, for those who have nothing else to do meanwhile."""
    with sections_read(file, kind, check_digests=check_digests) as found:
        return found


def _placed(file: memoryview, records: list[_Record]) -> dict[str, memoryview]:
    """The sections, each where it must lie, and nothing between them."""
    sections = {}
    end = _LIST_END
    for name, record in zip(SECTION_NAMES, records, strict=True):
        if record.name != name.encode().ljust(len(record.name), b"\0") or record.reserved:
            raise TableFileError(name, f"the list of sections has {record.name!r} in its place")
        if record.offset != _aligned(end) or record.size > len(file) - record.offset:
            raise TableFileError(name, "it does not lie where it must")
        if any(file[end : record.offset]):
            raise TableFileError(name, "there are bytes before it that belong to no section")
        end = record.offset + record.size
        sections[name] = file[record.offset : end]
    if _aligned(end) != len(file) or any(file[end:]):
        raise TableFileError(SECTION_NAMES[-1], "there are bytes after it that belong to nothing")
    return sections


def _check_content(file: memoryview, records: list[_Record], check_digests: bool) -> None:
    damaged = first_damaged(
        file, [(record.offset, record.size, record.checksum) for record in records]
    )
    if damaged >= 0:
        raise TableFileError(
            SECTION_NAMES[damaged], "its checksum does not match: the file is damaged"
        )
    for name, record in zip(SECTION_NAMES, records if check_digests else (), strict=False):
        section = file[record.offset : record.offset + record.size]
        if hashlib.sha256(section).digest() != record.digest:
            raise TableFileError(name, "its digest does not match: the file is forged")


def read_preamble(file: memoryview) -> Preamble:
    """Check the preamble and the list of sections of a compiled file. Raises TableFileError."""
    if file[: len(_MAGIC)] != _MAGIC[: len(file)]:
        raise TableFileError("preamble", "this is no compiled routing table")
    if len(file) < _PREAMBLE.size:
        raise TableFileError("preamble", _cut_short(len(file), _LIST_END))
    preamble = Preamble(*_PREAMBLE.unpack_from(file))
    if preamble.byte_order == _BYTE_ORDER_SWAPPED:
        raise TableFileError("preamble", "it was written in big-endian order")
    if preamble.version != FORMAT_VERSION:
        raise TableFileError(
            "preamble", f"format version {preamble.version}; this sorter reads {FORMAT_VERSION}"
        )
    if len(file) < _LIST_END:
        raise TableFileError("preamble", _cut_short(len(file), _LIST_END))
    listed = file[_PREAMBLE.size : _LIST_END]
    if preamble.checksum != _list_checksum(preamble, listed):
        raise TableFileError("preamble", "its checksum does not match: the file is damaged")
    if preamble.byte_order != _BYTE_ORDER or preamble.section_count != len(SECTION_NAMES):
        raise TableFileError("preamble", "its byte order or number of sections is none we know")
    if not 1 <= preamble.kind_number <= len(_KINDS):
        raise TableFileError(
            "preamble", f"its kind, number {preamble.kind_number}, is none we know"
        )
    if preamble.digest != _digest_of_list(preamble.kind_number, listed):
        raise TableFileError("preamble", "its digest is not that of the list of sections")
    return preamble


def _records(file: memoryview) -> list[_Record]:
    listed = file[_PREAMBLE.size : _LIST_END]
    return [_Record(*fields) for fields in _RECORD.iter_unpack(listed)]


def _cut_short(found: int, expected: int) -> str:
    return f"the file ends after {found} bytes, of at least {expected}: it was cut short"


def _digest_of_list(kind_number: int, listed: bytes | memoryview) -> bytes:
    """SHA-256 over magic, format version, kind, and the list of sections."""
    hashed = hashlib.sha256(struct.pack("<8sII", _MAGIC, FORMAT_VERSION, kind_number))
    hashed.update(listed)
    return hashed.digest()


def _list_checksum(preamble: Preamble, listed: bytes | memoryview) -> int:
    return crc32c(listed, crc32c(_PREAMBLE.pack(*preamble._replace(checksum=0))))


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT
