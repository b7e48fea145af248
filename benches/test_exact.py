"""Finding codes one by one and many at once, beside every peer and the floors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benches.asked import KINDS, Kind, Rows
from benches.codes import Codes
from benches.figures import Figures, Timing
from benches.floors import Bare
from benches.goals import (
    BATCH,
    BUILD,
    BYTES,
    EMPTY_CALL,
    FEW_CODES,
    LINE_HUGE,
    LINE_SMALL,
    LISTS,
    SCALAR,
)
from benches.loops import each
from benches.peers.arrow_peers import ArrowPeer, BoundArrowPeer
from benches.peers.lmdb_peer import LmdbPeer
from benches.peers.marisa_peer import MarisaPeer
from benches.peers.peer import Peer
from benches.peers.plain_dict import DictPeer
from benches.peers.sorter_table import CONTENDERS, SETTINGS, opened
from benches.peers.sqlite_peer import SqlitePeer
from benches.sizes import ROWS
from sorter.table import RoutingTable

PEERS: tuple[type[Peer], ...] = (
    DictPeer,
    LmdbPeer,
    MarisaPeer,
    SqlitePeer,
    ArrowPeer,
    BoundArrowPeer,
)
FEASIBLE = [kind for kind in PEERS if kind.most_rows >= ROWS]
FEW = 16

every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module", params=CONTENDERS)
def contender(
    request: pytest.FixtureRequest, table_path: Path, figures: Figures
) -> Iterator[tuple[str, RoutingTable]]:
    figures.settings[request.param] = SETTINGS[request.param]
    with opened(table_path, request.param) as table:
        yield request.param, table


@pytest.fixture(
    scope="module",
    params=FEASIBLE,
    ids=lambda kind: kind.who,
)
def peer(
    request: pytest.FixtureRequest,
    rows: Rows,
    tmp_path_factory: pytest.TempPathFactory,
    figures: Figures,
) -> Iterator[Peer]:
    kind: type[Peer] = request.param
    figures.settings[kind.who] = kind.settings
    began = time.perf_counter()
    opened = kind.filled(rows.codes, rows.destinations, tmp_path_factory.mktemp("peer"))
    figures.add(BUILD, kind.who, time.perf_counter() - began, "s")
    figures.add(BYTES, kind.who, opened.stored_bytes / len(rows.codes), "B")
    yield opened
    opened.close()


@every_kind
def test_one_by_one(
    timing: Timing, contender: tuple[str, RoutingTable], rows: Rows, kind: Kind
) -> None:
    who, table = contender
    timing(
        f"{SCALAR}, {kind}",
        who,
        each(table.lookup),
        lambda turn: rows.round(kind, turn)[0].tolist(),
        units=rows.asked,
    )
    codes, answers = rows.round(kind, 1)
    assert np.array_equal(list(map(table.lookup, codes.tolist())), answers)


@every_kind
def test_many_at_once(
    timing: Timing, contender: tuple[str, RoutingTable], rows: Rows, kind: Kind
) -> None:
    who, table = contender
    out = np.empty(rows.asked, np.int32)

    def find(codes: Codes) -> None:
        table.lookup_batch(codes, out)

    timing(
        f"{BATCH}, {kind}",
        who,
        find,
        lambda turn: rows.round(kind, turn)[0],
        units=rows.asked,
        rounds=9,
    )
    codes, answers = rows.round(kind, 1)
    assert np.array_equal(table.lookup_batch(codes), answers)


def test_many_in_a_list(timing: Timing, contender: tuple[str, RoutingTable], rows: Rows) -> None:
    who, table = contender
    out = np.empty(rows.asked, np.int32)

    def find(codes: list[bytes]) -> None:
        table.lookup_batch(codes, out)

    timing(
        LISTS,
        who,
        find,
        lambda turn: rows.round("all hits", turn)[0].tolist(),
        units=rows.asked,
    )


def test_few_at_once(timing: Timing, contender: tuple[str, RoutingTable], rows: Rows) -> None:
    who, table = contender
    out = np.empty(FEW, np.int32)
    calls = rows.asked // FEW

    def find(parts: list[Codes]) -> None:
        for part in parts:
            table.lookup_batch(part, out)

    timing(
        FEW_CODES,
        who,
        find,
        lambda turn: list(rows.round("all hits", turn)[0][: calls * FEW].reshape(calls, FEW)),
        units=calls * FEW,
    )


@every_kind
def test_peer_one_by_one(
    request: pytest.FixtureRequest, peer: Peer, rows: Rows, kind: Kind
) -> None:
    call = peer.scalar(misses=kind != "all hits")
    if call is None:
        return
    timing: Timing = request.getfixturevalue("timing")
    size = int(rows.asked * peer.share)
    timing(
        f"{SCALAR}, {kind}",
        peer.who,
        each(call),
        lambda turn: peer.keys(rows.round(kind, turn)[0][:size]),
        units=size,
    )
    codes, answers = rows.round(kind, 1)
    found = list(map(call, peer.keys(codes[:size])))
    assert np.array_equal(peer.decoded(found), answers[:size])


@every_kind
def test_peer_many_at_once(
    timing: Timing, figures: Figures, peer: Peer, rows: Rows, kind: Kind
) -> None:
    call = peer.batch(misses=kind != "all hits")
    size = int(rows.asked * peer.share)
    timing(
        f"{BATCH}, {kind}",
        peer.who,
        call,
        lambda turn: peer.batch_keys(rows.round(kind, turn)[0][:size]),
        units=size,
        rounds=3,
    )
    if isinstance(peer, DictPeer) and kind == "all hits":
        figures.also(f"{BATCH}, {kind}", peer.who, LISTS)
        figures.also(f"{BATCH}, {kind}", peer.who, FEW_CODES)
    codes, answers = rows.round(kind, 1)
    found = call(peer.batch_keys(codes[:size]))
    assert np.array_equal(peer.batch_decoded(found, codes[:size]), answers[:size])


@pytest.mark.parametrize("who", [LINE_HUGE, LINE_SMALL])
def test_floor_random_line(
    timing: Timing, bare: Bare, table_path: Path, rows: Rows, who: str
) -> None:
    memory = bare.Memory(table_path.stat().st_size, who == LINE_HUGE)
    timing(
        "",
        who,
        lambda turn: memory.touch_lines(turn * rows.asked, rows.asked),
        lambda turn: turn,
        units=rows.asked,
        rounds=9,
    )


def test_floor_empty_call(timing: Timing, bare: Bare, rows: Rows) -> None:
    timing(
        "",
        EMPTY_CALL,
        each(bare.empty_call),
        lambda turn: rows.round("all hits", turn)[0].tolist(),
        units=rows.asked,
    )
