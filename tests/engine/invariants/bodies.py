"""What lies on the belt, and what the engine is not told of it: where it should go, and does."""

from __future__ import annotations

from dataclasses import dataclass

from sorter.engine.commands import ArmDivert

# By the number of its code: what the table knows of it. The last one can't be read at all.
DESTINATIONS = (None, "LIEGE", "NAMUR", "LIEGE", "NAMUR", "")


@dataclass(eq=False)
class Body:
    """Something on the belt, its head at the induct eye at `head_count` (and a lap later again).

    `chute` once a diverter took it, `diverted_at` where its head was then. `unseen`: the eyes that
    miss it. `moved`: how far back it was moved on the belt by now; negative: forward.
    `slipped`: how far of that where no eye proves it any more.
    """

    head_count: int
    length: int
    number: int
    chute: str | None = None
    diverted_at: int = 0
    unseen: frozenset[str] = frozenset()
    moved: int = 0
    slipped: int = 0

    @property
    def tail_count(self) -> int:
        """Where its tail is, as `head_count`."""
        return self.head_count + self.length

    @property
    def destination(self) -> str | None:
        """Where it should go, as far as its code tells."""
        return DESTINATIONS[self.number % len(DESTINATIONS)] or None

    @property
    def codes(self) -> tuple[str, ...]:
        """What a scanner reads on it."""
        readable = DESTINATIONS[self.number % len(DESTINATIONS)] != ""
        return (f"CODE{self.number}",) if readable else ()


@dataclass
class Sweep:
    """The diverter at `at` stands or moves across the belt for its arm, into `chute`, while the
    counts `first` to `last` pass."""

    arm: ArmDivert
    chute: str
    at: int
    first: int
    last: int

    def meets(self, body: Body, count: int, lap: int) -> int | None:
        """The count at which it touched the body, None when it has not by now."""
        head, last = body.head_count + self.at, min(self.last, count)
        if lap:
            head += (last - head) // lap * lap
        if head > last or head + body.length < self.first:
            return None
        return max(head, self.first)
