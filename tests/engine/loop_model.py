"""The line for the engine's tests as a loop of three laps, and a parcel that goes round on it."""

from __future__ import annotations

import msgspec

from sorter.engine.events import ChuteFilled
from sorter.engine.layout import Layout
from sorter.engine.line import Output
from tests.engine.belt_model import LAYOUT, LENGTH, Belt

LAP = 9000
LOOP = msgspec.structs.replace(LAYOUT, end=LAP, lap=LAP, max_laps=3)


class Loop(Belt):
    """The line as a loop of three laps."""

    def __init__(self, layout: Layout = LOOP) -> None:
        super().__init__(layout=layout)

    def come_round(self, parcel: int, shift: int = 0, length: int = LENGTH) -> list[object]:
        """The parcel comes to the induct eye again."""
        self.births[parcel] += LAP + shift
        return list(self.eye("induct", self.births[parcel], length=length))

    def read_again(self, parcel: int, code: str = "CODE") -> list[Output]:
        """The parcel passes tunnel and scanner on a later lap."""
        return [*self.pass_tunnel(parcel), *self.scan(parcel, code)]


def full(belt: Belt, *chutes: str) -> None:
    for chute in chutes:
        belt.tell(ChuteFilled(**belt.now, chute=chute))


def decided_for_liege(belt: Loop) -> int:
    parcel = belt.induct(0)
    belt.pass_tunnel(parcel)
    belt.scan(parcel, "CODE")
    belt.route(parcel, "LIEGE")
    return parcel
