"""A campaign: any number of parcels down one line in virtual time, joined to the engine.

Nothing stands still and nothing is kept: parcels are drawn as they are fed, and counted as they
end. A turn is one poll of control; within it the plant and the PLC go from event to event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from firmware_sim.chance import stream
from firmware_sim.drive import Drive
from firmware_sim.encoder import Encoder
from firmware_sim.feeder import Feeder
from firmware_sim.physics import Physics
from firmware_sim.registers import COUNT_MODULUS
from firmware_sim.telegram import Scanner
from sorter.control.layout import layout_of
from sorter.control.recovery import LastRun
from sorter.engine.binding import parcels_under_beam
from sorter.engine.events import AnyEvent
from sorter.engine.line import Bind, Output
from tests.simulation.campaign.attendant import Attendant
from tests.simulation.campaign.control import Control, DiedError, Parts
from tests.simulation.campaign.hall import POLL_MS, Belt, build_config, build_plan, build_plant
from tests.simulation.campaign.mix import Rates, draw_parcels
from tests.simulation.campaign.plc import Plc
from tests.simulation.campaign.tally import Tally
from tests.simulation.campaign.upsets import Line, Upsets

TURN_MS = POLL_MS
SCALE_ERROR = 0.005
LONGEST_DRAIN_MS = 60_000
LONGEST_WAIT_MS = 300_000
# How long a control that was killed is away, and how many events it still hears before.
AWAY_MS = (400, 4000)
DIES_AFTER_MOST = 60
_WRAPS_AFTER_MM = 100_000.0

Listener = Callable[[AnyEvent, list[Output]], None]


class StuckError(AssertionError):
    """The infeed is held and nobody lets it go."""


@dataclass(frozen=True)
class Order:
    """What to run, on a `line` or a `loop`.

    `blunted`: what the engine takes the line's layout for, where it is wrong.
    """

    parcels: int
    seed: int
    rates: Rates = field(default_factory=Rates)
    belt: Belt = "line"
    bind: Bind = parcels_under_beam
    blunted: Mapping[str, int] = field(default_factory=dict)


class Campaign:
    """One run; `tally` and `injected` tell what came of it. `listener` hears every event."""

    def __init__(self, order: Order, listener: Listener | None = None) -> None:
        plant, config = build_plant(order.belt), build_config(order.belt)
        layout = layout_of(config)
        self.tally = Tally(plant, layout)
        self._listener = listener
        self._plant = plant
        self._chance = stream(order.seed, "lives")
        self._physics = Physics(plant, order.seed)
        self._drive = Drive(plant.speed_mps)
        self._encoder = _encoder(plant.pulses_per_m, order.seed)
        self._scanner = Scanner(plant.scanner)
        self._feeder = Feeder(
            draw_parcels(order.parcels, order.seed, order.rates),
            has_room=self._physics.bodies.has_room if plant.is_loop else None,
        )
        self._feeder.start()
        self._plc = Plc(self._encoder, self._physics)
        self.now_ms = 0
        self._travel_mm = 0.0
        self._events = 0
        self.attendant = Attendant(self._physics, self._plant)
        self._upsets = Upsets(self._line(), order.rates, stream(order.seed, "upsets"))
        self._parts = Parts(
            config=config,
            layout=msgspec.structs.replace(layout, **order.blunted),
            plan=build_plan(),
            bind=order.bind,
            plc=self._plc,
            chance=stream(order.seed, "network"),
            journal=LastRun(),
            heard=self._hear,
        )
        self._control: Control | None = Control(self._parts, 0)
        self._back_at_ms = 0

    @property
    def injected(self) -> dict[str, int]:
        """How often each kind of fault has happened."""
        return {**self._physics.injected, "short_gap": self._feeder.short_gaps}

    @property
    def events(self) -> int:
        """How many events the engine was told."""
        return self._events

    def run(self) -> Tally:
        """Until everything has left the belt and every parcel is closed."""
        drained_ms = waited_ms = fed = 0
        while not self._is_done() or (self.tally.open_parcels and drained_ms < LONGEST_DRAIN_MS):
            self._turn()
            drained_ms = drained_ms + TURN_MS if self._is_done() else 0
            waited_ms = waited_ms + TURN_MS if self._feeder.fed == fed else 0
            fed = self._feeder.fed
            if waited_ms > LONGEST_WAIT_MS:
                raise StuckError(f"nothing was fed in {waited_ms / 1000:g} s after {fed} parcels")
        self._check(at_end=True)
        return self.tally

    def _is_done(self) -> bool:
        return self._feeder.finished and not self._physics.carried and self._scanner.idle

    def _turn(self) -> None:
        self.now_ms += TURN_MS
        physics = self._physics
        moved_mm = self._drive.advance(TURN_MS)
        before_mm = self._travel_mm
        travel_mm = self._travel_mm = before_mm + moved_mm
        while (due := self._feeder.due(self._plc.admits, before_mm, travel_mm)) is not None:
            physics.feed(*due)
        self._plc.advance(self.now_ms, travel_mm, TURN_MS / moved_mm if moved_mm else 0.0)
        physics.advance(self.now_ms, travel_mm)
        for fault in physics.stops:
            self._drive.stop(fault.coast_mm, fault.for_ms)
        for parcel, at_mm in physics.readings:
            count = self._encoder.count_at(at_mm)
            self._scanner.take_reading(parcel.plan.codes, count, self.now_ms, parcel.delay_share)
        self._feel()
        self._upsets.turn(self.now_ms, travel_mm, self._feeder.fed)
        self._let_control_live()
        if physics.ended or physics.hands.exchanges:
            self._note_ends()

    def _feel(self) -> None:
        """The sensors' edges come into the PLC."""
        changes = self._physics.sensors.changes
        for change in changes:
            if change.on and change.input == self._plant.induct_input and change.parcel:
                self.tally.saw_head(change.parcel, self._encoder.count_at(change.travel_mm))
        self._plc.latch(changes)
        changes.clear()

    def _let_control_live(self) -> None:
        """Its turn, or a new life; what the scanner says to nobody is lost."""
        telegrams = self._scanner.due_telegrams(self.now_ms)
        try:
            if self._control is None:
                if self.now_ms < self._back_at_ms:
                    return
                self._control = Control(self._parts, self.now_ms)
            words = self.attendant.take_words(self.now_ms)
            self._control.turn(self.now_ms, telegrams, words)
        except DiedError:
            self._control = None
            self._back_at_ms = self.now_ms + self._chance.randint(*AWAY_MS)

    def _kill_control(self) -> None:
        if self._control is not None:
            self._control.dies_after = self._chance.randint(1, DIES_AFTER_MOST)

    def _note_ends(self) -> None:
        for placings in self._physics.hands.exchanges:
            self.tally.exchanged(placings)
        self._physics.hands.exchanges.clear()
        for parcel in self._physics.ended:
            self.tally.ended(parcel)
        self._check()

    def _check(self, *, at_end: bool = False) -> None:
        if self._control is not None:
            self.tally.check(self._control.engine.ledger, at_end=at_end)

    def _hear(self, event: AnyEvent, said: list[Output]) -> None:
        self._events += 1
        if said:
            self.tally.heard(said)
            self.attendant.hear(said)
        if self._listener is not None:
            self._listener(event, said)

    def _line(self) -> Line:
        return Line(
            self._plant,
            self._physics,
            self._drive,
            self._encoder,
            self._plc,
            self.attendant,
            self._feel,
            self._kill_control,
        )


def _encoder(pulses_per_m: float, seed: int) -> Encoder:
    """Its wheel is off by the whole error, either way, and it wraps soon after the start."""
    error = stream(seed, "encoder").choice((-SCALE_ERROR, SCALE_ERROR))
    start = COUNT_MODULUS - round(_WRAPS_AFTER_MM * pulses_per_m / 1000)
    return Encoder(pulses_per_m, scale_error=error, start=start)
