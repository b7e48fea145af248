"""What is fuzzed: each target takes any bytes, and fails when the code breaks a promise on them.

- `file`: a compiled file as it comes; nearly all are refused for a checksum.
- `sealed`: a compiled file whose checksums and digests are right, so that only the checks of what
  its sections say stand between it and the look-ups.
- `sections`: the same, each section in memory of its own instead of in a file, so that to read past
  the end of one is a fault that is seen.
- `numbers`: the same for a table with enough lines to keep numbers (`tests.fuzz.numbers`); slower.
- `changes`: the exact part of a delta over a sound table (`tests.fuzz.deltas`).
- `rows`: the lines of a parcels.csv, cut anywhere (`tests.fuzz.rows`).
- `decide`: the codes of a parcel, whatever a scanner may send, asked of sound tables.

The promise: a file is refused as `TableFileError`, or answers from what it holds; single calls and
batches agree; a decision names what the table holds. Faults of memory end the process, where the
core was built with sanitizers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache

from sorter.table import Decision, RoutingTable, TableFileError, routing_table
from sorter.table.file_format import Preamble, read_preamble
from tests.fuzz.answers import hold_answers
from tests.fuzz.deltas import read_changes
from tests.fuzz.numbers import lines_of
from tests.fuzz.rows import read_rows
from tests.fuzz.seeds import seed_files
from tests.fuzz.unsealed import apart, sealed, split, unsealed

Target = Callable[[bytes], None]

_MOST_QUESTIONS = 4
_LONGEST_QUESTION = 64
_MOST_CODES = 16
_FOUND_BY = {"exact", "postcode", "barcode_prefix"}
_NOT_FOUND_BY = {"unknown", "no_read", "misread", "conflict"}


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
    with _read(apart(sections)):
        _ask(b"", questions)


def open_numbers(entry: bytes) -> None:
    """Rows that are numbers, as `tests.fuzz.numbers` has them, in an otherwise empty table."""
    with lines_of(entry) as lines, _read(_empty_sections() | lines):
        _ask(b"", entry)


@contextmanager
def _read(sections: dict[str, memoryview]) -> Iterator[None]:
    """Whoever reads the sections of a file is given these."""
    names = vars(routing_table)
    reader = names["sections_read"]
    names["sections_read"] = lambda *_, **__: nullcontext((_some_preamble(), sections))
    try:
        yield
    finally:
        names["sections_read"] = reader


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
    "numbers": open_numbers,
    "changes": read_changes,
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
        hold_answers(table, table.content.codes, asked)


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
def _some_preamble() -> Preamble:
    return read_preamble(memoryview(seed_files()["empty"]))


@cache
def _empty_sections() -> dict[str, memoryview]:
    sections, _ = split(unsealed(seed_files()["empty"], "table"))
    return {name: memoryview(part) for name, part in sections.items()}


@cache
def _sound_tables() -> list[RoutingTable]:
    return [RoutingTable(memoryview(file)) for file in seed_files().values()]
