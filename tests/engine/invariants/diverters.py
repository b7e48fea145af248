"""The diverters and the PLC that fires them: what it holds, and whom they sweep off the belt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sorter.engine.commands import ArmDivert
from sorter.engine.layout import Layout
from tests.engine.invariants.bodies import Body, Sweep


class Diverters:
    """All of one line. `arms` wait to be fired; `stuck`: the diverters that do not move then.

    `taken`: who was swept into which chute, and for which arm.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._sweeps: list[Sweep] = []
        self.arms: dict[int, ArmDivert] = {}
        self.stuck: set[str] = set()
        self.taken: list[tuple[Body, Sweep]] = []

    @property
    def next_at(self) -> int | None:
        """The count at which the next one is fired."""
        return min((arm.target_count for arm in self.arms.values()), default=None)

    def rest(self) -> None:
        """None sweeps any more."""
        self._sweeps.clear()

    def fire(self, count: int) -> Iterator[ArmDivert]:
        """Fire what is due by `count`."""
        for sequence, arm in tuple(self.arms.items()):
            if arm.target_count <= count:
                del self.arms[sequence]
                if arm.diverter not in self.stuck:
                    self._sweeps.append(self._sweep(arm))
                yield arm

    def sweep(self, bodies: Iterable[Body], count: int) -> Iterator[Body]:
        """Those that are swept off by `count`."""
        for body in bodies if self._sweeps else ():
            for sweep in self._sweeps:
                met = sweep.meets(body, count, self._layout.lap)
                if body.chute is None and met is not None:
                    body.chute, body.diverted_at = sweep.chute, met
                    self.taken.append((body, sweep))
                    yield body
        self._sweeps = [sweep for sweep in self._sweeps if sweep.last >= count]

    def _sweep(self, arm: ArmDivert) -> Sweep:
        place = self._layout.diverters[arm.diverter]
        (chute,) = (
            name
            for name, chute in self._layout.chutes.items()
            if (chute.diverter, chute.side) == (arm.diverter, arm.side)
        )
        last = arm.target_count + place.lead + place.clear
        return Sweep(arm, chute, place.at, arm.target_count, last)
