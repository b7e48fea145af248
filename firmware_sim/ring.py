"""The PLC's event ring: what happened, in order, each entry whole before it can be seen.

Entries are numbered 1, 2, 3 ... without a hole; entry s is overwritten by entry s + capacity.
"""

from __future__ import annotations

from firmware_sim.registers import ENTRY_REGISTERS, EntryKind, words


class EventRing:
    """A ring of `capacity` entries; `registers` is its image, as the host reads it."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.newest = 0
        self.registers = [0] * (capacity * ENTRY_REGISTERS)

    def enter(self, kind: EntryKind, *, index: int = 0, count: int, sequence: int = 0) -> None:
        """Write the next entry. `count` is the encoder count (u32) at the event."""
        number = self.newest + 1
        start = ((number - 1) % self.capacity) * ENTRY_REGISTERS
        self.registers[start : start + ENTRY_REGISTERS] = (
            *words(number),
            int(kind),
            int(index),
            *words(count),
            *words(sequence),
        )
        self.newest = number
