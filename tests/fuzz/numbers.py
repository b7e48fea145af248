"""The lines of rows that are numbers, of an input that says only which slots hold something.

A table keeps numbers as such from 2 MiB of lines on, which is more than an input can be. An input
is the table's seed (64 bits), a byte of choices, and then slots: line (16 bits), slot (8) and its
word (64). The choices: to name another number of rows than there are (1), to let destinations be
any (2), and not to announce rows in their alternate lines (4).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

_LINES = 1 << 15
_KEY_BITS = 61
_REGION_MASK = 1023
_SEED_AND_CHOICES = struct.Struct("<QB")
_SLOT = struct.Struct("<HBQ")
_WORD = struct.Struct("<Q")
_MARK = (1 << 62) - (1 << 16)
_CHOICE = 1 << 62
_OVERFLOW = 1 << 63
_COUNT_WRONG, _DESTINATIONS_ANY, _UNANNOUNCED = 1, 2, 4

_lines = bytearray(64 * _LINES)

NUMBER_SEED = _SEED_AND_CHOICES.pack(20, 0) + b"".join(
    _SLOT.pack(line, slot, line * 0x9E3779B97F4A7C15 % 2**62)
    for line in range(0, _LINES, 4001)
    for slot in (0, 5)
)


@contextmanager
def lines_of(entry: bytes) -> Iterator[dict[str, memoryview]]:
    """The sections "codes" and "number_lines" of an input, as long as the context lasts."""
    padded = entry.ljust(_SEED_AND_CHOICES.size, b"\0")
    seed, choices = _SEED_AND_CHOICES.unpack_from(padded)
    slots = padded[_SEED_AND_CHOICES.size :]
    words: dict[int, int] = {}
    for line, slot, word in _SLOT.iter_unpack(slots[: len(slots) // _SLOT.size * _SLOT.size]):
        place = line % _LINES * 8 + slot % 8
        words[place] = word if choices & _DESTINATIONS_ANY else word & ~0xFFFC
    rows = sum(word & _MARK != 0 for word in words.values())
    if not choices & _UNANNOUNCED:
        _announce(words)
    head = struct.pack("<5Q", seed, _KEY_BITS, rows + (choices & _COUNT_WRONG), 0, 0)
    for place, word in words.items():
        _WORD.pack_into(_lines, 8 * place, word)
    try:
        yield {"codes": memoryview(head), "number_lines": memoryview(_lines)}
    finally:
        for place in words:
            _WORD.pack_into(_lines, 8 * place, 0)


def _announce(words: dict[int, int]) -> None:
    """Say in the home line of each row that lies in its alternate line that it does."""
    for place, word in list(words.items()):
        if word & _CHOICE and word & _MARK:
            spread = (word & _MARK) >> 16
            home = place // 8 ^ (spread & _REGION_MASK | 1)
            lot = 8 * home + (spread >> 10) % 8
            words[lot] = words.get(lot, 0) | _OVERFLOW
