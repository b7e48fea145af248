"""Codes of every kind in one table, and questions for it in every form they may come in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sorter._native import ArrowCodes
from tests.support.exact_rows import destinations_for

Offsets: TypeAlias = NDArray[np.int32] | NDArray[np.int64]

CODES = [
    *(b"RB%09dGB" % number for number in range(40)),
    *(b"%d" % number for number in range(0, 3000, 7)),
    *(b"00%018d" % number for number in range(20)),
    *(b"3S-%d" % number for number in range(60)),
    *(b"parcel %d of the long kind, far beyond 30" % number for number in range(60)),
]
BOOK = dict(zip(CODES, destinations_for(len(CODES)).tolist(), strict=True))


def expected(codes: list[bytes]) -> list[int]:
    return [BOOK.get(code, -1) for code in codes]


def asked(count: int, longest: int = 60) -> list[bytes]:
    """Codes of the table and others, mixed."""
    chance = random.Random(count)
    known = [code for code in CODES if len(code) <= longest] or [b""]
    return [
        chance.choice(known)
        if chance.random() < 0.7
        else chance.randbytes(chance.randint(0, longest))
        for _ in range(count)
    ]


def offsets_of(numbers: Sequence[int], bits: int) -> Offsets:
    return np.array(numbers, np.int32) if bits == 32 else np.array(numbers, np.int64)


def arrow(codes: list[bytes], bits: int, lead: bytes = b"") -> ArrowCodes:
    ends = np.cumsum([len(lead), *map(len, codes)]).tolist()
    return ArrowCodes(offsets_of(ends, bits), lead + b"".join(codes))
