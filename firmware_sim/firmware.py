"""The PLC program: one call of `cycle` a millisecond, and the host's reads and writes between.

It keeps the behaviour rules 1 to 10 of `docs/plc-register-map.md`. It knows inputs, outputs and
the encoder, never a parcel: what its outputs do to parcels is the plant's business. A write acts
whole and at once, or is refused and does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from firmware_sim.arms import ArmQueue, SlotWrite
from firmware_sim.command_block import CommandBlock
from firmware_sim.registers import (
    ENTRY_REGISTERS,
    MAP_ID_VALUE,
    MAP_VERSION_VALUE,
    PLC_HEARTBEAT_PERIOD_MS,
    RING_ADDRESS,
    STATUS_REGISTERS,
    WATCHDOG_DEFAULT_MS,
    WATCHDOG_MAX_MS,
    WATCHDOG_MIN_MS,
    Command,
    ControlBit,
    EntryKind,
    ModbusException,
    Reason,
    RequestError,
    Side,
    SlotCommand,
    StateBit,
    signed_difference,
    words,
)
from firmware_sim.ring import EventRing


class Edge(NamedTuple):
    """An input that changed, with the encoder count (u32) latched at that moment."""

    input: int
    on: bool
    latched: int


class Output(NamedTuple):
    """One output: the diverter's number and the side it turns to."""

    diverter: int
    side: int


@dataclass(frozen=True, slots=True)
class Hardware:
    """What is wired to this PLC and how much it can hold.

    `trigger_input`: the input whose `on` edges trigger readings; None when it triggers none.
    `trigger_bits`: how wide the counter is that numbers them.
    """

    diverter_count: int
    input_count: int
    horizon_pulses: int
    ring_capacity: int = 512
    arm_capacity: int = 64
    boot_counter: int = 1
    trigger_input: int | None = None
    trigger_bits: int = 32


