"""Finding codes in a routing table, beside the peer everyone has: a dict of bytes.

The unit of work is one pass over 100,000 codes in random order, as fresh objects, for a scanned
code never is the object that was put into the table. One kind of pass asks only
for codes that are there; in the other every second one is a near miss, a new serial of a format.
Both answer the same questions, and the answers are compared.

SORTER_BENCH_CODES=10000000 sets the size of the table (default 1,000,000).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from sorter.table import RoutingTable, compile_table, read_source

CODES = int(os.environ.get("SORTER_BENCH_CODES", "1000000"))
ASKED = min(CODES, 100_000)
DESTINATIONS = 1000
PREFIXES = 100_000


class Rig:
    """One compiled table, the dict with the same rows, and the codes to ask both for."""

    def __init__(self, folder: Path) -> None:
        chance = Random(1)
        codes = [_code(chance) for _ in range(CODES)]
        self.book = {code: number % DESTINATIONS for number, code in enumerate(codes)}
        self.prefixes = {
            b"%06d" % (7 * number): number % DESTINATIONS for number in range(PREFIXES)
        }
        self.table = _compiled(folder, self.book, self.prefixes)
        hits = chance.sample(codes, ASKED)
        self.asked = {
            "hits": hits,
            "half misses": [
                code if number % 2 else _code(chance) for number, code in enumerate(hits)
            ],
        }


def _code(chance: Random) -> bytes:
    """An S10 item, an SSCC or a 14-digit number, with the serial drawn over its whole space."""
    kind = chance.randrange(3)
    if kind == 0:
        return b"RR%09dCN" % chance.randrange(10**9)
    if kind == 1:
        return b"3%017d" % chance.randrange(10**17)
    return b"%014d" % chance.randrange(10**14)


def _compiled(folder: Path, book: dict[bytes, int], prefixes: dict[bytes, int]) -> RoutingTable:
    names = ", ".join(f'"D{number}"' for number in range(DESTINATIONS))
    (folder / "table.toml").write_text(
        f'name = "bench"\nsite = "bench"\nrevision = 1\ndestinations = [{names}]\n'
    )
    with (folder / "parcels.csv").open("wb") as file:
        file.write(b"barcode,destination\n")
        file.writelines(b"%b,D%d\n" % row for row in book.items())
    with (folder / "prefixes.csv").open("wb") as file:
        file.write(b"kind,prefix,destination\n")
        file.writelines(b"barcode,%b,D%d\n" % row for row in prefixes.items())
    compile_table(read_source(folder), folder / "bench.table")
    return RoutingTable.open(folder / "bench.table")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("lookup"))
    with rig.table:
        yield rig


def measure(
    benchmark: BenchmarkFixture, work: Callable[[list[bytes]], object], codes: list[bytes]
) -> None:
    """Time `work` on the codes as new objects, whose hashes nobody has computed yet."""

    def fresh() -> tuple[tuple[list[bytes]], dict[str, object]]:
        return ([bytes(bytearray(code)) for code in codes],), {}

    benchmark.pedantic(work, setup=fresh, rounds=10)  # type: ignore[no-untyped-call] # it has no types


def one_by_one(ask: Callable[[bytes], object], codes: list[bytes]) -> None:
    for code in codes:
        ask(code)


@pytest.mark.parametrize("asked", ["hits", "half misses"])
@pytest.mark.parametrize("peer", ["sorter", "dict"])
def test_scalar(benchmark: BenchmarkFixture, rig: Rig, peer: str, asked: str) -> None:
    benchmark.group = f"scalar, {CODES:,} codes, {asked}, {ASKED:,} a pass"
    ask = rig.table.lookup if peer == "sorter" else rig.book.get
    codes = rig.asked[asked]
    measure(benchmark, lambda keys: one_by_one(ask, keys), codes)
    assert [rig.table.lookup(code) for code in codes] == [rig.book.get(code, -1) for code in codes]


@pytest.mark.parametrize("asked", ["hits", "half misses"])
@pytest.mark.parametrize("peer", ["sorter array", "sorter list", "dict"])
def test_batch(benchmark: BenchmarkFixture, rig: Rig, peer: str, asked: str) -> None:
    benchmark.group = f"batch, {CODES:,} codes, {asked}, {ASKED:,} a pass"
    codes = rig.asked[asked]
    array = np.array(codes, dtype="S18")
    out = np.empty(len(codes), np.int32)
    get = rig.book.get
    passes: dict[str, Callable[[list[bytes]], object]] = {
        "sorter array": lambda _: rig.table.lookup_batch(array, out),
        "sorter list": lambda keys: rig.table.lookup_batch(keys, out),
        "dict": lambda keys: [get(key, -1) for key in keys],
    }
    measure(benchmark, passes[peer], codes)
    assert rig.table.lookup_batch(array).tolist() == [get(code, -1) for code in codes]


@pytest.mark.parametrize("peer", ["sorter scalar", "sorter batch", "dict"])
def test_longest_prefix(benchmark: BenchmarkFixture, rig: Rig, peer: str) -> None:
    benchmark.group = f"longest of {PREFIXES:,} prefixes, {ASKED:,} a pass"
    codes = rig.asked["hits"]
    array = np.array(codes, dtype="S18")
    book = rig.prefixes

    def naive(code: bytes) -> int:
        for length in range(len(code), 0, -1):
            found = book.get(code[:length])
            if found is not None:
                return found
        return -1

    passes: dict[str, Callable[[list[bytes]], object]] = {
        "sorter scalar": lambda keys: one_by_one(rig.table.longest_barcode, keys),
        "sorter batch": lambda _: rig.table.prefix_batch("barcode", array),
        "dict": lambda keys: one_by_one(naive, keys),
    }
    measure(benchmark, passes[peer], codes)
    assert rig.table.prefix_batch("barcode", array).tolist() == [naive(code) for code in codes]
