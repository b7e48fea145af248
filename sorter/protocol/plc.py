"""The register map of the `sorter-plc` profile: registers <-> meanings, no sockets.

Its contract is docs/plc-register-map.md; a test compares every constant here with that page.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

MAP_ID = 21328
MAP_VERSION = 1

STATUS_ADDRESS = 0
STATUS_REGISTERS = 25
STATUS = {
    "map_id": 0,
    "map_version": 1,
    "boot_counter": 2,
    "state": 3,
    "encoder_count": 4,
    "encoder_generation": 6,
    "speed_mm_s": 7,
    "diverter_count": 8,
    "input_count": 9,
    "ring_capacity": 10,
    "arm_capacity": 11,
    "ring_newest": 12,
    "session": 14,
    "armed": 15,
    "heartbeat_echo": 16,
    "plc_heartbeat": 17,
    "watchdog_ms": 18,
    "horizon_pulses": 19,
    "levels": 21,
}
STATE_BITS = {"running": 0, "estop": 1, "host_alive": 2, "infeed_held": 3, "fault": 4}

RING_ADDRESS = 256
RING_ENTRY_REGISTERS = 8
RING_ENTRY = {"number": 0, "kind": 2, "index": 3, "count": 4, "sequence": 6}
# Modbus addresses have 16 bits, whatever a device says about the size of its ring.
MAX_RING_ENTRIES = (0x1_0000 - RING_ADDRESS) // RING_ENTRY_REGISTERS
MAX_REGISTERS_A_READ = 125
MAX_ENTRIES_A_READ = MAX_REGISTERS_A_READ // RING_ENTRY_REGISTERS
KINDS = {
    "edge_on": 1,
    "edge_off": 2,
    "arm_accepted": 3,
    "arm_refused": 4,
    "executed": 5,
    "cancelled": 6,
    "safe_state": 7,
    "encoder_reset": 8,
}
REASONS = {
    "by_host": 1,
    "target_passed": 2,
    "beyond_horizon": 3,
    "wrong_session": 4,
    "no_such_diverter": 5,
    "not_ready": 6,
    "queue_full": 7,
    "malformed": 8,
    "watchdog": 9,
    "estop": 10,
    "new_session": 11,
    "encoder_reset": 12,
}

COMMAND_ADDRESS = 0
COMMAND = {"heartbeat": 0, "session": 1, "control": 2, "watchdog_ms": 3}
CONTROL_BITS = {"ready": 0, "hold_infeed": 1}
SLOTS_ADDRESS = 16
SLOT_REGISTERS = 8
SLOTS = 12
SLOT = {
    "command": 0,
    "session": 1,
    "sequence": 2,
    "diverter": 4,
    "target": 5,
    "pulse_ms": 7,
}
ARM = 1
CANCEL = 2
SIDES = {"left": 1, "right": 2}

_KIND_NAMES = {code: name for name, code in KINDS.items()}
_REASON_NAMES = {code: name for name, code in REASONS.items()}


class PlcMapError(ValueError):
    """The device does not speak this map, or its registers contradict it."""


class PlcStatus(msgspec.Struct, frozen=True):
    """The status block. Counts are the PLC's 32-bit values; `levels` has bit n for input n."""

    boot_counter: int
    running: bool
    estop: bool
    host_alive: bool
    infeed_held: bool
    fault: bool
    encoder_count: int
    encoder_generation: int
    speed_mm_s: int
    diverter_count: int
    input_count: int
    ring_capacity: int
    ring_newest: int
    session: int
    heartbeat_echo: int
    watchdog_ms: int
    levels: int


class RingEntry(msgspec.Struct, frozen=True):
    """One entry of the event ring; `kind` and `reason` by name, `index` as sent."""

    number: int
    kind: str
    index: int
    count: int
    sequence: int

    @property
    def reason(self) -> str:
        """The reason that `index` names in entries that have one."""
        return _REASON_NAMES.get(self.index, f"reason_{self.index}")


