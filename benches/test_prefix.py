"""Finding the longest prefix, beside datrie and a dict that is asked for every length.

The peers are measured with the fewer prefixes alone: datrie takes minutes to take a million in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import pytest

from benches.codes import Codes, draw_destinations
from benches.figures import Figures, Timing
from benches.goals import PREFIX, SORTER
from benches.loops import each
from benches.peers.peer import Answers
from benches.peers.prefix_peers import DatriePeer, NaiveDictPeer, PrefixPeer
from benches.prefixes import draw_prefixed, draw_prefixes
from benches.tables import NO_CODES, NO_DESTINATIONS, build_table
from sorter.table import RoutingTable
from sorter.table.prefix_list import Kind

ASKED = 250_000
PEERS: tuple[type[PrefixPeer], ...] = (DatriePeer, NaiveDictPeer)
COUNTS = (100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Rig:
    """A table of prefixes alone, what it was built from, and what a dict says to the codes."""

    prefixes: Codes
    numbers: np.ndarray[tuple[int], np.dtype[np.uint16]]
    table: RoutingTable

    def asked(self, turn: int) -> Codes:
        """The codes of a round."""
        return draw_prefixed(self.prefixes, ASKED, turn)

    def answers(self, turn: int) -> Answers:
        """What is to be found in that round."""
        naive = NaiveDictPeer(self.prefixes, self.numbers)
        return np.fromiter(map(naive.call, naive.keys(self.asked(turn))), np.int32, ASKED)

    @property
    def work(self) -> str:
        return f"{PREFIX} of {len(self.prefixes):,}"


@pytest.fixture(scope="module", params=COUNTS, ids="{:,}".format)
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    count: int = request.param
    prefixes = draw_prefixes(count, seed=11)
    numbers = draw_destinations(count, seed=12)
    folder = tmp_path_factory.mktemp("prefixes")
    path = build_table(folder, NO_CODES, NO_DESTINATIONS, prefixes=(prefixes, numbers))
    return Rig(prefixes, numbers, RoutingTable.open(path))


def test_many_at_once(timing: Timing, rig: Rig) -> None:
    out = np.empty(ASKED, np.int32)
    timing(
        f"{rig.work}, many codes a call",
        SORTER,
        lambda codes: rig.table.prefix_batch("barcode", codes, out),
        rig.asked,
        units=ASKED,
        rounds=9,
    )
    assert np.array_equal(rig.table.prefix_batch("barcode", rig.asked(1)), rig.answers(1))


def test_one_by_one(timing: Timing, rig: Rig) -> None:
    call = rig.table.longest_barcode
    timing(
        f"{rig.work}, one code a call",
        SORTER,
        each(call),
        lambda turn: rig.asked(turn).tolist(),
        units=ASKED,
    )
    assert [call(code)[0] for code in rig.asked(1).tolist()] == rig.answers(1).tolist()


def test_by_kind_one_by_one(timing: Timing, rig: Rig) -> None:
    call = rig.table.prefix
    kind: Kind = "barcode"
    timing(
        f"{rig.work}, one code a call",
        "sorter, prefix(kind, code)",
        lambda codes: deque(map(call, repeat(kind), codes), maxlen=0),
        lambda turn: rig.asked(turn).tolist(),
        units=ASKED,
    )


@pytest.mark.parametrize("rig", COUNTS[:1], indirect=True, ids="{:,}".format)
@pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.who)
def test_peer(timing: Timing, figures: Figures, rig: Rig, kind: type[PrefixPeer]) -> None:
    peer = kind(rig.prefixes, rig.numbers)
    figures.settings[peer.who] = peer.settings
    work = f"{rig.work}, one code a call"
    timing(
        work,
        peer.who,
        each(peer.call),
        lambda turn: peer.keys(rig.asked(turn)),
        units=ASKED,
        rounds=3,
    )
    figures.also(work, peer.who, f"{rig.work}, many codes a call")
    found = np.fromiter(map(peer.call, peer.keys(rig.asked(1))), np.int32, ASKED)
    assert np.array_equal(found, rig.answers(1))
