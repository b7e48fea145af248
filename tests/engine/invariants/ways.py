"""What happens between two mishaps: a body comes, and the belt runs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from hypothesis import strategies as st

GAPS = (150, 160, 200, 250, 0, 300, 400, 500, 40, 180, 220, 700, 1000, 190, 1, 155)
LENGTHS = (200, 300, 400, 250, 150, 350, 20, 600, 800, 180, 320, 280, 220, 1000, 1190, 1500)
FARTHEST = 2000
NEARBY = 400

T = TypeVar("T")


class Way(NamedTuple):
    """A body of that length comes, so far behind the one before; the belt runs for `distance`.

    What goes wrong then is told by `which`, below 256, and by `by`, from -NEARBY to NEARBY.
    """

    gap: int
    length: int
    distance: int
    which: int
    by: int

    @property
    def is_even(self) -> bool:
        """One of two."""
        return self.which % 2 == 0

    def one_of(self, things: Sequence[T]) -> T:
        """Which of them it is."""
        return things[self.which // 2 % len(things)]


def _way(drawn: bytes) -> Way:
    number = int.from_bytes(drawn, "little")
    number, gap = divmod(number, len(GAPS))
    number, length = divmod(number, len(LENGTHS))
    number, which = divmod(number, 256)
    number, by = divmod(number, 2 * NEARBY + 1)
    number, distance = divmod(number, FARTHEST)
    # Lengths are seldom the same.
    return Way(GAPS[gap], LENGTHS[length] + number % 50, distance + 1, which, by - NEARBY)


# Numbers are most often drawn small, bytes are not; and one is drawn faster than five.
ways = st.binary(min_size=7, max_size=7).map(_way)
