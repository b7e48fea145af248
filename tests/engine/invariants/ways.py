"""What happens between two mishaps: a body comes, and the belt runs on."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

GAPS = (150, 160, 200, 250, 0, 300, 400, 500, 40, 180, 220, 700, 1000, 190, 1, 155)
LENGTHS = (200, 300, 400, 250, 150, 350, 20, 600, 800, 180, 320, 280, 220, 1000, 1190, 1500)
FARTHEST = 2000


class Way(NamedTuple):
    """A body of that length comes, so far behind the one before; the belt runs for `distance`."""

    gap: int
    length: int
    distance: int


def _way(drawn: bytes) -> Way:
    number = int.from_bytes(drawn)
    number, gap = divmod(number, len(GAPS))
    number, length = divmod(number, len(LENGTHS))
    number, more = divmod(number, 50)
    # Lengths are seldom the same.
    return Way(GAPS[gap], LENGTHS[length] + more, 1 + number % FARTHEST)


# Numbers are most often drawn small, bytes are not; and one is drawn faster than three.
ways = st.binary(min_size=4, max_size=4).map(_way)
