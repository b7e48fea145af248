"""One sorting line, advanced a millisecond at a time: plant, encoder, PLC and scanner together.

Pure: simulated time only. A step is 1 ms and one PLC cycle, always in the same order: belt,
infeed, physics, PLC, outputs. How many steps are asked for at once changes nothing.
"""

from __future__ import annotations

import math

import msgspec

from firmware_sim.diverters import SideName
from firmware_sim.drive import Drive
from firmware_sim.encoder import seeded_encoder
from firmware_sim.eyes import EyeChange
from firmware_sim.faults import faults_by_parcel
from firmware_sim.feeder import Feeder
from firmware_sim.firmware import Edge, Firmware, Hardware, Output
from firmware_sim.gates import ReadingGates
from firmware_sim.hands import STRAY
from firmware_sim.manifest import Manifest
from firmware_sim.parcels import Parcel
from firmware_sim.physics import Physics
from firmware_sim.plant import Plant
from firmware_sim.registers import Side
from firmware_sim.telegram import Scanner
from firmware_sim.truth import Truth, tell_truth

_SIDES: dict[int, SideName] = {Side.LEFT: "left", Side.RIGHT: "right"}


class LineStatus(msgspec.Struct, frozen=True):
    """Where the run stands. `fed` = `ended` + `on_belt`; `simulated_ms` since power-up."""

    parcels: int
    fed: int
    ended: int
    on_belt: int
    waiting_for_hold: str | None
    admitting: bool
    simulated_ms: int


class Line:
    """A plant with its manifest, powered up and moving."""

    def __init__(self, plant: Plant, manifest: Manifest, seed: int) -> None:
        self._plant = plant
        faults = faults_by_parcel(manifest.faults)
        self.parcels = tuple(
            Parcel(plan, seed, faults.get(plan.id, ())) for plan in manifest.parcels
        )
        self.now_ms = 0
        self.travel_mm = 0.0
        self.estop = False
        self._encoder = seeded_encoder(plant, manifest, seed)
        self._physics = Physics(plant, seed)
        self._drive = Drive(plant.speed_mps)
        self._scanner = Scanner(plant.scanner)
        self._gates = ReadingGates(plant.scanner_mm - plant.tunnel_eye_mm)
        self._outputs: set[Output] = set()
        self._unheard: list[bytes] = []
        self._strays: list[Parcel] = []
        self._ended = 0
        self.feeder = Feeder(
            self.parcels,
            frozenset(plan.hold for plan in manifest.parcels if plan.hold),
            has_room=self._physics.bodies.has_room if plant.is_loop else None,
        )
        self.plc = Firmware(
            Hardware(
                diverter_count=len(plant.diverters),
                input_count=max(plant.inputs()) + 1,
                horizon_pulses=math.ceil(plant.belt_length_mm * plant.pulses_per_m / 1000),
                trigger_input=plant.tunnel_input if plant.is_triggered else None,
                trigger_bits=plant.trigger_bits,
            ),
            count=self._encoder.count_at(0.0),
            trigger=plant.last_trigger,
        )

    @property
    def done(self) -> bool:
        """Whether everything was fed, has left the belt, and has been told by the scanner."""
        return self.feeder.finished and self._physics.carried == 0 and self._scanner.idle

    @property
    def injected(self) -> dict[str, int]:
        """How often each kind of fault has happened."""
        gaps = {"short_gap": self.feeder.short_gaps} if self.feeder.short_gaps else {}
        return {**self._physics.injected, **gaps}

    def advance(self, steps: int) -> None:
        """Simulate that many milliseconds."""
        for _ in range(steps):
            self._step()

    def take_telegrams(self) -> list[bytes]:
        """What the scanner has said since the last call, in order."""
        telegrams, self._unheard = self._unheard, []
        return telegrams

    def status(self) -> LineStatus:
        """Where the run stands."""
        return LineStatus(
            parcels=len(self.parcels),
            fed=self.feeder.fed,
            ended=self._ended,
            on_belt=self.feeder.fed - self._ended,
            waiting_for_hold=self.feeder.waiting_for_hold,
            admitting=self.plc.admits,
            simulated_ms=self.now_ms,
        )

    def truth(self) -> Truth:
        """Where every parcel physically is or ended, and whether that was right.

        What was put onto the belt by hand comes last, once it has ended.
        """
        return tell_truth(self._plant.chutes, (*self.parcels, *self._strays))

    def _step(self) -> None:
        self.now_ms += 1
        before_mm = self.travel_mm
        moved_mm = 0.0 if self.estop else self._drive.advance(1)
        self.travel_mm = before_mm + moved_mm
        while (due := self.feeder.due(self.plc.admits, before_mm, self.travel_mm)) is not None:
            self._physics.feed(*due)
        self._physics.advance(self.now_ms, self.travel_mm)
        for fault in self._physics.stops:
            self._drive.stop(fault.coast_mm, fault.for_ms)
        for parcel in self._physics.ended:
            if parcel.plan.kind == STRAY:
                self._strays.append(parcel)
            else:
                self._ended += 1
        for parcel, at_mm in self._physics.readings:
            count = self._encoder.count_at(at_mm)
            trigger = self._gates.number_at(at_mm)
            self._scanner.take_reading(
                parcel.plan.codes, count, self.now_ms, parcel.delay_share, trigger
            )
        self.plc.cycle(
            self.now_ms,
            self._encoder.count_at(self.travel_mm),
            speed_mm_s=round(moved_mm * 1000),  # 1 mm in 1 ms is 1 m/s
            edges=[self._latch(change) for change in self._physics.sensors.changes],
            levels=self._physics.sensors.levels,
            estop=self.estop,
        )
        if self._plant.is_triggered:
            self._trigger_readings()
        if self._outputs or self.plc.outputs:
            self._drive_outputs()
        self._unheard += self._scanner.due_telegrams(self.now_ms)

    def _latch(self, change: EyeChange) -> Edge:
        count = self._encoder.count_at(change.travel_mm)
        if change.on and change.input == self._plant.induct_input and change.parcel is not None:
            change.parcel.induct_count = count
        return Edge(change.input, change.on, count)

    def _trigger_readings(self) -> None:
        for change in self._physics.sensors.changes:
            if change.input == self._plant.tunnel_input and change.on:
                self._gates.open(self.plc.trigger, change.travel_mm)
            elif change.input == self._plant.tunnel_input:
                self._gates.close(change.travel_mm)

    def _drive_outputs(self) -> None:
        wanted = set(self.plc.outputs)
        for output in sorted(self._outputs ^ wanted):
            self._physics.switch(
                output.diverter, _SIDES[output.side], output in wanted, self.now_ms
            )
        self._outputs = wanted
