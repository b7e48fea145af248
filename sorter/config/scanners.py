"""What may stand in a `[[lines.scanners]]` section: where the scanner is, and how it speaks."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field
from pydantic import model_validator as _model_validator

from sorter.config import fit
from sorter.config.scanner_presets import PRESETS
from sorter.config.values import Delay, Host, Mark, Name, Place, Port, Section, Text
from sorter.protocol.telegram import Framing, side_place


class ScannerConfig(Section):
    """A barcode scanner that sends telegrams over TCP.

    `preset` gives the framing that a maker's scanners have as delivered; keys that stand in the
    file override it.

    `mode`: as a `client` the box calls the scanner at `host` and `port`; as a `server` it listens
    on `bind` and `port`, and lets in the scanner at `host` alone. Of `silent_after` parcels in a
    row without a telegram the alarm `scanner_silent` tells; 0: never, for a scanner that says
    nothing when it reads nothing.

    Fields before the codes: `count_prefix` begins the encoder count of the reading,
    `trigger_prefix` the number that the PLC gave it at the tunnel eye (32 bit, decimal, each).
    A telegram with neither is bound by the time it took, `min_delay_ms` to `max_delay_ms`.
    `side_prefix` begins the name of the side that read, one of `sides`: each is a scanner of its
    own then.

    A telegram that is the text `heartbeat` says nothing but that the scanner lives. When nothing at
    all has come for three times `heartbeat_s`, its connection is reset and the alarm `scanner_lost`
    raised; 0: never.
    """

    name: Name = "top"
    preset: Annotated[
        Literal["sick", "cognex", "datalogic", "keyence", "zebra"] | None,
        Field(description='"sick", "cognex", "datalogic", "keyence" or "zebra"'),
    ] = None
    mode: Annotated[Literal["client", "server"], Field(description='"client" or "server"')] = (
        "client"
    )
    host: Host = "127.0.0.1"
    bind: Annotated[
        str | None, Field(min_length=1, max_length=253, description="an address of this box")
    ] = None
    port: Port
    at_mm: Place
    frame_start: Annotated[
        str, Field(pattern=r"^[\x00-\x7f]{0,8}$", description="up to 8 ASCII characters")
    ] = "\x02"
    frame_end: Mark = "\x03"
    separator: Mark = ";"
    no_read: Text = "NoRead"
    count_prefix: Mark | None = None
    trigger_prefix: Mark | None = None
    side_prefix: Mark | None = None
    sides: Annotated[
        tuple[Name, ...],
        Field(max_length=8, strict=False, description="at most 8 names of sides"),
    ] = ()
    heartbeat: Text | None = None
    heartbeat_s: Annotated[float, Field(ge=0, le=3600, description="seconds from 0 to 3600")] = 0.0
    min_delay_ms: Delay = 0
    max_delay_ms: Delay = 80
    silent_after: Annotated[
        int, Field(ge=0, le=10_000, description="0 to 10000 parcels in a row")
    ] = 10

    @_model_validator(mode="before")
    @classmethod
    def _take_preset(cls, given: Any) -> Any:
        name = given.get("preset") if isinstance(given, dict) else None
        preset = PRESETS.get(name) if isinstance(name, str) else None
        return given if preset is None else {**preset.values, **given}

    @_model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        fit.raise_all(fit.scanner_problems(self))
        return self

    @property
    def framing(self) -> Framing:
        """How its telegrams are cut and read."""
        return Framing(
            start=self.frame_start,
            end=self.frame_end,
            separator=self.separator,
            no_read=self.no_read,
            count_prefix=self.count_prefix,
            trigger_prefix=self.trigger_prefix,
            side_prefix=self.side_prefix,
            sides=self.sides,
            heartbeat=self.heartbeat,
        )

    @property
    def places(self) -> tuple[str, ...]:
        """The names under which its readings are known: its own, or one for each side."""
        return tuple(side_place(self.name, side) for side in self.sides) or (self.name,)
