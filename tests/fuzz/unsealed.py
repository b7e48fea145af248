"""Compiled files as fuzz inputs: without places, checksums and digests, which are put in when used.

A mutated file is nearly always refused for its checksum, and what lies behind is never reached. So
an input here is the sections alone, each behind its length (16 bits); after them come codes to ask
for. Any bytes are such an input: a length that is too long takes what is there, and sections that
are missing are empty.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO

from sorter.table.file_format import SECTION_NAMES, FileKind, read_sections, write_sections

_LENGTH = struct.Struct("<H")

Mutate = Callable[[bytes, int], bytes]
"""libFuzzer's own mutation of some bytes to at most so many."""


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


def mutated(entry: bytes, most: int, seed: int, mutate: Mutate) -> bytes:
    """An input with one of its sections, or its questions, mutated, and the others left whole."""
    sections, questions = split(entry)
    parts = [*sections.values(), questions]
    # The head is JSON, which has tests of its own: most changes go to what the native core reads.
    number = seed % len(parts) or (seed // len(parts) % 8 and 1 + seed // 128 % (len(parts) - 1))
    room = most - len(entry) + len(parts[number])
    if room > 0:
        parts[number] = mutate(parts[number], min(room, 0xFFFF))
    return joined(parts[:-1], parts[-1])


def joined(sections: list[bytes], questions: bytes) -> bytes:
    """The input of these sections, in their order, and questions."""
    return b"".join(_LENGTH.pack(len(part)) + part for part in sections) + questions