def decode_status(registers: Sequence[int]) -> PlcStatus:
    """Decode the status block. Raises PlcMapError when it is not this map or can't be true."""
    if len(registers) != STATUS_REGISTERS:
        raise PlcMapError(f"status block: {len(registers)} registers, expected {STATUS_REGISTERS}")
    map_id, version = registers[STATUS["map_id"]], registers[STATUS["map_version"]]
    if (map_id, version) != (MAP_ID, MAP_VERSION):
        raise PlcMapError(
            f"status block: map {map_id} version {version}, expected {MAP_ID} version "
            f"{MAP_VERSION}; is this the right device, and its register map not shifted?"
        )
    if not 1 <= registers[STATUS["ring_capacity"]] <= MAX_RING_ENTRIES:
        raise PlcMapError(
            f"status block: event ring of {registers[STATUS['ring_capacity']]} entries, expected "
            f"1 to {MAX_RING_ENTRIES}"
        )
    state = registers[STATUS["state"]]
    levels_at = STATUS["levels"]
    return PlcStatus(
        boot_counter=registers[STATUS["boot_counter"]],
        **{name: bool(state >> bit & 1) for name, bit in STATE_BITS.items()},
        encoder_count=_long(registers, STATUS["encoder_count"]),
        encoder_generation=registers[STATUS["encoder_generation"]],
        speed_mm_s=registers[STATUS["speed_mm_s"]],
        diverter_count=registers[STATUS["diverter_count"]],
        input_count=registers[STATUS["input_count"]],
        ring_capacity=registers[STATUS["ring_capacity"]],
        ring_newest=_long(registers, STATUS["ring_newest"]),
        session=registers[STATUS["session"]],
        heartbeat_echo=registers[STATUS["heartbeat_echo"]],
        watchdog_ms=registers[STATUS["watchdog_ms"]],
        levels=sum(registers[levels_at + i] << 16 * i for i in range(4)),
    )


def ring_reads(after: int, newest: int, capacity: int) -> list[tuple[int, int, int]]:
    """The reads that fetch the ring entries after number `after` up to `newest`.

    Gives (first number, address, registers) each; the caller has made sure that no more than
    `capacity` entries are asked for.
    """
    reads: list[tuple[int, int, int]] = []
    number = after + 1
    while number <= newest:
        slot = (number - 1) % capacity
        entries = min(newest - number + 1, capacity - slot, MAX_ENTRIES_A_READ)
        address = RING_ADDRESS + slot * RING_ENTRY_REGISTERS
        reads.append((number, address, entries * RING_ENTRY_REGISTERS))
        number += entries
    return reads


def decode_ring(first: int, registers: Sequence[int]) -> list[RingEntry]:
    """Decode consecutive ring entries, the first of which must have number `first`.

    Raises PlcMapError when a number is not the one expected (overwritten) or a kind is unknown.
    """
    entries: list[RingEntry] = []
    for offset in range(0, len(registers), RING_ENTRY_REGISTERS):
        expected = first + len(entries)
        number = _long(registers, offset + RING_ENTRY["number"])
        kind = _KIND_NAMES.get(registers[offset + RING_ENTRY["kind"]])
        if number != expected:
            raise PlcMapError(f"event ring: entry {number} where {expected} was expected")
        if kind is None:
            code = registers[offset + RING_ENTRY["kind"]]
            raise PlcMapError(f"event ring: entry {number} is of unknown kind {code}")
        entries.append(
            RingEntry(
                number=number,
                kind=kind,
                index=registers[offset + RING_ENTRY["index"]],
                count=_long(registers, offset + RING_ENTRY["count"]),
                sequence=_long(registers, offset + RING_ENTRY["sequence"]),
            )
        )
    return entries


def encode_command(
    *, heartbeat: int, session: int, ready: bool, hold_infeed: bool, watchdog_ms: int
) -> list[int]:
    """The registers of the command block up to the watchdog time, written together."""
    control = ready << CONTROL_BITS["ready"] | hold_infeed << CONTROL_BITS["hold_infeed"]
    return [heartbeat & 0xFFFF, session, control, watchdog_ms]


def encode_arm(
    *, session: int, sequence: int, diverter: int, side: str, target_count: int, pulse_ms: int
) -> list[int]:
    """One arm slot; `target_count` is the unwrapped count, of which the PLC gets 32 bits."""
    return [
        ARM,
        session,
        *_words(sequence),
        diverter << 8 | SIDES[side],
        *_words(target_count),
        pulse_ms,
    ]


def encode_cancel(*, session: int, sequence: int) -> list[int]:
    """One cancel slot."""
    return [CANCEL, session, *_words(sequence), 0, 0, 0, 0]


def unwrap(count: int, near: int) -> int:
    """The unwrapped count that is `count` modulo 2^32 and nearest to the unwrapped `near`."""
    ahead = (count - near) & 0xFFFF_FFFF
    return near + ahead - (0x1_0000_0000 if ahead >= 0x8000_0000 else 0)


def unwrap_onward(count: int, behind: int) -> int:
    """The lowest unwrapped count from `behind` on that is `count` modulo 2^32."""
    return behind + ((count - behind) & 0xFFFF_FFFF)


def _long(registers: Sequence[int], at: int) -> int:
    return registers[at] << 16 | registers[at + 1]


def _words(value: int) -> tuple[int, int]:
    return value >> 16 & 0xFFFF, value & 0xFFFF
