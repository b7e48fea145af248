"""What the PLC's inputs and ring entries mean on this line: numbers -> the engine's events."""

from __future__ import annotations

from collections.abc import Iterator

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
    EyeBlocked,
    EyeCleared,
)
from sorter.engine.layout import END_EYE, INDUCT_EYE, TUNNEL_EYE, confirm_eye
from sorter.protocol.plc import RingEntry


class FieldMap:
    """The wiring of one line: which input is which eye or sensor, which number which diverter."""

    def __init__(self, line: LineConfig) -> None:
        eyes = line.eyes
        self._eyes = {
            eyes.induct.input: INDUCT_EYE,
            eyes.tunnel.input: TUNNEL_EYE,
            eyes.end.input: END_EYE,
        } | {chute.confirm_input: confirm_eye(chute.name) for chute in line.chutes}
        self._full = {
            chute.full_input: chute.name for chute in line.chutes if chute.full_input is not None
        }
        self._measuring = {eyes.induct.input, eyes.tunnel.input}
        self.diverter_numbers = {d.name: d.number for d in line.diverters}
        self.highest_diverter = max(self.diverter_numbers.values())
        self.highest_input = max((*self._eyes, *self._full))

    def levels(self, levels: int, time_ns: int, count: int) -> Iterator[AnyEvent]:
        """The chutes' full sensors as they stand."""
        for number, chute in self._full.items():
            if levels >> number & 1:
                yield ChuteFilled(time_ns=time_ns, count=count, chute=chute)
            else:
                yield ChuteEmptied(time_ns=time_ns, count=count, chute=chute)

    def entry(
        self, entry: RingEntry, time_ns: int, count: int, at_count: int
    ) -> Iterator[AnyEvent]:
        """The event that a ring entry means, if it means one on this line."""
        now = {"time_ns": time_ns, "count": count, "ring": entry.number}
        match entry.kind:
            case "edge_on" if entry.index in self._eyes:
                yield EyeBlocked(**now, eye=self._eyes[entry.index], at_count=at_count)
            case "edge_off" if entry.index in self._measuring:
                yield EyeCleared(**now, eye=self._eyes[entry.index], at_count=at_count)
            case "edge_on" if entry.index in self._full:
                yield ChuteFilled(**now, chute=self._full[entry.index])
            case "edge_off" if entry.index in self._full:
                yield ChuteEmptied(**now, chute=self._full[entry.index])
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
