"""What may stand in the file: its sections, the range of each value, and what a value means.

A field's description says what is expected of it, in the words of the error that a wrong value
gets. Positions are in belt mm from the induct eye, which is 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as _model_validator

from sorter.config import fit
from sorter.config.scanners import ScannerConfig
from sorter.config.values import (
    Delay,
    Folder,
    Host,
    Input,
    Name,
    OnOff,
    Place,
    Port,
    Section,
    Stroke,
    Zone,
)


class BoxConfig(Section):
    """Who this edge box is and where it keeps its state.

    `timezone` is what the local times of departures in chute plans are told in.
    """

    name: Name
    site: Name
    timezone: Zone = "UTC"
    state_dir: Folder = Path("/var/lib/sorter")
    runtime_dir: Folder = Path("/run/sorter")


class BrokerConfig(Section):
    """The MQTT broker that carries reports to the hub."""

    host: Host = "127.0.0.1"
    port: Port = 1883
    mqtt_version: Annotated[Literal["5", "3.1.1"], Field(description='"5" or "3.1.1"')] = "5"


class BeltConfig(Section):
    """The belt: nominal speed, encoder resolution, and what counts as the same place on it.

    `window_mm`: how far an eye's edge may lie from where a parcel is expected. `max_parcel_mm`: a
    longer body at the induct eye is a jam or two parcels end to end, and is never diverted.
    `slip_mm`: how far a parcel may slip on the belt between the last eye and a diverter; a parcel
    with less room than that to a neighbour goes straight on. `loop_mm` is the way once around a
    belt that comes back to its induct eye, and has no end eye; `max_laps`: on the last of them what
    found no chute goes to overflow. A loop that carries `max_parcels` takes no more; 0 is no limit.
    `jam_mm`: after so much travel an eye that is still covered is jammed; twice `max_parcel_mm`
    when it is not set.
    """

    speed_mps: Annotated[float, Field(ge=0.1, le=10, description="m/s from 0.1 to 10")]
    pulses_per_m: Annotated[
        int, Field(ge=100, le=100_000, description="whole encoder pulses a metre, 100 to 100000")
    ]
    window_mm: Annotated[float, Field(gt=0, le=500, description="mm above 0, at most 500")] = 60.0
    length_tolerance_mm: Annotated[
        float, Field(gt=0, le=500, description="mm above 0, at most 500")
    ] = 30.0
    slip_mm: Annotated[float, Field(ge=0, le=1000, description="mm from 0 to 1000")] = 0.0
    loop_mm: Annotated[
        float | None, Field(gt=0, le=1_000_000, description="mm above 0, or nothing for a line")
    ] = None
    max_laps: Annotated[int, Field(ge=1, le=100, description="a whole number from 1 to 100")] = 3
    max_parcels: Annotated[
        int, Field(ge=0, le=10_000, description="a whole number from 0 to 10000")
    ] = 0
    max_parcel_mm: Annotated[
        float, Field(gt=0, le=5000, description="mm above 0, at most 5000")
    ] = 1200.0
    jam_mm: (
        Annotated[float, Field(gt=0, le=50_000, description="mm above 0, at most 50000")] | None
    ) = None


class EyeConfig(Section):
    """A photo-eye: its place and the PLC input it is wired to."""

    at_mm: Place
    input: Input


class EndEyeConfig(EyeConfig):
    """The eye at the end of the belt, and the sensor that tells that the end is full.

    `full_when`: the input's state that means full. A sensor that is wired to be `off` when full
    reads full when its wire breaks.
    """

    full_input: Input | None = None
    full_when: OnOff = "on"


class AlongEyeConfig(EyeConfig):
    """A photo-eye between the tunnel and the end, which proves places and lengths once more."""

    name: Name


class EyesConfig(Section):
    """The eyes over the belt: where parcels are born, proven before the scan and on, and leave."""

    induct: EyeConfig
    tunnel: EyeConfig
    along: Annotated[
        tuple[AlongEyeConfig, ...],
        Field(max_length=60, strict=False, description="at most 60 eyes in the belt's order"),
    ] = ()
    end: EndEyeConfig | None = None


class PlcConfig(Section):
    """The PLC that fires the diverters, profile `sorter-plc` (docs/plc-register-map.md)."""

    host: Host = "127.0.0.1"
    port: Port = 502
    unit: Annotated[int, Field(ge=0, le=255, description="a Modbus unit from 0 to 255")] = 1
    timeout_ms: Annotated[int, Field(ge=20, le=5000, description="whole ms from 20 to 5000")] = 150
    poll_ms: Annotated[int, Field(ge=2, le=200, description="whole ms from 2 to 200")] = 10
    watchdog_ms: Annotated[int, Field(ge=100, le=5000, description="whole ms from 100 to 5000")] = (
        500
    )

    @_model_validator(mode="after")
    def _answers_before_the_watchdog(self) -> Self:
        fit.raise_all(fit.plc_problems(self))
        return self


class DiverterConfig(Section):
    """A diverter: its number in the PLC, its place, and how long it takes to act and to return.

    After `fault_after` misses in a row it is not used until a person has reset it; 0: never.
    """

    name: Name
    number: Annotated[int, Field(ge=1, le=255, description="its number in the PLC, 1 to 255")]
    at_mm: Place
    actuation_ms: Stroke
    return_ms: Stroke
    fault_after: Annotated[int, Field(ge=0, le=100, description="0 to 100 misses in a row")] = 3


class RateConfig(Section):
    """As many parcels as a chute may get in any stretch of so many seconds of running belt."""

    parcels: Annotated[int, Field(ge=1, le=10_000, description="1 to 10000 parcels")]
    in_s: Annotated[float, Field(gt=0, le=3600, description="seconds above 0, at most 3600")]


class ChuteConfig(Section):
    """A chute: the diverter and side that feed it, and its sensors' PLC inputs.

    `slide_mm` is the belt travel between the diverter taking a parcel and the chute's confirm eye
    seeing it. The full sensor is believed after `full_after_ms`, that there is space again after
    `open_after_ms`; `full_when` is the input's state that means full, and a sensor wired to be
    `off` then reads full when its wire breaks. `room`: parcels that still fit in when the sensor
    comes on; without it any number may be on its way. The chute is jammed when its confirm eye is
    covered for `jam_after_ms`; 0: never.
    """

    name: Name
    diverter: Name
    side: Annotated[Literal["left", "right"], Field(description='"left" or "right"')]
    confirm_input: Input
    full_input: Input | None = None
    full_when: OnOff = "on"
    full_after_ms: Delay = 300
    open_after_ms: Delay = 2000
    jam_after_ms: Delay = 5000
    room: Annotated[int, Field(ge=1, le=10_000, description="1 to 10000 parcels")] | None = None
    rate: RateConfig | None = None
    slide_mm: Annotated[float, Field(gt=0, le=5000, description="mm above 0, at most 5000")] = 350.0
    overflow: Annotated[bool, Field(description="true or false")] = False


class LineConfig(Section):
    """One sorting line.

    `release_after_ms`: how long nothing must have held the infeed before it is released again.
    """

    name: Name
    release_after_ms: Delay = 2000
    belt: BeltConfig
    eyes: EyesConfig
    plc: PlcConfig
    scanners: Annotated[
        tuple[ScannerConfig, ...],
        Field(min_length=1, max_length=16, strict=False, description="1 to 16 scanners"),
    ]
    diverters: Annotated[
        tuple[DiverterConfig, ...],
        Field(min_length=1, max_length=255, strict=False, description="1 to 255 diverters"),
    ]
    chutes: Annotated[
        tuple[ChuteConfig, ...],
        Field(min_length=1, max_length=510, strict=False, description="1 to 510 chutes"),
    ]

    @_model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        fit.raise_all(fit.line_problems(self))
        return self


class Config(Section):
    """The whole file."""

    box: BoxConfig
    broker: BrokerConfig = BrokerConfig()
    lines: Annotated[
        tuple[LineConfig, ...],
        Field(min_length=1, max_length=64, strict=False, description="1 to 64 [[lines]]"),
    ]

    @_model_validator(mode="after")
    def _lines_fit_together(self) -> Self:
        fit.raise_all(fit.box_problems(self))
        return self

    @property
    def store_dir(self) -> Path:
        """Where loaded tables and plans are kept."""
        return self.box.state_dir / "store"

    def journal_dir(self, line: str) -> Path:
        """Where the journal of a line is kept."""
        return self.box.state_dir / "journal" / line

    def control_socket(self, line: str) -> Path:
        """The local socket on which the control process of a line takes commands."""
        return self.box.runtime_dir / f"control-{line}.sock"

    def line(self, name: str) -> LineConfig:
        """The line called `name`. Raises KeyError naming the lines there are."""
        for line in self.lines:
            if line.name == name:
                return line
        raise KeyError(f"no line {name!r}; the config has {', '.join(x.name for x in self.lines)}")
