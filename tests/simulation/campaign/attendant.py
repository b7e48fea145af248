"""The person who looks after the line: goes to what an alarm names, and starts what was stopped.

An edge that was missed leaves an eye covered in the books, so that a jam is reported where nothing
is. Who comes and finds the light free passes a hand through it: it is covered and comes free. A
diverter that missed several times is looked at and reset. After an emergency stop, and once the
safety system was reset, the machine is cleared, reset and started, and then the belt. On a loop
what has come round too often is taken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firmware_sim.eyes import EyeChange
from firmware_sim.physics import Physics
from firmware_sim.plant import Plant
from sorter.engine.instructions import DiverterReset, MachineCommanded
from sorter.engine.line import Output
from sorter.engine.reports import AlarmRaised, MachineState

COMES_AFTER_MS = 30_000.0
LOOKS_AGAIN_AFTER_MS = 1000.0
SPEAKS_AFTER_MS = 800
PATROLS_EVERY_MS = 500.0
MOST_LAPS = 5
_JAMS = frozenset({"jam", "chute_jammed"})
# What is said to a machine in that state so that it runs.
_WORDS = {"aborted": "clear", "stopped": "reset", "idle": "start"}
# Started, whether the infeed is held or not.
_RUNNING = frozenset({"execute", "held", "suspended"})
_NAME = "attendant"
_WHENEVER = {"time_ns": 0, "count": 0}

Words = DiverterReset | MachineCommanded


class Attendant:
    """Hears alarms and comes. `visits`: how often; `taken_off`: bodies that came round too often.

    `may_start`: whether the line may be started.
    """

    def __init__(self, physics: Physics, plant: Plant) -> None:
        self._physics = physics
        self._seen_to: list[str] = []
        self._machine = ""
        self._speaks_at_ms = 0
        self.visits = 0
        self.taken_off = 0
        self.may_start = True
        if plant.is_loop:
            physics.agenda.later(PATROLS_EVERY_MS, self._patrol)

    def hear(self, said: Iterable[Output]) -> None:
        """The engine's reports."""
        for output in said:
            if isinstance(output, AlarmRaised) and output.cause in _JAMS | {"diverter_faulted"}:
                self._come(output, COMES_AFTER_MS)
            elif isinstance(output, MachineState):
                self._machine = output.state
                self._speaks_at_ms = int(self._physics.agenda.now_ms) + SPEAKS_AFTER_MS

    def take_words(self, now_ms: int) -> Sequence[Words]:
        """What the person tells control now; when that is, control says."""
        is_silent = self._machine not in _WORDS or not self.may_start
        if not self._seen_to and (is_silent or now_ms < self._speaks_at_ms):
            return ()
        words: list[Words] = [
            DiverterReset(**_WHENEVER, diverter=diverter, by=_NAME) for diverter in self._seen_to
        ]
        self._seen_to.clear()
        if not is_silent and now_ms >= self._speaks_at_ms:
            self._speaks_at_ms = now_ms + SPEAKS_AFTER_MS
            words.append(MachineCommanded(**_WHENEVER, command=_WORDS[self._machine], by=_NAME))
        return words

    @property
    def finds_it_running(self) -> bool:
        """Whether the machine has been started, as far as the person knows."""
        return self.may_start and self._machine in _RUNNING

    def _come(self, alarm: AlarmRaised, in_ms: float) -> None:
        agenda = self._physics.agenda
        agenda.later(agenda.now_ms + in_ms, lambda _, mm: self._look(alarm, mm))

    def _look(self, alarm: AlarmRaised, travel_mm: float) -> None:
        self.visits += 1
        if alarm.cause == "diverter_faulted":
            self._seen_to.append(alarm.place)
            return
        eye = self._physics.sensors.named(alarm.place.removeprefix("along:"))
        if eye.covered_by:
            self._come(alarm, LOOKS_AGAIN_AFTER_MS)
            return
        for on in (True, False):
            self._physics.sensors.changes.append(EyeChange(eye.input, on, travel_mm, None))

    def _patrol(self, now_ms: float, travel_mm: float) -> None:
        for body in self._physics.bodies.in_line():
            if body.laps >= MOST_LAPS:
                self.taken_off += self._physics.hands.take_off(body, travel_mm)
        self._physics.agenda.later(now_ms + PATROLS_EVERY_MS, self._patrol)
