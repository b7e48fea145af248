"""A table through its days: deltas over deltas, compacted, reopened, swapped, in any order.

Held against a dict of what people think is in the table.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sorter._native import crc32c
from sorter.table import (
    Delta,
    RoutingTable,
    compact_table,
    compile_delta,
    compile_table,
    delta_between,
    diff_codes,
    diff_prefixes,
    read_source,
)
from tests.support.examples import examples
from tests.table.deltas import compiled_delta
from tests.table.sources import write_source

NAMES = ("NORTH", "SOUTH", "EAST", "WEST", "CUSTOMS")
CODES = (
    *(f"JJBE{number:010}" for number in range(6)),
    *(f"{number:014}" for number in range(6)),
    *(f"RR{number:09}BE" for number in range(6)),
    *(f"AB-{number}-CD" for number in range(6)),
    *(f"small, {number}" for number in range(6)),
    *("%" * (40 + number) for number in range(6)),
)
PREFIXES = ("B", "BE", "BE4", "BE40", "BE400", "NL1")
KINDS = ("barcode", "postcode")


class Row(NamedTuple):
    """What a code has; an empty parcel is none."""

    destination: str
    parcel: str


Codes = dict[str, Row]
Prefixes = dict[tuple[str, str], str]

a_row = st.builds(Row, st.sampled_from(NAMES), st.sampled_from(["", "", "P1", "P2"]))
some_codes = st.dictionaries(st.sampled_from(CODES), a_row, min_size=1, max_size=20)
some_prefixes = st.dictionaries(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(PREFIXES[1:])), st.sampled_from(NAMES)
)


def csv_of(header: str, rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    text.write(f"{header}\n")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


class History(RuleBasedStateMachine):
    """One site's table, `base` and `deltas` being the files it would be opened from."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.folder = Path(self.place.name)
        self.files = 0
        self.codes: Codes = {}
        self.prefixes: Prefixes = {}
        self.deltas: list[Path] = []

    def teardown(self) -> None:
        self.place.cleanup()

    def new_path(self) -> Path:
        self.files += 1
        return self.folder / f"{self.files}"

    def build(self, codes: Codes, prefixes: Prefixes, names: list[str], revision: int) -> Path:
        """The table that people would build of these rows."""
        head = (
            f'name = "hub"\nsite = "site"\nrevision = {revision}\ndestinations = {names}\n'
        ).replace("'", '"')
        rows = [(code, row.destination, row.parcel) for code, row in codes.items()]
        listed = [(kind, key, name) for (kind, key), name in prefixes.items()]
        source = write_source(
            self.new_path(),
            head,
            parcels=csv_of("barcode,destination,parcel", rows),
            prefixes=csv_of("kind,prefix,destination", listed),
        )
        path = self.new_path()
        compile_table(read_source(source), path)
        return path

    @initialize(codes=some_codes, prefixes=some_prefixes)
    def begin(self, codes: Codes, prefixes: Prefixes) -> None:
        self.codes, self.prefixes = codes, prefixes
        self.base = self.build(codes, prefixes, list(NAMES), 1)
        self.table = RoutingTable.open(self.base)

    @rule(
        codes=st.dictionaries(st.sampled_from(CODES), st.none() | a_row),
        prefixes=st.dictionaries(
            st.tuples(st.sampled_from(KINDS), st.sampled_from(PREFIXES[1:])),
            st.none() | st.sampled_from(NAMES),
        ),
        expires=st.booleans(),
    )
    def change(
        self,
        codes: dict[str, Row | None],
        prefixes: dict[tuple[str, str], str | None],
        expires: bool,
    ) -> None:
        """A delta as people write one."""
        changes: list[tuple[str, ...]] = []
        for code, row in codes.items():
            if row is not None:
                op = "replace" if code in self.codes else "add"
                changes.append((op, "code", code, *row))
                self.codes[code] = row
            elif expires or code in self.codes:
                changes.append(("expire" if expires else "delete", "code", code))
                self.codes.pop(code, None)
        for (kind, key), name in prefixes.items():
            if name is not None:
                op = "replace" if (kind, key) in self.prefixes else "add"
                changes.append((op, kind, key, name))
                self.prefixes[kind, key] = name
            elif expires or (kind, key) in self.prefixes:
                changes.append(("expire" if expires else "delete", kind, key))
                self.prefixes.pop((kind, key), None)
        names = self.table.destinations
        self.follow(compiled_delta(self.new_path(), self.table, changes, names))

    @rule(codes=some_codes, prefixes=some_prefixes, names=st.permutations(NAMES))
    def rebuild_as_delta(self, codes: Codes, prefixes: Prefixes, names: list[str]) -> None:
        """The table of the next day comes as a delta over this one."""
        revision = self.table.revision + 1
        path = self.new_path()
        with RoutingTable.open(self.build(codes, prefixes, names, revision)) as goal:
            compile_delta(delta_between(self.table.content, goal.content), path)
            self.codes, self.prefixes = codes, prefixes
            self.follow(path)
            assert not diff_codes(self.table.content, goal.content, 1).any
            for kind in self.table.content.prefixes:
                assert not diff_prefixes(self.table.content, goal.content, kind, 1).any

    def follow(self, delta: Path) -> None:
        before = self.table
        self.deltas.append(delta)
        self.table = before.updated([Delta.open(delta)])
        before.close()

    @rule()
    def reopen(self) -> None:
        self.table.close()
        self.table = RoutingTable.open(self.base, self.deltas, memory="mapped")

    @rule()
    def compact(self) -> None:
        """The new base is the table that is built of the same rows."""
        path = self.new_path()
        digest = compact_table(self.table.content, path)
        with RoutingTable.open(path) as again:
            assert compact_table(again.content, self.new_path()) == digest
        if self.codes or self.prefixes:
            names = list(self.table.destinations)
            built = self.build(self.codes, self.prefixes, names, self.table.revision)
            assert path.read_bytes() == built.read_bytes()
        self.base, self.deltas = path, []
        self.table.close()
        self.table = RoutingTable.open(path, check_digest=True)
        assert self.table.digest == digest

    @invariant()
    def every_code_has_what_people_think_it_has(self) -> None:
        table = self.table
        wanted = [self.row_of(code) for code in CODES]
        numbers = [-1 if row < 0 else row % 2**16 for row in wanted]
        cells = np.array(CODES, "S")
        assert [table.lookup(code) for code in CODES] == numbers
        assert [table.find_row(code) for code in CODES] == wanted
        assert table.find_row_batch(CODES).tolist() == wanted
        assert table.lookup_batch(CODES).tolist() == numbers
        assert table.lookup_batch(cells).tolist() == numbers
        assert table.lookup_batch((*CODES, "JJBE", "")).tolist()[-2:] == [-1, -1]
        assert len(table) == len(self.codes)

    @invariant()
    def every_prefix_has_what_people_think_it_has(self) -> None:
        for kind in self.table.content.prefixes:
            for code in ("BE4000", "BE4", "NL1999", "XX"):
                found = [
                    (len(key), name)
                    for (its_kind, key), name in self.prefixes.items()
                    if its_kind == kind and code.startswith(key)
                ]
                length, name = max(found, default=(0, None))
                number = -1 if name is None else self.table.destinations.index(name)
                assert self.table.prefix(kind, code) == (number, length)

    @invariant()
    def a_batch_is_decided_as_its_parcels_are(self) -> None:
        parcels = [CODES[:1], CODES[3:5], (), CODES[30:33], ("421056BE4000",), ("é", CODES[7])]
        decide: Callable[[tuple[str, ...]], object] = self.table.decide
        assert self.table.decide_batch(parcels) == [decide(codes) for codes in parcels]

    def row_of(self, code: str) -> int:
        """As `find_row` tells it."""
        row = self.codes.get(code)
        if row is None:
            return -1
        group = crc32c(row.parcel.encode()) if row.parcel else 0
        return group << 16 | self.table.destinations.index(row.destination)


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=examples(40),
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
