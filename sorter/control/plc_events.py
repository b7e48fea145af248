"""What the PLC's inputs and ring entries mean on this line: numbers -> the engine's events."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sorter.config import LineConfig
from sorter.engine.events import (
    AnyEvent,
    ArmAccepted,
    ArmCancelled,
    ArmRefused,
    ChuteEmptied,
    ChuteFilled,
    DivertExecuted,
    EncoderReset,
    EndEmptied,
    EndFilled,
    EyeBlocked,
    EyeCleared,
    EyeFoundClear,
    EyeFoundCovered,
)
from sorter.engine.instructions import EmergencyStopped
from sorter.engine.layout import END_EYE, INDUCT_EYE, TUNNEL_EYE, along_eye, confirm_eye
from sorter.protocol.plc import RingEntry

# All that the PLC tells of it.
PRESSED = "emergency stop or guard open"


class FullSensor(msgspec.Struct, frozen=True):
    """A full sensor in a chute, or at the end of the belt when `chute` is None."""

    chute: str | None
    full_when_on: bool

    def event(self, on: bool, time_ns: int, count: int, ring: int) -> AnyEvent:
        """What the input's state means."""
        is_full = on is self.full_when_on
        if self.chute is None:
            end = EndFilled if is_full else EndEmptied
            return end(time_ns=time_ns, count=count, ring=ring)
        kind = ChuteFilled if is_full else ChuteEmptied
        return kind(time_ns=time_ns, count=count, ring=ring, chute=self.chute)


class FieldMap:
    """The wiring of one line: which input is which eye or sensor, which number which diverter."""

    def __init__(self, line: LineConfig) -> None:
        eyes = line.eyes
        self._eyes = {
            eyes.induct.input: INDUCT_EYE,
            eyes.tunnel.input: TUNNEL_EYE,
        }
        if eyes.end is not None:
            self._eyes[eyes.end.input] = END_EYE
        self._eyes |= {eye.input: along_eye(eye.name) for eye in eyes.along}
        self._eyes |= {chute.confirm_input: confirm_eye(chute.name) for chute in line.chutes}
        self.eye_inputs = tuple(self._eyes)
        self._full = _full_sensors(line)
        self.diverter_numbers = {d.name: d.number for d in line.diverters}
        self.highest_diverter = max(self.diverter_numbers.values())
        self.highest_input = max((*self._eyes, *self._full))

    def levels(self, levels: int, time_ns: int, count: int) -> Iterator[AnyEvent]:
        """The full sensors as they stand."""
        for number, sensor in self._full.items():
            yield sensor.event(bool(levels >> number & 1), time_ns, count, ring=0)

    def found(self, number: int, covered: bool, time_ns: int, count: int) -> AnyEvent:
        """The eye on that input is covered or free, though no edge told of it."""
        kind = EyeFoundCovered if covered else EyeFoundClear
        return kind(time_ns=time_ns, count=count, eye=self._eyes[number])

    def entry(
        self, entry: RingEntry, time_ns: int, count: int, at_count: int
    ) -> Iterator[AnyEvent]:
        """The event that a ring entry means, if it means one on this line."""
        now = {"time_ns": time_ns, "count": count, "ring": entry.number}
        match entry.kind:
            case "edge_on" if entry.index in self._eyes:
                eye = self._eyes[entry.index]
                # Readings are triggered by the tunnel eye alone; 0 says that none was.
                trigger = (entry.sequence or None) if eye == TUNNEL_EYE else None
                yield EyeBlocked(**now, eye=eye, at_count=at_count, trigger=trigger)
            case "edge_off" if entry.index in self._eyes:
                yield EyeCleared(**now, eye=self._eyes[entry.index], at_count=at_count)
            case "edge_on" | "edge_off" if entry.index in self._full:
                on = entry.kind == "edge_on"
                yield self._full[entry.index].event(on, time_ns, count, ring=entry.number)
            case "arm_accepted":
                yield ArmAccepted(**now, sequence=entry.sequence)
            case "arm_refused":
                yield ArmRefused(**now, sequence=entry.sequence, why=entry.reason)
            case "executed":
                yield DivertExecuted(**now, sequence=entry.sequence, at_count=at_count)
            case "cancelled":
                yield ArmCancelled(**now, sequence=entry.sequence, why=entry.reason)
            case "encoder_reset":
                yield EncoderReset(**now)
            case "safe_state" if entry.reason == "estop":
                yield EmergencyStopped(**now, cause=PRESSED)


def _full_sensors(line: LineConfig) -> dict[int, FullSensor]:
    sensors = {
        chute.full_input: FullSensor(chute.name, chute.full_when == "on")
        for chute in line.chutes
        if chute.full_input is not None
    }
    end = line.eyes.end
    if end is not None and end.full_input is not None:
        sensors[end.full_input] = FullSensor(None, end.full_when == "on")
    return sensors
