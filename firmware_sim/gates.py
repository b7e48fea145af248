"""The reading gates of a triggered scanner: from a trigger's edge to the other, at the beam.

The scanner follows the encoder, so each gate stands on the belt: it opens when the place that
covered the trigger eye comes to the beam, and closes when the place that freed it does. What is
read within it bears its number. The scanner knows nothing of parcels, so a gate that the PLC never
opened, because an edge was missed, leaves its parcel's reading without a number.
"""

from __future__ import annotations

from collections import deque


class ReadingGates:
    """The gates between a trigger eye and a beam `distance_mm` behind it, in the belt's order."""

    def __init__(self, distance_mm: float) -> None:
        self._distance_mm = distance_mm
        self._edges: deque[tuple[float, int | None]] = deque()
        self._open: int | None = None

    def open(self, number: int, travel_mm: float) -> None:
        """The eye was covered when the belt had moved `travel_mm`."""
        self._edges.append((travel_mm + self._distance_mm, number))

    def close(self, travel_mm: float) -> None:
        """The eye came free."""
        self._edges.append((travel_mm + self._distance_mm, None))

    def number_at(self, travel_mm: float) -> int | None:
        """The number of the gate that is open at the beam, None between gates. Never goes back."""
        while self._edges and self._edges[0][0] <= travel_mm:
            self._open = self._edges.popleft()[1]
        return self._open
