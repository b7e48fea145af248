"""What would have gone elsewhere: counted by destination and by chute, with samples of each."""

from __future__ import annotations

from collections import Counter

import msgspec

from sorter.control.journal_turns import Turn
from sorter.engine.reports import ParcelDecided


class Change(msgspec.Struct, frozen=True):
    """One parcel that would have been decided otherwise, and the turn in which it was decided."""

    turn: Turn
    was: ParcelDecided
    would_be: ParcelDecided


class Changes:
    """Parcels as they were decided, beside what a candidate would have decided.

    `elsewhere` counts those with another chute, straight on being one too; `same_chute` those with
    another rule or destination that leads to the chute they had. `by_destination` and `by_chute`
    count (was, would be) for those in which the two differ; a destination that there is none of is
    the rule in brackets, a chute that there is none of is None.
    """

    def __init__(self, samples: int) -> None:
        """Keep the first `samples` parcels of each kind of change."""
        self._most_samples = samples
        self._seen: Counter[tuple[str, str, str | None, str | None]] = Counter()
        self.decided = 0
        self.elsewhere = 0
        self.same_chute = 0
        self.by_destination: Counter[tuple[str, str]] = Counter()
        self.by_chute: Counter[tuple[str | None, str | None]] = Counter()
        self.samples: list[Change] = []

    def take(self, turn: Turn, was: ParcelDecided, would_be: ParcelDecided) -> None:
        """Count one parcel."""
        self.decided += 1
        places = place_of(was), place_of(would_be)
        if (was.rule, was.chute) == (would_be.rule, would_be.chute) and places[0] == places[1]:
            return
        if was.chute == would_be.chute:
            self.same_chute += 1
        else:
            self.elsewhere += 1
            self.by_chute[was.chute, would_be.chute] += 1
        if places[0] != places[1]:
            self.by_destination[places] += 1
        kind = (*places, was.chute, would_be.chute)
        self._seen[kind] += 1
        if self._seen[kind] <= self._most_samples:
            self.samples.append(Change(turn, was, would_be))


def place_of(decided: ParcelDecided) -> str:
    """The destination of a decision; without one the rule in brackets, which no name can be."""
    return f"({decided.rule})" if decided.destination is None else decided.destination
