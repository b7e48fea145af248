"""The PLC of the campaign: what `firmware_sim.firmware` does, at the moments that matter only.

It keeps the behaviour rules of the register map for one session: an order acts when it arrives, an
arm fires in the first millisecond in which the encoder has come to its target, a target that is
passed is refused, and the host reads what happened in its order at its next poll. Sessions,
watchdog and emergency stop are the twin's stories.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from operator import itemgetter

from firmware_sim.arms import Arm, ArmQueue, SlotWrite
from firmware_sim.diverters import SideName
from firmware_sim.encoder import Encoder
from firmware_sim.eyes import EyeChange
from firmware_sim.physics import Physics
from firmware_sim.registers import Reason, Side, SlotCommand
from sorter.protocol.plc import RingEntry

ARM_CAPACITY = 64
_SIDES: dict[int, SideName] = {Side.LEFT: "left", Side.RIGHT: "right"}


class Plc:
    """Orders in, outputs to the plant, ring entries out. `admits`: whether parcels may come on."""

    def __init__(self, encoder: Encoder, physics: Physics) -> None:
        self._encoder = encoder
        self._physics = physics
        self._coming: deque[tuple[float, SlotWrite | bool]] = deque()
        self._arms = ArmQueue()
        self._off_ms: dict[tuple[int, int], int] = {}
        self._happened: list[tuple[int, str, int, int]] = []
        self._entered = 0
        self.admits = True

    def send(self, arrives_ms: float, order: SlotWrite | bool) -> None:
        """An arm or cancel, or whether parcels are admitted, on its way through the network."""
        self._coming.append((arrives_ms, order))

    def advance(self, until_ms: int, travel_mm: float, ms_per_mm: float) -> None:
        """Obey and fire until then, the belt moving evenly; before the plant does the same."""
        while True:
            order_ms = self._coming[0][0] if self._coming else math.inf
            fires_ms = self._fires_ms(until_ms, travel_mm, ms_per_mm)
            at_ms = min(order_ms, fires_ms)
            if at_ms > until_ms:
                return
            at_mm = travel_mm - (until_ms - at_ms) / ms_per_mm if ms_per_mm else travel_mm
            count = self._encoder.pulses_at(at_mm)
            if order_ms <= fires_ms:
                self._obey(self._coming.popleft()[1], count)
            else:
                arm = self._arms.pop_reached(count)
                if arm is not None:
                    self._fire(arm, int(at_ms), count)

    def take_entries(self, changes: Sequence[EyeChange]) -> list[RingEntry]:
        """What has happened since the last call, with what the eyes saw, in its order."""
        if not (changes or self._happened):
            return []
        edges = [
            (self._encoder.pulses_at(change.travel_mm), _edge(change.on), change.input, 0)
            for change in changes
        ]
        entries = sorted(self._happened + edges, key=itemgetter(0))
        self._happened.clear()
        first = self._entered + 1
        self._entered += len(entries)
        return [
            RingEntry(number, kind, index, count, sequence)
            for number, (count, kind, index, sequence) in enumerate(entries, first)
        ]

    def _fires_ms(self, until_ms: int, travel_mm: float, ms_per_mm: float) -> float:
        nearest = self._arms.nearest_pulses
        if nearest is None:
            return math.inf
        ahead_mm = self._encoder.travel_at(nearest) - travel_mm
        if ahead_mm > 0:
            return math.inf
        return max(math.ceil(until_ms + ahead_mm * ms_per_mm), until_ms - 9)

    def _obey(self, order: SlotWrite | bool, count: int) -> None:
        if isinstance(order, bool):
            self.admits = order
            return
        sequence = order.sequence
        if order.command == SlotCommand.CANCEL:
            if self._arms.remove(sequence):
                self._happened.append((count, "cancelled", Reason.BY_HOST, sequence))
        elif len(self._arms) >= ARM_CAPACITY:
            self._happened.append((count, "arm_refused", Reason.QUEUE_FULL, sequence))
        elif order.target <= count:
            self._happened.append((count, "arm_refused", Reason.TARGET_PASSED, sequence))
        else:
            self._arms.add(order, order.target)
            self._happened.append((count, "arm_accepted", 0, sequence))

    def _fire(self, arm: Arm, at_ms: int, count: int) -> None:
        self._happened.append((count, "executed", 0, arm.sequence))
        output = (arm.diverter, arm.side)
        other = (arm.diverter, Side.LEFT + Side.RIGHT - arm.side)
        if self._off_ms.pop(other, None) is not None:
            self._physics.switch(other[0], _SIDES[other[1]], False, at_ms)
        if output not in self._off_ms:
            self._physics.switch(arm.diverter, _SIDES[arm.side], True, at_ms)
        off_ms = max(at_ms + arm.pulse_ms, self._off_ms.get(output, 0))
        self._off_ms[output] = off_ms
        self._physics.agenda.later(off_ms, lambda now_ms, _: self._end_pulse(output, now_ms))

    def _end_pulse(self, output: tuple[int, int], now_ms: float) -> None:
        if self._off_ms.get(output, math.inf) <= now_ms:
            del self._off_ms[output]
            self._physics.switch(output[0], _SIDES[output[1]], False, now_ms)


def _edge(on: bool) -> str:
    return "edge_on" if on else "edge_off"
