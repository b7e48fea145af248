"""The box's configuration: one TOML file -> a validated, frozen `Config`.

Every error of a file is found in one run and named with file, key, what was found and what was
expected; a misspelt key is answered with the nearest right one. Secrets are never in it.
Positions are in belt mm from the induct eye, which is 0.
"""

from __future__ import annotations

import difflib
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import model_validator as _model_validator
from pydantic_core import ErrorDetails

DEFAULT_CONFIG_PATH = Path("/etc/sorter/sorter.toml")
MAX_CONFIG_BYTES = 1 << 20

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Input = Annotated[int, Field(ge=0, le=63)]
Millimetres = Annotated[float, Field(ge=0, le=1_000_000)]
Milliseconds = Annotated[int, Field(ge=0, le=10_000)]
FrameText = Annotated[str, StringConstraints(min_length=0, max_length=8)]


class ConfigError(ValueError):
    """The configuration can't be used. `problems` holds one line per error."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BoxConfig(_Section):
    """Who this edge box is and where it keeps its state."""

    name: Name
    site: Name
    state_dir: Path = Path("/var/lib/sorter")
    runtime_dir: Path = Path("/run/sorter")


class BrokerConfig(_Section):
    """The MQTT broker that carries reports to the hub."""

    host: str = "127.0.0.1"
    port: Port = 1883
    mqtt_version: Literal["5", "3.1.1"] = "5"


class BeltConfig(_Section):
    """The belt: nominal speed, encoder resolution, and what counts as the same place on it.

    `window_mm`: how far an eye's edge may lie from where a parcel is expected. `max_parcel_mm`: a
    longer body at the induct eye is a jam or two parcels end to end, and is never diverted.
    """

    speed_mps: Annotated[float, Field(gt=0, le=10)]
    pulses_per_m: Annotated[int, Field(ge=100, le=100_000)]
    window_mm: Annotated[float, Field(gt=0, le=500)] = 60.0
    length_tolerance_mm: Annotated[float, Field(gt=0, le=500)] = 30.0
    max_parcel_mm: Annotated[float, Field(gt=0, le=5000)] = 1200.0


class EyeConfig(_Section):
    """A photo-eye: its place and the PLC input it is wired to."""

    at_mm: Millimetres
    input: Input


class EyesConfig(_Section):
    """The eyes over the belt: where parcels are born, proven before the scan, and leave."""

    induct: EyeConfig
    tunnel: EyeConfig
    end: EyeConfig


class ScannerConfig(_Section):
    """A barcode scanner that serves telegrams over TCP.

    `count_prefix` begins a field with the encoder count of the reading (32 bit, decimal); without
    it a telegram is bound by the time it took, `min_delay_ms` to `max_delay_ms`.
    """

    name: Name = "top"
    host: str = "127.0.0.1"
    port: Port
    at_mm: Millimetres
    frame_start: FrameText = "\x02"
    frame_end: Annotated[str, StringConstraints(min_length=1, max_length=8)] = "\x03"
    separator: Annotated[str, StringConstraints(min_length=1, max_length=8)] = ";"
    no_read: Annotated[str, StringConstraints(min_length=1, max_length=32)] = "NoRead"
    count_prefix: Annotated[str, StringConstraints(min_length=1, max_length=8)] | None = None
    min_delay_ms: Milliseconds = 0
    max_delay_ms: Milliseconds = 80


class PlcConfig(_Section):
    """The PLC that fires the diverters, profile `sorter-plc` (docs/plc-register-map.md)."""

    host: str = "127.0.0.1"
    port: Port = 502
    unit: Annotated[int, Field(ge=0, le=255)] = 1
    timeout_ms: Annotated[int, Field(ge=20, le=5000)] = 150
    poll_ms: Annotated[int, Field(ge=2, le=200)] = 10
    watchdog_ms: Annotated[int, Field(ge=100, le=5000)] = 500


class DiverterConfig(_Section):
    """A diverter: its number in the PLC, its place, and how long it takes to act and to return."""

    name: Name
    number: Annotated[int, Field(ge=1, le=255)]
    at_mm: Millimetres
    actuation_ms: Milliseconds
    return_ms: Milliseconds


class ChuteConfig(_Section):
    """A chute: the diverter and side that feed it, and its sensors' PLC inputs.

    `slide_mm` is the belt travel between the diverter taking a parcel and the chute's confirm eye
    seeing it.
    """

    name: Name
    diverter: Name
    side: Literal["left", "right"]
    confirm_input: Input
    full_input: Input | None = None
    slide_mm: Annotated[float, Field(gt=0, le=5000)] = 350.0
    overflow: bool = False


class LineConfig(_Section):
    """One sorting line."""

    name: Name
    belt: BeltConfig
    eyes: EyesConfig
    plc: PlcConfig
    scanners: Annotated[tuple[ScannerConfig, ...], Field(min_length=1, max_length=16)]
    diverters: Annotated[tuple[DiverterConfig, ...], Field(min_length=1, max_length=255)]
    chutes: Annotated[tuple[ChuteConfig, ...], Field(min_length=1, max_length=510)]

    @_model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        problems = [
            *_repeated("diverter name", (d.name for d in self.diverters)),
            *_repeated("diverter number", (d.number for d in self.diverters)),
            *_repeated("chute name", (c.name for c in self.chutes)),
            *_repeated("scanner name", (s.name for s in self.scanners)),
            *_repeated("chute place", (f"{c.diverter} {c.side}" for c in self.chutes)),
            *_repeated("PLC input", self._inputs()),
            *self._places(),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _inputs(self) -> Iterable[int]:
        for eye in (self.eyes.induct, self.eyes.tunnel, self.eyes.end):
            yield eye.input
        for chute in self.chutes:
            yield chute.confirm_input
            if chute.full_input is not None:
                yield chute.full_input

    def _places(self) -> Iterable[str]:
        known = {d.name for d in self.diverters}
        for chute in self.chutes:
            if chute.diverter not in known:
                yield f"chute {chute.name} names diverter {chute.diverter!r}, which is not there"
        if self.eyes.induct.at_mm != 0:
            yield f"eyes.induct.at_mm is {self.eyes.induct.at_mm:g}, expected 0"
        first = min(d.at_mm for d in self.diverters)
        for scanner in self.scanners:
            if not 0 < self.eyes.tunnel.at_mm < scanner.at_mm < first:
                yield (
                    f"scanner {scanner.name}: expected induct eye < tunnel eye < scanner < first "
                    f"diverter, found 0, {self.eyes.tunnel.at_mm:g}, {scanner.at_mm:g}, {first:g}"
                )
        last = max(d.at_mm for d in self.diverters)
        if self.eyes.end.at_mm <= last:
            yield f"eyes.end.at_mm ({self.eyes.end.at_mm:g}) must lie behind diverters ({last:g})"


class Config(_Section):
    """The whole file."""

    box: BoxConfig
    broker: BrokerConfig = BrokerConfig()
    lines: Annotated[tuple[LineConfig, ...], Field(min_length=1, max_length=64)]

    @_model_validator(mode="after")
    def _lines_have_own_names(self) -> Self:
        if problems := list(_repeated("line name", (line.name for line in self.lines))):
            raise ValueError("; ".join(problems))
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


def load_config(path: Path) -> Config:
    """Read and validate the config file at `path`. Raises ConfigError with every problem."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        raise ConfigError(path, [f"can't be read: {error.strerror}"]) from error
    if len(text) > MAX_CONFIG_BYTES:
        raise ConfigError(path, [f"is larger than {MAX_CONFIG_BYTES} bytes"])
    try:
        content = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, [f"is no TOML: {error}"]) from error
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise ConfigError(path, [_worded(detail) for detail in error.errors()]) from error


def _worded(detail: ErrorDetails) -> str:
    key = ".".join(str(part) for part in detail["loc"]) or "the file"
    if detail["type"] == "extra_forbidden":
        nearest = difflib.get_close_matches(str(detail["loc"][-1]), _known_keys(Config), n=1)
        return f"{key}: unknown key" + (f"; did you mean {nearest[0]}?" if nearest else "")
    if detail["type"] == "missing":
        return f"{key}: missing"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error":
        return f"{key}: {message}"
    return f"{key}: found {detail['input']!r:.60}, expected: {message}"


def _known_keys(section: type[BaseModel]) -> set[str]:
    keys: set[str] = set()
    for name, field in section.model_fields.items():
        keys.add(name)
        for part in _sections_in(field.annotation):
            keys |= _known_keys(part)
    return keys


def _sections_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections_in(argument)


def _repeated(what: str, values: Iterable[object]) -> Iterable[str]:
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{what} {value} is used {times} times"
