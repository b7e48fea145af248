"""What the bodies on a belt lead to as it runs: heads and tails at eyes, readings, arrivals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from sorter.engine.events import AnyEvent
from sorter.engine.layout import Layout, confirm_eye
from tests.engine.belt_model import SCANNER
from tests.engine.invariants.bodies import Body

HEAD, TAIL, READING, TOLD = "head", "tail", "reading", "told"


class Due(NamedTuple):
    """Something that happens at a count; `order` tells what comes first of two at one count."""

    at_count: int
    order: int
    what: str
    eye: str = ""
    body: Body | None = None
    event: AnyEvent | None = None


class Agenda:
    """All that is due on one belt, soonest first."""

    def __init__(self, layout: Layout, places: dict[str, int]) -> None:
        self._layout = layout
        self._places = places
        self._dues: list[Due] = []
        self._order = 0

    @property
    def soonest(self) -> int | None:
        """The count at which the next thing happens."""
        return self._dues[0].at_count if self._dues else None

    def plan(self, bodies: Iterable[Body], count: int, until: int) -> None:
        """Bodies may have been moved: see anew what happens after `count`, up to `until`."""
        self._dues = [due for due in self._dues if due.what == TOLD]
        for body in bodies:
            self._dues += self._of_body(body, count, until)
        heapify(self._dues)

    def add(self, at: int, what: str, eye: str = "", body: Body | None = None) -> None:
        """One thing more."""
        heappush(self._dues, self._due(at, what, eye, body))

    def tell(self, at: int, event: AnyEvent) -> None:
        """Something that will be told then, whatever becomes of the bodies."""
        self._order += 1
        heappush(self._dues, Due(at, self._order, TOLD, event=event))

    def pop(self, count: int) -> Iterator[Due]:
        """What has become due by `count`."""
        while self._dues and self._dues[0].at_count <= count:
            yield heappop(self._dues)

    def arrival(self, body: Body) -> tuple[tuple[int, str], tuple[int, str]]:
        """When a body that was diverted comes to its chute's eye, and leaves it."""
        at = body.diverted_at + self._layout.chutes[body.chute or ""].slide
        return (at, HEAD), (at + body.length, TAIL)

    def _of_body(self, body: Body, count: int, until: int) -> Iterator[Due]:
        head, tail = body.head_count, body.tail_count
        for eye, place in self._places.items():
            if body.chute is None and eye not in body.unseen:
                for at in self._passes(head + place, count, until):
                    yield self._due(at, HEAD, eye, body)
            for at in self._passes(tail + place, count, until):
                yield self._due(at, TAIL, eye, body)
        if body.chute is None:
            for at in self._passes((head + tail) // 2 + SCANNER, count, until):
                yield self._due(at, READING, "", body)
        else:
            for at, what in self.arrival(body):
                if count < at <= until:
                    yield self._due(at, what, confirm_eye(body.chute), body)

    def _passes(self, at: int, count: int, until: int) -> Iterable[int]:
        """The counts after `count` at which what is there at `at` is there, on a loop again."""
        lap = self._layout.lap
        if not lap:
            return (at,) if count < at <= until else ()
        if at <= count:
            at += ((count - at) // lap + 1) * lap
        return range(at, until + 1, lap)

    def _due(self, at: int, what: str, eye: str, body: Body | None) -> Due:
        self._order += 1
        return Due(at, self._order, what, eye, body)
