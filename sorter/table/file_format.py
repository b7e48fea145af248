"""The compiled file as a container: a preamble, a list of sections, and the sections themselves.

All numbers are little-endian. The preamble (64 bytes) names format version, file size and the
SHA-256 of everything after it, and carries a checksum of itself and the list. Sections follow one
another in a fixed order at multiples of 64 bytes; what lies between them is zero. So every byte
of a file is held to something, and one content has one file.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

FORMAT_VERSION = 1
SECTION_NAMES = (
    "head",
    "parcel_index",
    "parcel_rows",
    "barcode_index",
    "barcode_rows",
    "postcode_index",
    "postcode_rows",
)

_MAGIC = b"\x93SORTTB\n"
_BYTE_ORDER = 0x01020304
_BYTE_ORDER_SWAPPED = 0x04030201
_PREAMBLE = struct.Struct("<8sIIQII32s")
_RECORD = struct.Struct("<16sQQII")
_ALIGNMENT = 64
_LIST_END = _PREAMBLE.size + len(SECTION_NAMES) * _RECORD.size
_HASH_STEP = 16 << 20


class TableFileError(ValueError):
    """A compiled file can't be used: the `section` at fault, and the `reason`."""

    def __init__(self, section: str, reason: str, path: Path | None = None) -> None:
        self.section = section
        self.reason = reason
        self.path = path
        where = f"section {section}" if path is None else f"{path}: section {section}"
        super().__init__(f"{where}: {reason}; build or load the table again")


class Preamble(NamedTuple):
    """The first bytes of a compiled file."""

    magic: bytes
    byte_order: int
    version: int
    file_bytes: int
    section_count: int
    checksum: int
    digest: bytes


class _Record(NamedTuple):
    """One section in the list of sections."""

    name: bytes
    offset: int
    size: int
    checksum: int
    reserved: int


def write_sections(file: BinaryIO, sections: Sequence[bytes]) -> bytes:
    """Write a compiled file of the sections in the order of `SECTION_NAMES`; returns its digest."""
    records, offset = b"", _aligned(_LIST_END)
    for name, section in zip(SECTION_NAMES, sections, strict=True):
        checksum = zlib.crc32(section)
        records += _RECORD.pack(name.encode(), offset, len(section), checksum, 0)
        offset = _aligned(offset + len(section))
    parts = [records, bytes(_aligned(_LIST_END) - _LIST_END)]
    for section in sections:
        parts += [section, bytes(_aligned(len(section)) - len(section))]
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part)
    preamble = Preamble(
        _MAGIC, _BYTE_ORDER, FORMAT_VERSION, offset, len(sections), 0, hashed.digest()
    )
    preamble = preamble._replace(checksum=_list_checksum(preamble, records))
    file.write(_PREAMBLE.pack(*preamble))
    for part in parts:
        file.write(part)
    return preamble.digest


def read_sections(file: memoryview) -> tuple[Preamble, dict[str, memoryview]]:
    """Check preamble, list and checksums of a whole compiled file; returns it by section.

    Raises TableFileError. What the sections hold is not looked at.
    """
    preamble = read_preamble(file)
    if preamble.file_bytes != len(file):
        found = f"{len(file)} bytes instead of the {preamble.file_bytes} it names"
        raise TableFileError("preamble", f"the file has {found}")
    sections = {}
    end = _LIST_END
    for number, name in enumerate(SECTION_NAMES):
        record = _Record(*_RECORD.unpack_from(file, _PREAMBLE.size + number * _RECORD.size))
        if record.name.rstrip(b"\0") != name.encode() or record.reserved:
            raise TableFileError(name, f"the list of sections has {record.name!r} in its place")
        if record.offset != _aligned(end) or record.size > len(file) - record.offset:
            raise TableFileError(name, "it does not lie where it must")
        if any(file[end : record.offset]):
            raise TableFileError(name, "there are bytes before it that belong to no section")
        end = record.offset + record.size
        sections[name] = file[record.offset : end]
        if zlib.crc32(sections[name]) != record.checksum:
            raise TableFileError(name, "its checksum does not match: the file is damaged")
    if _aligned(end) != len(file) or any(file[end:]):
        raise TableFileError(SECTION_NAMES[-1], "there are bytes after it that belong to nothing")
    return preamble, sections


def read_preamble(file: memoryview) -> Preamble:
    """Check the preamble and the list of sections of a compiled file. Raises TableFileError."""
    if file[: len(_MAGIC)] != _MAGIC[: len(file)]:
        raise TableFileError("preamble", "this is no compiled routing table")
    if len(file) < _LIST_END:
        raise TableFileError("preamble", f"the file ends after {len(file)} bytes")
    preamble = Preamble(*_PREAMBLE.unpack_from(file))
    if preamble.byte_order == _BYTE_ORDER_SWAPPED:
        raise TableFileError("preamble", "it was written in big-endian order")
    if preamble.version != FORMAT_VERSION:
        raise TableFileError(
            "preamble", f"format version {preamble.version}; this sorter reads {FORMAT_VERSION}"
        )
    if preamble.checksum != _list_checksum(preamble, file[_PREAMBLE.size : _LIST_END]):
        raise TableFileError("preamble", "its checksum does not match: the file is damaged")
    if preamble.byte_order != _BYTE_ORDER or preamble.section_count != len(SECTION_NAMES):
        raise TableFileError("preamble", "its byte order or number of sections is none we know")
    return preamble


def digest_of(file: memoryview) -> bytes:
    """The SHA-256 that the preamble of a compiled file must name."""
    hashed = hashlib.sha256()
    for start in range(_PREAMBLE.size, len(file), _HASH_STEP):
        hashed.update(file[start : start + _HASH_STEP])
    return hashed.digest()


def _list_checksum(preamble: Preamble, records: bytes | memoryview) -> int:
    return zlib.crc32(records, zlib.crc32(_PREAMBLE.pack(*preamble._replace(checksum=0))))


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT
