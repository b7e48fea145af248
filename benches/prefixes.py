"""Prefixes for the benches: country and postcode, and the first digits of carrier numbers."""

from __future__ import annotations

import numpy as np

from benches.codes import Codes, draw_free_codes
from sorter.engine.labels.countries import S10_COUNTRIES

_WIDTH = 9
_CODE = 18


def draw_prefixes(count: int, seed: int) -> Codes:
    """Different prefixes in random order: half of each kind, three to nine digits, some nested."""
    chance = np.random.default_rng(seed)
    drawn = np.empty(0, f"S{_WIDTH}")
    while len(drawn) < count:
        drawn = np.unique(np.concatenate((drawn, _draw(count, chance))))
    return chance.permutation(drawn)[:count]


def draw_prefixed(prefixes: Codes, count: int, seed: int) -> Codes:
    """Codes of 18 characters: nine of ten begin with one of the prefixes, the others at random."""
    chance = np.random.default_rng(seed)
    width = prefixes.dtype.itemsize
    codes = draw_free_codes(count, seed, longest=_CODE, shortest=_CODE, alphabet=b"0123456789")
    cells = codes.view(np.uint8).reshape(count, _CODE)
    chosen = prefixes[chance.integers(len(prefixes), size=count)]
    heads = chosen.view(np.uint8).reshape(count, width)
    taken = (heads > 0) & (chance.random(count) < 0.9)[:, None]
    cells[:, :width][taken] = heads[taken]
    return codes


def _draw(count: int, chance: np.random.Generator) -> Codes:
    digits = chance.integers(ord("0"), ord("9") + 1, (count, _WIDTH)).astype(np.uint8)
    postal = np.arange(count) % 2 == 0
    countries = np.array([list(name.encode()) for name in sorted(S10_COUNTRIES)], np.uint8)
    chosen = countries[chance.integers(len(countries), size=count)]
    digits[postal, :2] = chosen[postal]
    lengths = np.where(postal, chance.integers(5, 10, count), chance.integers(6, 10, count))
    digits[np.arange(_WIDTH) >= lengths[:, None]] = 0
    return digits.view(f"S{_WIDTH}").ravel()
