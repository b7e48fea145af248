"""The outcome ledger: inducted = closed + on belt, at every instant, each parcel closed once."""

from __future__ import annotations

from collections.abc import Mapping

from sorter.engine.reports import OUTCOMES


class Ledger:
    """How many parcels came and how they ended, by outcome."""

    def __init__(self, inducted: int = 0, closed: Mapping[str, int] | None = None) -> None:
        self.inducted = inducted
        self.closed = dict.fromkeys(OUTCOMES, 0) | dict(closed or {})

    @property
    def on_belt(self) -> int:
        """Parcels that have no outcome yet."""
        return self.inducted - sum(self.closed.values())

    def induct(self) -> None:
        """One more parcel came."""
        self.inducted += 1

    def close(self, outcome: str) -> None:
        """One parcel ended. Raises KeyError for an outcome that does not exist."""
        self.closed[outcome] += 1
