"""Files whose checksums and digests are right, whatever was put into them.

The format is written down here a second time, so that files can be made that no writer makes.
"""

from __future__ import annotations

import hashlib
import struct
from io import BytesIO

from sorter._native import crc32c
from sorter.table.file_format import SECTION_NAMES, read_sections, write_sections

PREAMBLE = struct.Struct("<8sIIQHHI32s")
RECORD = struct.Struct("<24sQQII32s")
LIST_END = PREAMBLE.size + RECORD.size * len(SECTION_NAMES)


def sections_of(content: bytes) -> dict[str, bytes]:
    """The sections of a compiled file, by name."""
    _, sections = read_sections(memoryview(content), "table", check_digests=True)
    return {name: bytes(part) for name, part in sections.items()}


def forged(content: bytes, **changed: bytes) -> bytes:
    """The file with some sections replaced."""
    kept = BytesIO()
    parts = sections_of(content) | changed
    write_sections(kept, "table", [(name, [parts[name]]) for name in SECTION_NAMES])
    return kept.getvalue()


def resealed(content: bytes | bytearray) -> bytes:
    """The content with the digest of its list, and the checksum of preamble and list, put right."""
    changed = bytearray(content)
    kind = struct.unpack_from("<H", changed, 24)[0]
    hashed = changed[:8] + struct.pack("<II", 2, kind) + changed[PREAMBLE.size : LIST_END]
    changed[32:64] = hashlib.sha256(hashed).digest()
    changed[28:32] = bytes(4)
    changed[28:32] = struct.pack("<I", crc32c(changed[:LIST_END]))
    return bytes(changed)


def with_true_checksums(content: bytes) -> bytes:
    """The same with the checksum and digest of each section too, where its record has it lie."""
    changed = bytearray(content)
    for at in range(PREAMBLE.size, LIST_END, RECORD.size):
        offset, size = struct.unpack_from("<QQ", changed, at + 24)
        part = content[offset : offset + size]
        changed[at + 40 : at + 44] = struct.pack("<I", crc32c(part))
        changed[at + 48 : at + 80] = hashlib.sha256(part).digest()
    return resealed(changed)
