"""The rows of the table of results, and the goal that each of them has.

A section compares one subject with its peers. Goals are for ten million carrier codes unless a
section says otherwise; `huge` ones are for a hundred million.
"""

from __future__ import annotations

from dataclasses import dataclass

HUGE = "sorter, huge pages"
SMALL = "sorter, 4 KiB pages"
PLAIN = "sorter, plain path"
SORTER = "sorter"
GOAL_ROWS = 10_000_000
LARGE_ROWS = 100_000_000

LINE_HUGE = "floor: random line, huge pages"
LINE_SMALL = "floor: random line, 4 KiB pages"
EMPTY_CALL = "floor: empty call"
PASS = "floor: one pass of reading"

EXACT_PEERS = ("dict", "lmdb", "marisa-trie", "sqlite")
BATCH_PEERS = (*EXACT_PEERS, "pyarrow", "pyarrow, hash kept")


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound of the subject's figure, or of its ratio to a peer (`than`).

    A ratio is how many times as much the peer takes; with `times`, how many times as much as the
    peer the subject takes.
    """

    limit: float
    than: str | None = None
    times: bool = False
    rows: int | None = None
    """It holds for tables of this many rows only; None: for all."""

    def reached(self, figure: float, peer: float | None) -> bool:
        """Whether the figures reach it."""
        if self.than is None:
            return figure <= self.limit
        if peer is None:
            return False
        return figure <= self.limit * peer if self.times else peer >= self.limit * figure


@dataclass(frozen=True, slots=True)
class Section:
    """One piece of work: who is judged, beside whom, and by which goals."""

    work: str
    subject: str
    peers: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()


def at_most(limit: float, rows: int | None = None) -> Goal:
    """The figure itself."""
    return Goal(limit, rows=rows)


def faster_than(peer: str, limit: float) -> Goal:
    """At least `limit` times as fast as a peer."""
    return Goal(limit, peer)


def within(limit: float, floor: str) -> Goal:
    """At most `limit` times a floor."""
    return Goal(limit, floor, times=True)


def _batch(small: float, large: float) -> tuple[Goal, ...]:
    return (
        at_most(small, GOAL_ROWS),
        at_most(large, LARGE_ROWS),
        faster_than("dict", 30),
        faster_than("pyarrow, hash kept", 4),
        within(3, LINE_HUGE),
    )


ns = 1e-9
SCALAR = "one code a call"
BATCH = "many codes a call"
LISTS = f"{BATCH}, a list of bytes, all hits"
FEW_CODES = "16 codes a call, all hits"
PREFIX = "longest prefix"
BYTES = "bytes an entry, carrier codes"
FREE_BYTES = "bytes an entry, free codes of 12 to 20 characters"
LONG_BYTES = "bytes an entry beyond its length, codes of 12 to 48 characters"
RESIDENT = "memory an entry beside the file"
BUILD = "build from arrays, file written"
OPEN = "open, warm"
SWAP = "p99.9 of a look-up during swaps, 4 threads"
SWAP_ERRORS = "wrong answers during swaps"
QUIET = "no swaps"
COMMAND = "table build from CSV"
COMMAND_MEMORY = "peak memory of table build from CSV"
SQLITE_IMPORT = "sqlite3 .import + index"
ENGINE = "engine, one event of a line"
ENGINE_SLOWEST = "engine, p99.9 of one event"
EMPTY_LOOP = "floor: empty event loop"

SECTIONS = (
    Section(BYTES, SORTER, BATCH_PEERS[:-1], (at_most(9.5),)),
    Section(RESIDENT, HUGE, (SMALL,)),
    Section(FREE_BYTES, SORTER, (), (at_most(24),)),
    Section(LONG_BYTES, SORTER, (), (at_most(12),)),
    Section(
        f"{SCALAR}, all hits",
        HUGE,
        (*EXACT_PEERS, EMPTY_CALL),
        (faster_than("dict", 4),),
    ),
    Section(f"{SCALAR}, half misses", HUGE, EXACT_PEERS, (faster_than("dict", 3),)),
    Section(f"{SCALAR}, all hits", SMALL, ("dict",), (faster_than("dict", 3),)),
    Section(f"{SCALAR}, half misses", SMALL, ("dict",), (faster_than("dict", 2),)),
    Section(
        f"{BATCH}, all hits",
        HUGE,
        (*BATCH_PEERS, LINE_HUGE),
        _batch(25 * ns, 35 * ns),
    ),
    Section(f"{BATCH}, half misses", HUGE, (*BATCH_PEERS, LINE_HUGE), _batch(30 * ns, 35 * ns)),
    Section(f"{BATCH}, all hits", SMALL, ("dict", LINE_SMALL), (at_most(40 * ns),)),
    Section(f"{BATCH}, half misses", SMALL, ("dict",), (at_most(40 * ns),)),
    Section(f"{BATCH}, all hits", PLAIN, ("dict",), (at_most(45 * ns),)),
    Section(f"{BATCH}, half misses", PLAIN, ("dict",), (at_most(45 * ns),)),
    Section(LISTS, HUGE, ("dict",)),
    Section(FEW_CODES, HUGE, ("dict",), (at_most(45 * ns),)),
    Section(BUILD, SORTER, EXACT_PEERS, (at_most(2.0, GOAL_ROWS),)),
    Section(OPEN, SMALL, (PASS,), (at_most(0.030, GOAL_ROWS), within(2, PASS))),
    Section(OPEN, HUGE, (PASS,), (at_most(0.030, GOAL_ROWS),)),
    Section(
        f"{PREFIX} of 100,000, many codes a call",
        SORTER,
        ("datrie", "naive dict"),
        (at_most(20 * ns), faster_than("datrie", 30)),
    ),
    Section(
        f"{PREFIX} of 100,000, one code a call",
        SORTER,
        ("sorter, prefix(kind, code)", "datrie", "naive dict", EMPTY_CALL),
        (at_most(110 * ns), faster_than("datrie", 6)),
    ),
    Section(f"{PREFIX} of 1,000,000, many codes a call", SORTER, (), (at_most(40 * ns),)),
    Section(SWAP, SORTER, (QUIET,), (within(2, QUIET),)),
    Section(SWAP_ERRORS, SORTER, (), (at_most(0),)),
    Section(
        COMMAND,
        SORTER,
        (SQLITE_IMPORT,),
        (at_most(20.0, GOAL_ROWS), faster_than(SQLITE_IMPORT, 1)),
    ),
    Section(COMMAND_MEMORY, SORTER, (SQLITE_IMPORT,)),
    # 20,000 events a second on one core.
    Section(ENGINE, SORTER, (EMPTY_LOOP,), (at_most(50e-6),)),
    Section(ENGINE_SLOWEST, SORTER, (EMPTY_LOOP,), (at_most(200e-6),)),
)
