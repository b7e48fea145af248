"""What the PLC saw, told once and in order: its event ring, the belt's position, sensor levels.

The ring is read up to the newest entry of a status block before the belt position of that same
block is told, so silence up to there is real silence. The unwrapped count goes on whatever the
PLC's 32 bits do: a wrap is nothing, a reset goes on from the count there was, and so does a jump
that no belt can make, which counts as a reset. Where the belt goes back, so does the count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sorter.config import LineConfig
from sorter.control.eye_levels import EyeLevels
from sorter.control.field_mark import FieldMark
from sorter.control.plc_events import PRESSED, FieldMap
from sorter.control.ports import Clock, RegisterLink
from sorter.engine.events import (
    AnyEvent,
    BeltMoved,
    EdgesMissed,
    EncoderReset,
    EncoderReversed,
)
from sorter.engine.instructions import EmergencyReset, EmergencyStopped
from sorter.protocol import plc

# Beyond this age the last position and speed say nothing about where the belt is now.
EXTRAPOLATE_MOST_NS = 250_000_000
# A belt that stops springs back by millimetres; from here on it was run backwards.
REVERSED_MM = 20
# Twice the nominal speed, and as far as a belt may go between two looks at a PLC that stalled.
FASTEST = 2
LEAP_MM = 500


class Sighting(NamedTuple):
    """A status block, and the middle of the time that its reading took."""

    status: plc.PlcStatus
    at_ns: int


class FieldReader:
    """Reads one PLC on from `mark`; `tell` is given every event."""

    def __init__(
        self,
        line: LineConfig,
        link: RegisterLink,
        clock: Clock,
        tell: Callable[[AnyEvent], None],
        mark: FieldMark,
    ) -> None:
        self.mark = mark
        self._map = FieldMap(line)
        self._link = link
        self._clock = clock
        self._tell = tell
        self._count = mark.count
        self._count_ns = 0
        self._pulses_per_s = 0
        self._pulses_per_m = line.belt.pulses_per_m
        self._fastest_pulses_per_s = round(FASTEST * line.belt.speed_mps * line.belt.pulses_per_m)
        self._farthest = 0
        self._eyes = EyeLevels(self._map.eye_inputs)
        self._emergency = mark.emergency

    def count_at(self, time_ns: int) -> int:
        """Where the encoder stands at `time_ns`, from the last status block and speed."""
        age_ns = min(max(time_ns - self._count_ns, 0), EXTRAPOLATE_MOST_NS)
        return self._count + self._pulses_per_s * age_ns // 1_000_000_000

    def moved_by(self, time_ns: int) -> int | None:
        """How far the belt has moved by `time_ns` since the last status block, None if long ago.

        Control read its scanners no longer ago than that, so it bounds how late it heard one.
        """
        if time_ns - self._count_ns > EXTRAPOLATE_MOST_NS:
            return None
        return self.count_at(time_ns) - self._count

    def unwrap(self, count: int) -> int:
        """The unwrapped encoder count that is nearest to the belt's position and equals `count`."""
        return plc.unwrap(count, self._count)

    async def look(self) -> Sighting:
        """Read the status block. Raises PlcMapError and the errors of sorter.protocol.links."""
        asked_ns = self._clock.monotonic_ns()
        registers = await self._link.read_input(plc.STATUS_ADDRESS, plc.STATUS_REGISTERS)
        answered_ns = self._clock.monotonic_ns()
        return Sighting(plc.decode_status(registers), (asked_ns + answered_ns) // 2)

    def goes_on(self, status: plc.PlcStatus) -> bool:
        """Whether ring and count go on from the mark: it is the same PLC and did not restart."""
        same = self.mark.boot_counter == status.boot_counter
        return same and status.ring_newest >= self.mark.ring

    def begin(self, status: plc.PlcStatus) -> None:
        """Before the first `take_in` of a session: see whether ring and count go on."""
        if self.mark.boot_counter is None:
            self._count = status.encoder_count
            self.mark = self.mark.at(status, ring=status.ring_newest)
        elif not self.goes_on(status):
            self._count = plc.unwrap_onward(status.encoder_count, self._count)
            self.mark = self.mark.at(status, ring=0)
            self._tell(EncoderReset(time_ns=self._clock.monotonic_ns(), count=self._count))

    async def take_in(self, sighting: Sighting) -> str | None:
        """Tell everything up to `sighting`: the ring's entries, then where the belt is.

        Gives the reason when the PLC has dropped its arms by itself. Raises as `look` does.
        """
        status = sighting.status
        before = self._count
        was_reset = self.mark.encoder_generation != status.encoder_generation
        onward = plc.unwrap_onward if was_reset else plc.unwrap
        self._count = count = onward(status.encoder_count, before)
        if not was_reset:
            self._watch_count(count - before, sighting.at_ns - self._count_ns)
        self._farthest = max(self._farthest, count)
        self._count_ns = sighting.at_ns
        self._pulses_per_s = status.speed_mm_s * self._pulses_per_m // 1000
        self._skip_overwritten(status)
        near, dropped = before if was_reset else count, None
        for first, address, registers in plc.ring_reads(
            self.mark.ring, status.ring_newest, status.ring_capacity
        ):
            for entry in plc.decode_ring(first, await self._link.read_input(address, registers)):
                near = count if entry.kind == "encoder_reset" else near
                self._tell_entry(entry, plc.unwrap(entry.count, near))
                dropped = _why_dropped(entry) or dropped
        self.mark = self.mark.at(status, ring=self.mark.ring)
        for number, covered in self._eyes.contradictions(status.levels):
            self._tell(self._map.found(number, covered, self._clock.monotonic_ns(), count))
        self._watch_safety(status)
        self._tell(BeltMoved(time_ns=self._clock.monotonic_ns(), count=count))
        return dropped

    def tell_levels(self, status: plc.PlcStatus) -> None:
        """Tell how the chutes' full sensors stand."""
        now_ns = self._clock.monotonic_ns()
        for event in self._map.levels(status.levels, now_ns, self._count):
            self._tell(event)

    def _tell_entry(self, entry: plc.RingEntry, at_count: int) -> None:
        self.mark = self.mark.read(entry.number)
        now_ns = self._clock.monotonic_ns()
        self._eyes.take(entry)
        for event in self._map.entry(entry, now_ns, self._count, at_count):
            self._emergency |= isinstance(event, EmergencyStopped)
            self._tell(event)

    def _watch_count(self, moved: int, in_ns: int) -> None:
        """A count that goes back, or leaps, is told before what the eyes saw meanwhile."""
        now_ns = self._clock.monotonic_ns()
        leap = LEAP_MM * self._pulses_per_m // 1000
        if abs(moved) > self._fastest_pulses_per_s * in_ns // 1_000_000_000 + leap:
            self._farthest = self._count
            self._tell(EncoderReset(time_ns=now_ns, count=self._count))
        elif (back := self._farthest - self._count) > REVERSED_MM * self._pulses_per_m // 1000:
            self._farthest = self._count
            self._tell(EncoderReversed(time_ns=now_ns, count=self._count, by=back))

    def _watch_safety(self, status: plc.PlcStatus) -> None:
        """An emergency stop that has come and gone stands in the ring, if nowhere else."""
        if status.estop is self._emergency:
            return
        self._emergency = status.estop
        now_ns = self._clock.monotonic_ns()
        if status.estop:
            self._tell(EmergencyStopped(time_ns=now_ns, count=self._count, cause=PRESSED))
        else:
            self._tell(EmergencyReset(time_ns=now_ns, count=self._count))

    def _skip_overwritten(self, status: plc.PlcStatus) -> None:
        missed = status.ring_newest - self.mark.ring - status.ring_capacity
        if missed > 0:
            now_ns = self._clock.monotonic_ns()
            self.mark = self.mark.read(self.mark.ring + missed)
            self._tell(EdgesMissed(time_ns=now_ns, count=self._count, missed=missed))


def _why_dropped(entry: plc.RingEntry) -> str | None:
    """Why a PLC that makes this entry has dropped every arm, if it has."""
    match entry.kind:
        case "safe_state":
            return f"safe state of the PLC: {entry.reason}"
        case "encoder_reset":
            return "the PLC's encoder was reset"
    return None
