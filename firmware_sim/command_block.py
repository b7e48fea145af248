"""The holding registers as the host sees them: which may be read and written, and last values.

A write is taken whole or refused whole; what it means is the firmware's business.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmware_sim.arms import SlotWrite, read_slot
from firmware_sim.registers import (
    COMMAND_REGISTERS,
    SLOT_REGISTERS,
    WATCHDOG_DEFAULT_MS,
    Command,
    ModbusException,
    RequestError,
    Span,
)


class CommandBlock:
    """Heartbeat to watchdog_ms, and the arm slots behind their gap."""

    def __init__(self) -> None:
        self._command = [0] * COMMAND_REGISTERS
        self._command[Command.WATCHDOG_MS.address] = WATCHDOG_DEFAULT_MS
        self._slots = [0] * Command.SLOTS.registers

    def value(self, span: Span) -> int:
        """The last value written to a register before the slots."""
        return self._command[span.address]

    def read(self, address: int, registers: int) -> list[int]:
        """Registers as last written. Raises RequestError."""
        end = address + registers
        if end <= COMMAND_REGISTERS:
            return self._command[address:end]
        start = address - Command.SLOTS.address
        if start < 0 or start + registers > Command.SLOTS.registers:
            raise RequestError(
                ModbusException.ILLEGAL_ADDRESS, f"no holding registers {address} to {end - 1}"
            )
        return self._slots[start : start + registers]

    def write_command(self, address: int, values: Sequence[int]) -> dict[int, int] | None:
        """Take a write before the slots: values by address; None for a write elsewhere.

        Raises RequestError, and nothing was taken.
        """
        if address + len(values) > COMMAND_REGISTERS:
            return None
        written = dict(enumerate(values, address))
        if written.get(Command.SESSION.address) == 0:
            raise RequestError(ModbusException.ILLEGAL_VALUE, "session 0 cannot be opened")
        self._command[address : address + len(values)] = values
        return written

    def write_slots(self, address: int, values: Sequence[int]) -> list[SlotWrite]:
        """Take a write of whole slots. Raises RequestError, and nothing was taken."""
        start = address - Command.SLOTS.address
        inside = start >= 0 and start + len(values) <= Command.SLOTS.registers
        if not inside or start % SLOT_REGISTERS:
            raise RequestError(
                ModbusException.ILLEGAL_ADDRESS,
                f"a write of {len(values)} registers to {address} does not begin at a slot "
                "or ends behind the last",
            )
        if len(values) % SLOT_REGISTERS:
            raise RequestError(
                ModbusException.ILLEGAL_VALUE, f"{len(values)} registers are no whole slots"
            )
        self._slots[start : start + len(values)] = values
        return [
            read_slot(values[at : at + SLOT_REGISTERS])
            for at in range(0, len(values), SLOT_REGISTERS)
        ]
