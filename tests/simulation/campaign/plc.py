"""The PLC of the campaign: what `firmware_sim.firmware` does, at the moments that matter only.

It keeps the behaviour rules of the register map: an order acts when it arrives, an arm fires in the
first millisecond in which the encoder has come to its target, and what happened stands in the ring
until the host has read it. It goes to its safe state by an emergency stop or without heartbeats,
and only a new session leads out of it.
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
from firmware_sim.registers import (
    COUNT_MODULUS,
    RING_ADDRESS,
    WATCHDOG_DEFAULT_MS,
    EntryKind,
    Reason,
    Side,
    SlotCommand,
    signed_difference,
)
from firmware_sim.ring import EventRing
from sorter.protocol.plc import PlcStatus
from tests.simulation.campaign.hall import POLL_MS

ARM_CAPACITY = 64
RING_CAPACITY = 512
BOOT_COUNTER = 1
_SIDES: dict[int, SideName] = {Side.LEFT: "left", Side.RIGHT: "right"}


class Plc:
    """Orders in, outputs to the plant, ring entries out."""

    def __init__(self, encoder: Encoder, physics: Physics) -> None:
        self._encoder = encoder
        self._physics = physics
        self._ring = EventRing(RING_CAPACITY)
        self._coming: deque[tuple[float, SlotWrite | bool]] = deque()
        self._arms = ArmQueue()
        self._off_ms: dict[tuple[int, int], int] = {}
        self._happened: list[tuple[int, EntryKind, int, int]] = []
        self._now_ms = 0
        self._travel_mm = 0.0
        self._runs = False
        self._generation = 1
        self._session = 0
        self._safe = True
        self._estop = False
        self._hold_infeed = True
        self._beat_ms = 0

    @property
    def admits(self) -> bool:
        """Whether a parcel may come onto the belt."""
        return self._runs and not self._safe and not self._hold_infeed

    def status(self) -> PlcStatus:
        """The status block."""
        return PlcStatus(
            boot_counter=BOOT_COUNTER,
            running=self._runs,
            estop=self._estop,
            host_alive=True,
            infeed_held=not self.admits,
            fault=False,
            encoder_count=self._encoder.count_at(self._travel_mm),
            encoder_generation=self._generation,
            speed_mm_s=0,
            diverter_count=0,
            input_count=0,
            ring_capacity=RING_CAPACITY,
            ring_newest=self._ring.newest,
            session=self._session,
            heartbeat_echo=0,
            watchdog_ms=WATCHDOG_DEFAULT_MS,
            levels=self._physics.sensors.levels,
        )

    def read_ring(self, address: int, registers: int) -> list[int]:
        """Registers of the ring."""
        start = address - RING_ADDRESS
        return self._ring.registers[start : start + registers]

    def send(self, arrives_ms: float, order: SlotWrite | bool) -> None:
        """An arm or cancel, or whether parcels are admitted, on its way through the network."""
        self._coming.append((arrives_ms, order))

    def beat(self, now_ms: int) -> None:
        """The host is alive."""
        self._beat_ms = now_ms

    def open_session(self, session: int) -> None:
        """The host writes a new session, and holds the infeed."""
        if self._estop:
            return
        self._drop_arms(Reason.NEW_SESSION)
        self._session = session
        self._safe = False
        self._hold_infeed = True

    def advance(self, until_ms: int, travel_mm: float, ms_per_mm: float) -> None:
        """Obey and fire until then, the belt moving evenly; before the plant does the same."""
        self._now_ms, self._travel_mm = until_ms, travel_mm
        self._runs = ms_per_mm > 0
        if until_ms - self._beat_ms >= WATCHDOG_DEFAULT_MS and not self._safe:
            self._go_safe(Reason.WATCHDOG)
        while True:
            order_ms = self._coming[0][0] if self._coming else math.inf
            fires_ms = self._fires_ms(until_ms, travel_mm, ms_per_mm)
            at_ms = min(order_ms, fires_ms)
            if at_ms > until_ms:
                return
            at_mm = travel_mm - (until_ms - at_ms) / ms_per_mm if ms_per_mm else travel_mm
            pulses = self._encoder.pulses_at(at_mm)
            if order_ms <= fires_ms:
                self._obey(self._coming.popleft()[1], pulses)
            else:
                arm = self._arms.pop_reached(pulses)
                if arm is not None:
                    self._fire(arm, int(at_ms), pulses)

    def latch(self, changes: Sequence[EyeChange]) -> None:
        """Enter what has happened since the last call, with what the eyes saw, in its order."""
        entries = [
            (
                self._encoder.pulses_at(change.travel_mm),
                EntryKind.EDGE_ON if change.on else EntryKind.EDGE_OFF,
                change.input,
                0,
            )
            for change in changes
        ]
        if self._happened:
            entries = sorted(self._happened + entries, key=itemgetter(0))
            self._happened.clear()
        for pulses, kind, index, sequence in entries:
            self._ring.enter(kind, index=index, count=pulses % COUNT_MODULUS, sequence=sequence)

    def press_estop(self) -> None:
        """The safety system has cut the drives."""
        self._estop = True
        self._go_safe(Reason.ESTOP)
        self.latch(())

    def reset_estop(self) -> None:
        """The safety system was reset."""
        self._estop = False

    def reset_encoder(self, count: int) -> None:
        """The count jumps."""
        self._encoder.reset(self._travel_mm, count)
        self._generation += 1
        self._drop_arms(Reason.ENCODER_RESET)
        self._happened.append((self._pulses, EntryKind.ENCODER_RESET, 0, 0))
        self.latch(())

    @property
    def _pulses(self) -> int:
        return self._encoder.pulses_at(self._travel_mm)

    def _fires_ms(self, until_ms: int, travel_mm: float, ms_per_mm: float) -> float:
        nearest = self._arms.nearest_pulses
        if nearest is None:
            return math.inf
        ahead_mm = self._encoder.travel_at(nearest) - travel_mm
        if ahead_mm > 0:
            return math.inf
        return max(math.ceil(until_ms + ahead_mm * ms_per_mm), until_ms - POLL_MS + 1)

    def _obey(self, order: SlotWrite | bool, pulses: int) -> None:
        if isinstance(order, bool):
            self._hold_infeed = not order
            return
        refusal = self._judge(order, pulses)
        if refusal is not None:
            self._happened.append((pulses, EntryKind.ARM_REFUSED, refusal, order.sequence))
        elif order.command == SlotCommand.CANCEL:
            if self._arms.remove(order.sequence):
                cancelled = (pulses, EntryKind.CANCELLED, Reason.BY_HOST, order.sequence)
                self._happened.append(cancelled)
        else:
            self._arms.add(order, pulses + signed_difference(order.target, pulses % COUNT_MODULUS))
            self._happened.append((pulses, EntryKind.ARM_ACCEPTED, 0, order.sequence))

    def _judge(self, slot: SlotWrite, pulses: int) -> Reason | None:
        is_arm = slot.command == SlotCommand.ARM
        if self._safe and is_arm:
            return Reason.NOT_READY
        if slot.session != self._session:
            return Reason.WRONG_SESSION
        if is_arm and len(self._arms) >= ARM_CAPACITY:
            return Reason.QUEUE_FULL
        if is_arm and signed_difference(slot.target, pulses % COUNT_MODULUS) <= 0:
            return Reason.TARGET_PASSED
        return None

    def _go_safe(self, reason: Reason) -> None:
        self._safe = True
        self._session = 0
        for diverter, side in self._off_ms:
            self._physics.switch(diverter, _SIDES[side], False, self._now_ms)
        self._off_ms.clear()
        self._drop_arms(reason)
        self._happened.append((self._pulses, EntryKind.SAFE_STATE, reason, 0))

    def _drop_arms(self, reason: Reason) -> None:
        for arm in self._arms.drain():
            self._happened.append((self._pulses, EntryKind.CANCELLED, reason, arm.sequence))

    def _fire(self, arm: Arm, at_ms: int, pulses: int) -> None:
        self._happened.append((pulses, EntryKind.EXECUTED, 0, arm.sequence))
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
