"""The sorted list of prefixes that a compiled file carries.

Two u32, the number of entries and flags, then the entries in strictly ascending order of their
bytes: length (u8), prefix (1 to 48 printable ASCII characters), destination number (u16). Numbers
are little-endian. What look-ups need is built from it when a file is opened.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Literal, get_args

Kind = Literal["barcode", "postcode"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The kinds of prefixes, in the order of their lists in a file."""

_HEAD = struct.Struct("<II")
_CHANGES = 1


def prefix_list(rows: Mapping[bytes, int]) -> bytes:
    """The list of these prefixes, each with its destination number (below 2**16)."""
    tails = {number: number.to_bytes(2, "little") for number in set(rows.values())}
    lengths = [bytes((length,)) for length in range(256)]
    entries = [_HEAD.pack(len(rows), 0)]
    for prefix in sorted(rows):
        entries += (lengths[len(prefix)], prefix, tails[rows[prefix]])
    return b"".join(entries)


def change_list(changes: Mapping[bytes, tuple[int, int]]) -> bytes:
    """A delta's list: prefix -> (destination number, operation), which stands behind as a u8."""
    entries = [_HEAD.pack(len(changes), _CHANGES)]
    for prefix in sorted(changes):
        number, op = changes[prefix]
        entries.append(bytes((len(prefix),)) + prefix + struct.pack("<HB", number, op))
    return b"".join(entries)
