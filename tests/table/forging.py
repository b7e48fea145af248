"""Files whose checksums and digests are right, whatever was put into their sections."""

from __future__ import annotations

from io import BytesIO

from sorter.table.file_format import SECTION_NAMES, read_sections, write_sections


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
