"""The twin's own copy of the register map `sorter-plc`, version 1.

Every number here is in `docs/plc-register-map.md`, and a test reads that page and compares. The
controller has its own copy: nothing is shared, so a slip on either side shows.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

MAP_ID_VALUE = 21328
MAP_VERSION_VALUE = 1

COUNT_MODULUS = 1 << 32
"""The encoder count is an unsigned 32-bit number that wraps."""


class Span(NamedTuple):
    """Where a value lies: its first register and how many it takes, high word first."""

    address: int
    registers: int


class Status:
    """Input registers of the status block."""

    MAP_ID = Span(0, 1)
    MAP_VERSION = Span(1, 1)
    BOOT_COUNTER = Span(2, 1)
    STATE = Span(3, 1)
    ENCODER_COUNT = Span(4, 2)
    ENCODER_GENERATION = Span(6, 1)
    SPEED_MM_S = Span(7, 1)
    DIVERTER_COUNT = Span(8, 1)
    INPUT_COUNT = Span(9, 1)
    RING_CAPACITY = Span(10, 1)
    ARM_CAPACITY = Span(11, 1)
    RING_NEWEST = Span(12, 2)
    SESSION = Span(14, 1)
    ARMED = Span(15, 1)
    HEARTBEAT_ECHO = Span(16, 1)
    PLC_HEARTBEAT = Span(17, 1)
    WATCHDOG_MS = Span(18, 1)
    HORIZON_PULSES = Span(19, 2)
    LEVELS = Span(21, 4)


STATUS_REGISTERS = 25
INPUT_LIMIT = 64
PLC_HEARTBEAT_PERIOD_MS = 100


class StateBit(IntEnum):
    """Bits of `Status.STATE`."""

    RUNNING = 0
    ESTOP = 1
    HOST_ALIVE = 2
    INFEED_HELD = 3
    FAULT = 4


RING_ADDRESS = 256
ENTRY_REGISTERS = 8


class Entry:
    """Offsets inside an entry of the event ring."""

    NUMBER = Span(0, 2)
    KIND = Span(2, 1)
    INDEX = Span(3, 1)
    COUNT = Span(4, 2)
    SEQUENCE = Span(6, 2)


class EntryKind(IntEnum):
    """What an entry of the ring tells."""

    EDGE_ON = 1
    EDGE_OFF = 2
    ARM_ACCEPTED = 3
    ARM_REFUSED = 4
    EXECUTED = 5
    CANCELLED = 6
    SAFE_STATE = 7
    ENCODER_RESET = 8


class Reason(IntEnum):
    """Why an arm was refused or dropped, or why the PLC is safe."""

    BY_HOST = 1
    TARGET_PASSED = 2
    BEYOND_HORIZON = 3
    WRONG_SESSION = 4
    NO_SUCH_DIVERTER = 5
    NOT_READY = 6
    QUEUE_FULL = 7
    MALFORMED = 8
    WATCHDOG = 9
    ESTOP = 10
    NEW_SESSION = 11
    ENCODER_RESET = 12


class Command:
    """Holding registers of the command block."""

    HEARTBEAT = Span(0, 1)
    SESSION = Span(1, 1)
    CONTROL = Span(2, 1)
    WATCHDOG_MS = Span(3, 1)
    SLOTS = Span(16, 96)


COMMAND_REGISTERS = 4
"""Heartbeat to watchdog_ms lie side by side; behind them is a gap up to the slots."""

WATCHDOG_MIN_MS = 100
WATCHDOG_MAX_MS = 5000
WATCHDOG_DEFAULT_MS = 500


class ControlBit(IntEnum):
    """Bits of `Command.CONTROL`."""

    READY = 0
    HOLD_INFEED = 1


SLOT_COUNT = 12
SLOT_REGISTERS = 8


class Slot:
    """Offsets inside an arm slot."""

    COMMAND = Span(0, 1)
    SESSION = Span(1, 1)
    SEQUENCE = Span(2, 2)
    DIVERTER = Span(4, 1)
    TARGET = Span(5, 2)
    PULSE_MS = Span(7, 1)


class SlotCommand(IntEnum):
    """Values of `Slot.COMMAND`."""

    ARM = 1
    CANCEL = 2


class Side(IntEnum):
    """The low byte of `Slot.DIVERTER`."""

    LEFT = 1
    RIGHT = 2


DIVERTER_FACTOR = 256
PULSE_MIN_MS = 1
PULSE_MAX_MS = 2000


class ModbusException(IntEnum):
    """Exception codes of the Modbus application protocol 1.1b3 that this device answers with."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    WRONG_UNIT = 11


class RequestError(Exception):
    """A read or write that the map does not allow; nothing was done. `code` goes on the wire."""

    def __init__(self, code: ModbusException, why: str) -> None:
        super().__init__(why)
        self.code = code


def words(value: int) -> tuple[int, int]:
    """A 32-bit value as its two registers, high word first."""
    return (value >> 16) & 0xFFFF, value & 0xFFFF


def signed_difference(count: int, other: int) -> int:
    """`count - other` for two wrapping encoder counts, as a signed 32-bit number."""
    return ((count - other + (1 << 31)) % COUNT_MODULUS) - (1 << 31)
