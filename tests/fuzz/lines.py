"""The lines of rows, as much of them as a mutator needs to know to keep them plausible."""

from __future__ import annotations

import random
import struct

_WORD_BYTES = 8
_LINE_WORDS = 8
_SLOTS = {"number": 8, "packed": 4, "text": 8}
_MARK = (1 << 62) - (1 << 16)
_OVERFLOW = 1 << 63
_DESTINATION = 0xFFFF
_ROW_COUNTS = struct.Struct("<3Q")
_ROW_COUNTS_AT = 16


def shuffled_words(lines: bytes, draw: random.Random) -> bytes:
    """Lines with one of their words moved, doubled, emptied, or one of its bits turned."""
    count = len(lines) // _WORD_BYTES
    if count == 0:
        return lines
    words = list(struct.unpack_from(f"<{count}Q", lines))
    at, other = draw.randrange(count), draw.randrange(count)
    move = draw.randrange(4)
    if move == 0:
        words[at], words[other] = words[other], words[at]
    elif move == 1:
        words[at] = words[other]
    elif move == 2:
        words[at] = 0
    else:
        words[at] ^= 1 << draw.choice((63, 62, 61, 16, 15, 0, draw.randrange(64)))
    return struct.pack(f"<{count}Q", *words) + lines[_WORD_BYTES * count :]


def plausible_lines(sections: dict[str, bytes], destinations: int) -> dict[str, bytes]:
    """What must change for counts to be true, destinations to exist and empty slots to be empty.

    `destinations` is a power of two. Sections whose sizes do not fit stay as they are.
    """
    changed: dict[str, bytes] = {}
    counts = []
    for kind, slots in _SLOTS.items():
        lines = sections[f"{kind}_lines"]
        count = len(lines) // _WORD_BYTES
        words = list(struct.unpack_from(f"<{count}Q", lines))
        is_row = []
        for at in range(count):
            if at % _LINE_WORDS < slots:
                is_row.append(words[at] & _MARK != 0)
                known = words[at] & ~(_DESTINATION & -destinations)
                words[at] = known if is_row[-1] else words[at] & _OVERFLOW
        changed[f"{kind}_lines"] = struct.pack(f"<{count}Q", *words) + lines[_WORD_BYTES * count :]
        counts.append(sum(is_row))
        groups = sections[f"{kind}_groups"]
        if len(groups) == 4 * len(is_row):
            numbers = struct.unpack(f"<{len(is_row)}I", groups)
            kept = (number * row for number, row in zip(numbers, is_row, strict=True))
            changed[f"{kind}_groups"] = struct.pack(f"<{len(is_row)}I", *kept)
    head = sections["codes"]
    if len(head) >= _ROW_COUNTS_AT + _ROW_COUNTS.size:
        end = _ROW_COUNTS_AT + _ROW_COUNTS.size
        changed["codes"] = head[:_ROW_COUNTS_AT] + _ROW_COUNTS.pack(*counts) + head[end:]
    return changed
