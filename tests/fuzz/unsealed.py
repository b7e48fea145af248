"""Compiled files as fuzz inputs: without places, checksums and digests, which are put in when used.

A mutated file is nearly always refused for its checksum, and what lies behind is never reached. So
an input here is the sections alone, each behind its length (16 bits); after them come codes to ask
for. Any bytes are such an input: a length that is too long takes what is there, and sections that
are missing are empty.
"""

from __future__ import annotations

import struct
from io import BytesIO

from sorter.table.file_format import SECTION_NAMES, FileKind, read_sections, write_sections

_LENGTH = struct.Struct("<H")
# Python keeps what is smaller in pools of its own, where no sanitizer sees the end of an object.
_POOLED_BYTES = 512
_NOTHING = memoryview(bytes(_POOLED_BYTES))[_POOLED_BYTES:]


def unsealed(file: bytes, kind: FileKind, questions: bytes = b"") -> bytes:
    """The input that gives this compiled file when it is sealed. Its sections are under 64 KiB."""
    _, sections = read_sections(memoryview(file), kind)
    return joined([bytes(section) for section in sections.values()], questions)


def sealed(sections: dict[str, bytes], kind: FileKind) -> bytes:
    """A compiled file of these sections, with all checksums and digests right."""
    file = BytesIO()
    write_sections(file, kind, ((name, [part]) for name, part in sections.items()))
    return file.getvalue()


def split(entry: bytes) -> tuple[dict[str, bytes], bytes]:
    """The sections of an input in their order, and what comes after them."""
    sections = {}
    at = 0
    for name in SECTION_NAMES:
        size = _LENGTH.unpack_from(entry, at)[0] if len(entry) - at >= _LENGTH.size else 0
        at += _LENGTH.size
        sections[name] = entry[at : at + size]
        at += size
    return sections, entry[at:]


def joined(sections: list[bytes], questions: bytes) -> bytes:
    """The input of these sections, in their order, and questions."""
    return b"".join(_LENGTH.pack(len(part)) + part for part in sections) + questions


def apart(sections: dict[str, bytes]) -> dict[str, memoryview]:
    """Each section in memory of its own, so that to read past its end is a fault that is seen."""
    return {
        name: memoryview(bytes(_POOLED_BYTES) + part)[_POOLED_BYTES:] if part else _NOTHING
        for name, part in sections.items()
    }
