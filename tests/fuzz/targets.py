"""What is fuzzed: each target takes any bytes, and fails when the code breaks a promise on them.

- `file`: a compiled file as it comes; nearly all are refused for a checksum.
- `sealed`: a compiled file whose checksums and digests are right, so that only the checks of what
  its sections say stand between it and the look-ups.
- `sections`: the same, each section in memory of its own instead of in a file, so that to read past
  the end of one is a fault that is seen.
- `rows`: the lines of a parcels.csv, cut anywhere (`tests.fuzz.rows`).
- `decide`: the codes of a parcel, whatever a scanner may send, asked of sound tables.

The promise: a file is refused as `TableFileError`, or answers from what it holds; single calls and
batches agree; a decision names what the table holds. Faults of memory end the process, where the
core was built with sanitizers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from sorter.table import Decision, RoutingTable, TableFileError, routing_table
from sorter.table.file_format import read_preamble
from tests.fuzz.rows import read_rows
from tests.fuzz.seeds import seed_files
from tests.fuzz.unsealed import sealed, split

Target = Callable[[bytes], None]

_MOST_QUESTIONS = 8
_LONGEST_QUESTION = 64
_MOST_CODES = 16
_FOUND_BY = {"exact", "postcode", "barcode_prefix"}
_NOT_FOUND_BY = {"unknown", "no_read", "misread", "conflict"}
# Python keeps what is smaller in pools of its own, where no sanitizer sees the end of an object.
_POOLED_BYTES = 512


def open_file(entry: bytes) -> None:
    """A compiled file, as it is."""
    _ask(entry, b"RB123456785GB\n4000")


def open_sealed(entry: bytes) -> None:
    """Sections, as `tests.fuzz.unsealed` has them, sealed into a compiled file."""
    sections, questions = split(entry)
    _ask(sealed(sections, "table"), questions)


def open_sections(entry: bytes) -> None:
    """Sections, as `tests.fuzz.unsealed` has them, as if they had been read out of a sound file."""
    sections, questions = split(entry)
    apart = {
        name: memoryview(bytes(_POOLED_BYTES) + part)[_POOLED_BYTES:]
        for name, part in sections.items()
    }
    preamble = read_preamble(memoryview(seed_files()["empty"]))
    names = vars(routing_table)
    reader = names["read_sections"]
    names["read_sections"] = lambda *_, **__: (preamble, apart)
    try:
        _ask(b"", questions)
    finally:
        names["read_sections"] = reader


def decide_parcel(entry: bytes) -> None:
    """The first byte chooses the table and how the others become text; 0xFF ends a code."""
    chosen = entry[0] if entry else 0
    encoding, errors = ("latin-1", "strict") if chosen & 1 else ("utf-8", "surrogateescape")
    table = _sound_tables()[(chosen >> 1) % len(seed_files())]
    parts = entry[1:].split(b"\xff")[:_MOST_CODES] if len(entry) > 1 else []
    codes = [part.decode(encoding, errors) for part in parts]
    decision, backwards = table.decide(codes), table.decide(codes[::-1])
    _hold_decision(table, codes, decision)
    same = (decision.rule, decision.destination, decision.why)
    assert same == (backwards.rule, backwards.destination, backwards.why), codes


TARGETS: dict[str, Target] = {
    "file": open_file,
    "sealed": open_sealed,
    "sections": open_sections,
    "rows": read_rows,
    "decide": decide_parcel,
}


def _ask(file: bytes, questions: bytes) -> None:
    try:
        table = RoutingTable(memoryview(file))
    except TableFileError:
        return
    asked = [code[:_LONGEST_QUESTION] for code in questions.split(b"\n")[:_MOST_QUESTIONS]]
    with table:
        _hold_exact(table, asked)
        _hold_prefixes(table, "barcode", asked)
        _hold_prefixes(table, "postcode", asked)


def _hold_exact(table: RoutingTable, asked: list[bytes]) -> None:
    found = [table.lookup(code) for code in asked]
    assert -1 <= min(found) <= max(found) < len(table.destinations), asked
    assert table.lookup_batch(asked).tolist() == found, asked
    # An array of bytes cannot hold a NUL at the end of a code.
    cells = np.array(asked, "S")
    if cells.tolist() == asked:
        assert table.lookup_batch(cells).tolist() == found, asked


def _hold_prefixes(table: RoutingTable, kind: routing_table.Kind, asked: list[bytes]) -> None:
    matches = [table.prefix(kind, code) for code in asked]
    for code, (number, length) in zip(asked, matches, strict=True):
        assert -1 <= number < len(table.destinations), code
        assert (length == 0) == (number == -1), code
        assert 0 <= length <= len(code), code
    numbers = [number for number, _ in matches]
    assert table.prefix_batch(kind, asked).tolist() == numbers, asked


def _hold_decision(table: RoutingTable, codes: list[str], decision: Decision) -> None:
    assert decision.rule in _FOUND_BY | _NOT_FOUND_BY, decision
    found = decision.rule in _FOUND_BY
    assert found == (decision.destination is not None) == (decision.key is not None), decision
    assert (decision.rule == "no_read") == (not codes), decision
    if decision.key is None:
        return
    if decision.rule == "exact":
        assert decision.key in codes, decision
        assert table.destinations[table.lookup(decision.key)] == decision.destination, decision
    elif decision.rule == "barcode_prefix":
        assert any(code.startswith(decision.key) for code in codes), (decision, codes)


@cache
def _sound_tables() -> list[RoutingTable]:
    return [RoutingTable(memoryview(file)) for file in seed_files().values()]
