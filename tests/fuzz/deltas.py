"""The target `changes`: the exact part of a delta, of any bytes, over that of a sound table.

An input is one as `tests.fuzz.unsealed` has them, with nothing but the sections of an exact part
and the codes to ask for.
"""

from __future__ import annotations

from functools import cache

from sorter._native import MAX_DESTINATIONS, CodeTable, RowSorter
from sorter.table.file_format import SECTION_NAMES
from tests.fuzz.unsealed import apart, joined, split

_ADD, _REPLACE, _DELETE, _EXPIRE = 1, 2, 3, 4
_CODES = [b"RB123456785GB", b"00340123450000000018", b"3SABC-00001", b"free text: number 2", b"7"]
_CHANGED = [
    (b"RB123456785GB", 3, _REPLACE),
    (b"3SABC-00001", 0, _DELETE),
    (b"free text: number 2", 0, _EXPIRE),
    (b"3SABC-00002", 2, _ADD),
    (b"other text", 1, _ADD),
]
CHANGES_QUESTIONS = b"\n".join([*_CODES, *(code for code, _, _ in _CHANGED[3:]), b"none"])


def read_changes(entry: bytes) -> None:
    """Open the delta's exact part, and ask the table with it and without it."""
    sections, questions = split(entry)
    try:
        changes = CodeTable(apart(sections), MAX_DESTINATIONS)
    except ValueError:
        return
    base = _base()
    changed = base.overlaid(changes)
    asked = [code[:64] for code in questions.split(b"\n")[:8]]
    found = [changed.find(code) for code in asked]
    assert changed.find_batch(asked).tolist() == found, asked
    for code, number in zip(asked, found, strict=True):
        alone = changes.find(code)
        assert number in ({-1, alone} if alone >= 0 else {base.find(code)}), code


def changes_seed() -> bytes:
    """A sound delta of every operation, with codes of more than one kind."""
    rows = RowSorter(delta=True)
    for source, (code, destination, op) in enumerate(_CHANGED):
        rows.add(code, destination, 0, op, source)
    rows.sort()
    return joined([_exact_of(rows).get(name, b"") for name in SECTION_NAMES], CHANGES_QUESTIONS)


@cache
def _base() -> CodeTable:
    rows = RowSorter()
    for number, code in enumerate(_CODES):
        rows.add(code, number, source=number)
    rows.sort()
    return CodeTable(apart(_exact_of(rows)), MAX_DESTINATIONS)


def _exact_of(rows: RowSorter) -> dict[str, bytes]:
    return {name: b"".join(chunks) for name, chunks in rows.sections()}
