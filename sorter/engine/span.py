"""Where a body lies, written so that it stays the same while the belt moves.

A body's span is [head, tail] in counts: what the encoder shows when each is at the induct eye. The
belt carries all bodies alike, so whether two of them, or a body and a moving diverter, can meet
does not depend on the moment: it is a question of two spans.
"""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True):
    """From the count `first` to the count `last`, both included."""

    first: int
    last: int

    def touches(self, other: Span) -> bool:
        """Whether they have a count in common."""
        return self.first <= other.last and other.first <= self.last

    def meets(self, other: Span, lap: int) -> bool:
        """Whether they touch on a loop of that length, however many laps lie between their counts.

        On a line, of lap 0, they touch or not.
        """
        if not lap:
            return self.touches(other)
        ahead, behind = (other.first - self.first) % lap, (self.first - other.first) % lap
        return ahead <= self.last - self.first or behind <= other.last - other.first

    def widened(self, by: int) -> Span:
        """The span with `by` more on each side."""
        return Span(self.first - by, self.last + by)
