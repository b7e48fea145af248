"""A small line to tell stories about, and a scripted host that sorts it without sockets.

The host is as naive as a story needs: it learns parcels from the PLC's ring by its own reading of
the map, knows from the script where each one goes, and arms early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from firmware_sim.diverters import SideName
from firmware_sim.faults import RemoveParcel
from firmware_sim.line import Line
from firmware_sim.manifest import Manifest, ParcelPlan
from firmware_sim.plant import (
    ChutePlan,
    DiverterPlan,
    Plant,
    ScannerFraming,
)
from firmware_sim.truth import ParcelTruth

HEARTBEAT, SESSION, CONTROL, WATCHDOG = 0, 1, 2, 3
READY, HOLD_INFEED = 1, 2
SLOTS = 16
LEFT, RIGHT = 1, 2
EDGE_ON, EDGE_OFF, ACCEPTED, REFUSED, EXECUTED, CANCELLED, SAFE, RESET = range(1, 9)
INDUCT_INPUT, TUNNEL_INPUT, END_INPUT = 0, 1, 2

Entry = tuple[int, int, int, int, int]
"""Number, kind, index, count, sequence."""


def small_plant(
    *,
    min_gap_mm: float = 20.0,
    full_at: int = 60,
    empty_after_s: float | None = None,
    scanner: ScannerFraming | None = None,
) -> Plant:
    """A belt of 4 m: diverter 1 with chutes A (left) and B (right), diverter 2 with OVF (left)."""
    return Plant(
        belt_length_mm=4000,
        speed_mps=2.5,
        pulses_per_m=1000,
        induct_eye_mm=0,
        induct_input=INDUCT_INPUT,
        tunnel_eye_mm=500,
        tunnel_input=TUNNEL_INPUT,
        scanner_mm=700,
        end_eye_mm=3800,
        end_input=END_INPUT,
        min_gap_mm=min_gap_mm,
        scanner=scanner or ScannerFraming(),
        diverters=(
            DiverterPlan(number=1, at_mm=2000, actuation_ms=30, return_ms=30),
            DiverterPlan(number=2, at_mm=3000, actuation_ms=30, return_ms=30),
        ),
        chutes=(
            _chute("A", (1, "left"), "AA", full_at=full_at, empty_after_s=empty_after_s),
            _chute("B", (1, "right"), "BB", full_at=full_at, empty_after_s=empty_after_s),
            _chute("OVF", (2, "left"), "*", full_at=full_at, empty_after_s=empty_after_s),
        ),
    )


def _chute(
    name: str, outlet: tuple[int, SideName], destination: str, **fullness: float | None
) -> ChutePlan:
    place = {"A": 0, "B": 1, "OVF": 2}[name]
    plan: dict[str, object] = {
        "name": name,
        "diverter": outlet[0],
        "side": outlet[1],
        "destinations": (destination,),
        "confirm_input": 8 + place,
        "full_input": 32 + place,
        "slide_mm": 350,
        **fullness,
    }
    return msgspec.convert(plan, ChutePlan)


def parcel(name: str, destination: str | None = "AA", **changes: object) -> ParcelPlan:
    """A parcel of 300 mm behind a gap of 250 mm, unless the story says otherwise."""
    plan: dict[str, object] = {
        "id": name,
        "length_mm": 300.0,
        "codes": (f"CODE-{name}",),
        "destination": destination,
        "kind": "sscc",
        "divertable": destination is not None,
        "gap_mm": 250.0,
        **changes,
    }
    return msgspec.convert(plan, ParcelPlan)


def small_line(
    parcels: Iterable[ParcelPlan],
    *,
    plant: Plant | None = None,
    faults: Iterable[RemoveParcel] = (),
    seed: int = 1,
) -> Line:
    """A line with those parcels, powered up, infeed started."""
    manifest = Manifest(seed=seed, parcels=tuple(parcels), faults=tuple(faults))
    line = Line(plant or small_plant(), manifest, seed)
    line.feeder.start()
    return line


def slot(
    sequence: int,
    target: int,
    *,
    session: int = 7,
    diverter: int = 1,
    side: int = LEFT,
    pulse_ms: int = 100,
    command: int = 1,
) -> list[int]:
    """The eight registers of an arm slot, written out by hand from the map."""
    target %= 1 << 32
    return [
        command,
        session,
        *(sequence >> 16, sequence & 0xFFFF),
        diverter * 256 + side,
        *(target >> 16, target & 0xFFFF),
        pulse_ms,
    ]


def entry_at(registers: Sequence[int]) -> Entry:
    """One ring entry out of its eight registers."""
    number, count, sequence = (registers[at] << 16 | registers[at + 1] for at in (0, 4, 6))
    return number, registers[2], registers[3], count, sequence


class ScriptedHost:
    """Opens a session, keeps the heart beating, and asks `plan` about each parcel it sees.

    `plan(number, head_count)` gets the parcel's number from 0 and the latched count of its head,
    and gives the slots to write. Call `step` after each millisecond of the line.
    """

    def __init__(
        self, line: Line, plan: Callable[[int, int], Iterable[list[int]]] = lambda *_: ()
    ) -> None:
        self.line = line
        self.entries: list[Entry] = []
        self._plan = plan
        self._beat = 1
        self._seen = 0
        line.plc.write(HEARTBEAT, [self._beat, 7, READY, 500])

    def run(self, milliseconds: int) -> None:
        """Let the line and the host live for so long."""
        for _ in range(milliseconds):
            self.line.advance(1)
            self.step()

    def run_until_done(self, limit_ms: int = 60_000) -> None:
        """Until all parcels have left the belt. Raises AssertionError if they don't."""
        while not self.line.done:
            self.run(1)
            assert self.line.now_ms < limit_ms, self.line.status()

    def step(self) -> None:
        """One turn of the host."""
        if self.line.now_ms % 100 == 0:
            self._beat = self._beat % 0xFFFF + 1
            self.line.plc.write(HEARTBEAT, [self._beat])
        newest = self.line.plc.ring.newest
        while len(self.entries) < newest:
            address = 256 + len(self.entries) % self.line.plc.hardware.ring_capacity * 8
            self.entries.append(entry_at(self.line.plc.read_input(address, 8)))
            _, kind, index, count, _ = self.entries[-1]
            if kind == EDGE_ON and index == INDUCT_INPUT:
                for registers in self._plan(self._seen, count):
                    self.line.plc.write(SLOTS, registers)
                self._seen += 1


def story(line: Line) -> list[tuple[str, str, str | None]]:
    """Where each parcel ended: (name, ended, chute)."""
    return [(row.id, row.ended, row.chute) for row in line.truth().parcels]


def row_of(line: Line, name: str) -> ParcelTruth:
    """The truth about one parcel."""
    return next(row for row in line.truth().parcels if row.id == name)
