"""Arm slots and the queue of arms that wait for the encoder.

Targets wait as unwrapped pulses, so that a wrap of the 32-bit count in between changes nothing.
The queue only orders; whether an arm may enter it is the firmware's judgement.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from firmware_sim.registers import (
    DIVERTER_FACTOR,
    PULSE_MAX_MS,
    PULSE_MIN_MS,
    Slot,
    SlotCommand,
    Span,
)


@dataclass(frozen=True, slots=True)
class SlotWrite:
    """One arm slot as the host wrote it."""

    command: int
    session: int
    sequence: int
    diverter: int
    side: int
    target: int
    pulse_ms: int

    @property
    def malformed(self) -> bool:
        """Whether a value is impossible. A cancel needs no more than its sequence."""
        if self.sequence == 0:
            return True
        if self.command == SlotCommand.CANCEL:
            return False
        return self.command != SlotCommand.ARM or not (
            PULSE_MIN_MS <= self.pulse_ms <= PULSE_MAX_MS
        )


def read_slot(registers: Sequence[int]) -> SlotWrite:
    """One slot out of its eight registers."""

    def value(span: Span) -> int:
        high = registers[span.address]
        return high if span.registers == 1 else high << 16 | registers[span.address + 1]

    diverter, side = divmod(value(Slot.DIVERTER), DIVERTER_FACTOR)
    return SlotWrite(
        command=value(Slot.COMMAND),
        session=value(Slot.SESSION),
        sequence=value(Slot.SEQUENCE),
        diverter=diverter,
        side=side,
        target=value(Slot.TARGET),
        pulse_ms=value(Slot.PULSE_MS),
    )


@dataclass(frozen=True, slots=True, order=True)
class Arm:
    """An arm that waits, ordered by its target (unwrapped pulses), then by when it came."""

    target_pulses: int
    arrival: int
    sequence: int
    diverter: int
    side: int
    pulse_ms: int


class ArmQueue:
    """The arms that wait, nearest target first."""

    def __init__(self) -> None:
        self._heap: list[Arm] = []
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, slot: SlotWrite, target_pulses: int) -> None:
        """Let the arm of `slot` wait for `target_pulses` (unwrapped)."""
        self._arrivals += 1
        arm = Arm(
            target_pulses, self._arrivals, slot.sequence, slot.diverter, slot.side, slot.pulse_ms
        )
        heapq.heappush(self._heap, arm)

    @property
    def nearest_pulses(self) -> int | None:
        """The target that the encoder comes to first, or None."""
        return self._heap[0].target_pulses if self._heap else None

    def pop_reached(self, pulses: int) -> Arm | None:
        """Take out the nearest arm if the encoder has reached it, else None."""
        if self._heap and self._heap[0].target_pulses <= pulses:
            return heapq.heappop(self._heap)
        return None

    def remove(self, sequence: int) -> bool:
        """Take out the arm of that sequence; False when none waits."""
        kept = [arm for arm in self._heap if arm.sequence != sequence]
        found = len(kept) < len(self._heap)
        heapq.heapify(kept)
        self._heap = kept
        return found

    def drain(self) -> list[Arm]:
        """Take out all arms, nearest target first."""
        arms = sorted(self._heap)
        self._heap = []
        return arms