class Firmware:
    """The PLC from power-up on: in its safe state, without a session."""

    def __init__(self, hardware: Hardware, *, count: int = 0, trigger: int = 0) -> None:
        """`trigger`: the number of the last reading before power-up."""
        self.hardware = hardware
        self.trigger = trigger
        self.ring = EventRing(hardware.ring_capacity)
        self.outputs: dict[Output, int] = {}
        self._now_ms = 0
        self._count = count
        self._pulses = count
        self._speed_mm_s = 0
        self._levels = 0
        self._encoder_generation = 1
        self._estop = False
        self._safe = True
        self._host_alive = False
        self._beat_ms = 0
        self._watchdog_ms = WATCHDOG_DEFAULT_MS
        self._session = 0
        self._seen: set[int] = set()
        self._arms = ArmQueue()
        self._command = CommandBlock()

    @property
    def admits(self) -> bool:
        """Whether a parcel may come onto the belt (rule 8)."""
        control = self._command.value(Command.CONTROL)
        return (
            self._speed_mm_s > 0
            and not self._safe
            and bool(control >> ControlBit.READY & 1)
            and not control >> ControlBit.HOLD_INFEED & 1
        )

    def cycle(
        self,
        now_ms: int,
        count: int,
        *,
        speed_mm_s: int = 0,
        edges: Iterable[Edge] = (),
        levels: int | None = None,
        estop: bool = False,
        encoder_reset: bool = False,
    ) -> None:
        """Run the program once, at `now_ms` (simulated ms, growing) and encoder `count` (u32).

        `levels`: what the inputs show, bit n for input n, where an edge was missed; else what the
        edges come to.
        """
        self._now_ms = now_ms
        self._speed_mm_s = speed_mm_s
        if encoder_reset:
            self._pulses = count
        else:
            self._pulses += signed_difference(count, self._count)
        self._count = count
        for edge in edges:
            self._take_edge(edge)
        if levels is not None:
            self._levels = levels
        if encoder_reset:
            self._encoder_generation = (self._encoder_generation + 1) & 0xFFFF
            self._drop_arms(Reason.ENCODER_RESET)
            self.ring.enter(EntryKind.ENCODER_RESET, count=count)
        if estop and not self._estop:
            self._go_safe(Reason.ESTOP)
        self._estop = estop
        if self._host_alive and now_ms - self._beat_ms >= self._watchdog_ms:
            self._host_alive = False
            if not self._safe:
                self._go_safe(Reason.WATCHDOG)
        if self.outputs:
            self._end_pulses()
        while (arm := self._arms.pop_reached(self._pulses)) is not None:
            self._switch_on(Output(arm.diverter, arm.side), arm.pulse_ms)
            self.ring.enter(EntryKind.EXECUTED, count=count, sequence=arm.sequence)

    def read_input(self, address: int, registers: int) -> list[int]:
        """Input registers (function 4): status block or ring. Raises RequestError."""
        end = address + registers
        if end <= STATUS_REGISTERS:
            return self._status()[address:end]
        start = address - RING_ADDRESS
        if start < 0 or end > RING_ADDRESS + self.ring.capacity * ENTRY_REGISTERS:
            raise RequestError(
                ModbusException.ILLEGAL_ADDRESS,
                f"no input registers {address} to {end - 1}",
            )
        return self.ring.registers[start : start + registers]

    def read_holding(self, address: int, registers: int) -> list[int]:
        """Holding registers (function 3): the values last written. Raises RequestError."""
        return self._command.read(address, registers)

    def write(self, address: int, values: Sequence[int]) -> None:
        """Holding registers (functions 6 and 16). Raises RequestError, and did nothing."""
        beats = self._command.value(Command.HEARTBEAT)
        written = self._command.write_command(address, values)
        if written is None:
            for slot in self._command.write_slots(address, values):
                self._obey(slot)
            return
        if written.get(Command.HEARTBEAT.address, beats) != beats:
            self._host_alive = True
            self._beat_ms = self._now_ms
        if Command.WATCHDOG_MS.address in written:
            asked_ms = written[Command.WATCHDOG_MS.address]
            self._watchdog_ms = min(max(asked_ms, WATCHDOG_MIN_MS), WATCHDOG_MAX_MS)
        if Command.SESSION.address in written:
            self._open_session(written[Command.SESSION.address])
        if self._host_alive and self._session:
            self._safe = False

    def _open_session(self, session: int) -> None:
        if session == self._session or self._estop:
            return
        self._drop_arms(Reason.NEW_SESSION)
        self._seen.clear()
        self._session = session

    def _obey(self, slot: SlotWrite) -> None:
        refusal = self._judge_slot(slot)
        if refusal is not None:
            self._enter(EntryKind.ARM_REFUSED, refusal, slot.sequence)
            return
        if slot.command == SlotCommand.CANCEL:
            if self._arms.remove(slot.sequence):
                self._enter(EntryKind.CANCELLED, Reason.BY_HOST, slot.sequence)
            return
        if slot.sequence in self._seen:
            return
        self._seen.add(slot.sequence)
        refusal = self._judge_arm(slot)
        if refusal is not None:
            self._enter(EntryKind.ARM_REFUSED, refusal, slot.sequence)
            return
        self._arms.add(slot, self._pulses + signed_difference(slot.target, self._count))
        self._enter(EntryKind.ARM_ACCEPTED, 0, slot.sequence)

    def _judge_slot(self, slot: SlotWrite) -> Reason | None:
        if slot.malformed:
            return Reason.MALFORMED
        if self._safe and slot.command == SlotCommand.ARM:
            return Reason.NOT_READY
        if self._session == 0 or slot.session != self._session:
            return Reason.WRONG_SESSION
        return None

    def _judge_arm(self, slot: SlotWrite) -> Reason | None:
        if not self._command.value(Command.CONTROL) >> ControlBit.READY & 1:
            return Reason.NOT_READY
        if not 1 <= slot.diverter <= self.hardware.diverter_count or slot.side not in set(Side):
            return Reason.NO_SUCH_DIVERTER
        if len(self._arms) >= self.hardware.arm_capacity:
            return Reason.QUEUE_FULL
        ahead = signed_difference(slot.target, self._count)
        if ahead <= 0:
            return Reason.TARGET_PASSED
        if ahead > self.hardware.horizon_pulses:
            return Reason.BEYOND_HORIZON
        return None

    def _enter(self, kind: EntryKind, index: int, sequence: int = 0) -> None:
        self.ring.enter(kind, index=index, count=self._count, sequence=sequence)

    def _take_edge(self, edge: Edge) -> None:
        if edge.on:
            self._levels |= 1 << edge.input
        else:
            self._levels &= ~(1 << edge.input)
        kind = EntryKind.EDGE_ON if edge.on else EntryKind.EDGE_OFF
        triggers = edge.on and edge.input == self.hardware.trigger_input
        if triggers:
            self.trigger = self.trigger % ((1 << self.hardware.trigger_bits) - 1) + 1
        self.ring.enter(
            kind, index=edge.input, count=edge.latched, sequence=self.trigger if triggers else 0
        )

    def _go_safe(self, reason: Reason) -> None:
        self._safe = True
        self._session = 0
        self.outputs.clear()
        self._drop_arms(reason)
        self._enter(EntryKind.SAFE_STATE, reason)

    def _drop_arms(self, reason: Reason) -> None:
        for arm in self._arms.drain():
            self._enter(EntryKind.CANCELLED, reason, arm.sequence)

    def _switch_on(self, output: Output, pulse_ms: int) -> None:
        # A diverter cannot turn both ways: the later arm takes over from the other side.
        self.outputs.pop(Output(output.diverter, Side.LEFT + Side.RIGHT - output.side), None)
        off_ms = self._now_ms + pulse_ms
        self.outputs[output] = max(off_ms, self.outputs.get(output, off_ms))

    def _end_pulses(self) -> None:
        for output in [out for out, off_ms in self.outputs.items() if off_ms <= self._now_ms]:
            del self.outputs[output]

    def _state(self) -> int:
        return (
            (self._speed_mm_s > 0) << StateBit.RUNNING
            | self._estop << StateBit.ESTOP
            | self._host_alive << StateBit.HOST_ALIVE
            | (not self.admits) << StateBit.INFEED_HELD
        )

    def _status(self) -> list[int]:
        hardware = self.hardware
        return [
            MAP_ID_VALUE,
            MAP_VERSION_VALUE,
            hardware.boot_counter,
            self._state(),
            *words(self._count),
            self._encoder_generation,
            self._speed_mm_s,
            hardware.diverter_count,
            hardware.input_count,
            hardware.ring_capacity,
            hardware.arm_capacity,
            *words(self.ring.newest),
            self._session,
            len(self._arms),
            self._command.value(Command.HEARTBEAT),
            self._now_ms // PLC_HEARTBEAT_PERIOD_MS & 0xFFFF,
            self._watchdog_ms,
            *words(hardware.horizon_pulses),
            *(self._levels >> shift & 0xFFFF for shift in (0, 16, 32, 48)),
        ]
