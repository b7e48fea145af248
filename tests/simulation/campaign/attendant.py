"""The person who looks after the line: goes to what an alarm names and sets it right.

An edge that was missed leaves an eye covered in the books, so that a jam is reported where nothing
is. Who comes and finds the light free passes a hand through it: it is covered and comes free. A
diverter that missed several times is looked at and reset.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware_sim.eyes import EyeChange
from firmware_sim.physics import Physics
from sorter.engine.instructions import DiverterReset
from sorter.engine.line import Output
from sorter.engine.reports import AlarmRaised

COMES_AFTER_MS = 30_000.0
LOOKS_AGAIN_AFTER_MS = 1000.0
_JAMS = frozenset({"jam", "chute_jammed"})


class Attendant:
    """Hears alarms and comes. `visits`: how often."""

    def __init__(self, physics: Physics) -> None:
        self._physics = physics
        self._seen_to: list[str] = []
        self.visits = 0

    def hear(self, said: Iterable[Output]) -> None:
        """The engine's reports."""
        for output in said:
            if isinstance(output, AlarmRaised) and output.cause in _JAMS | {"diverter_faulted"}:
                self._come(output, COMES_AFTER_MS)

    def take_words(self, time_ns: int, count: int) -> list[DiverterReset]:
        """What the person has told control since the last call."""
        seen_to, self._seen_to = self._seen_to, []
        return [
            DiverterReset(time_ns=time_ns, count=count, diverter=diverter, by="attendant")
            for diverter in seen_to
        ]

    def _come(self, alarm: AlarmRaised, in_ms: float) -> None:
        agenda = self._physics.agenda
        agenda.later(agenda.now_ms + in_ms, lambda _, mm: self._look(alarm, mm))

    def _look(self, alarm: AlarmRaised, travel_mm: float) -> None:
        self.visits += 1
        if alarm.cause == "diverter_faulted":
            self._seen_to.append(alarm.place)
            return
        eye = self._physics.eye(alarm.place.removeprefix("along:"))
        if eye.covered_by:
            self._come(alarm, LOOKS_AGAIN_AFTER_MS)
            return
        for on in (True, False):
            self._physics.changes.append(EyeChange(eye.input, on, travel_mm, None))
