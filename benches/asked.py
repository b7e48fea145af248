"""What the benches ask a table for: other codes in each round, in random order.

A round that asked for the same codes again would find them in the processor's cache, where no
scanned code is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from benches.codes import (
    Codes,
    draw_carrier_codes,
    draw_destinations,
    with_wrong_check_digit,
)
from benches.peers.peer import Answers, Destinations

Kind = Literal["all hits", "half misses"]
KINDS: tuple[Kind, ...] = ("all hits", "half misses")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table, and the codes that its rounds ask for."""

    codes: Codes
    destinations: Destinations
    absent: Codes
    order: np.ndarray[tuple[int], np.dtype[np.int64]]
    asked: int

    def round(self, kind: Kind, number: int) -> tuple[Codes, Answers]:
        """The codes of a round and the destinations to be found, -1 for none.

        Of half misses every second code is one, by turns an absent code and a wrong check digit.
        """
        start = number * self.asked % len(self.order)
        rows = np.take(self.order, np.arange(start, start + self.asked), mode="wrap")
        codes = self.codes[rows]
        answers = self.destinations[rows].astype(np.int32)
        if kind == "half misses":
            chance = np.random.default_rng(number)
            absent = np.roll(self.absent, -start)
            codes[1::4] = np.resize(absent, len(codes[1::4]))
            codes[3::4] = with_wrong_check_digit(codes.copy(), len(codes[3::4]), chance)
            answers[1::2] = -1
        return codes, answers


def draw_rows(count: int, seed: int, asked: int) -> Rows:
    """A table of `count` carrier codes."""
    drawn = draw_carrier_codes(count, max(asked, 16), seed)
    order = np.random.default_rng(seed + 1).permutation(count)
    return Rows(drawn.present, draw_destinations(count, seed + 2), drawn.absent, order, asked)
