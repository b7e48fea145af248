"""What may stand in a `[[lines.scanners]]` section: where the scanner is, and how it speaks."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as _model_validator

from sorter.config import fit
from sorter.config.values import Delay, Host, Mark, Name, Place, Port, Section
from sorter.protocol.telegram import Framing


class ScannerConfig(Section):
    """A barcode scanner that sends telegrams over TCP.

    `mode`: as a `client` the box calls the scanner at `host` and `port`; as a `server` it listens
    on `bind` and `port`, and lets in the scanner at `host` alone. Of `silent_after` parcels in a
    row without a telegram the alarm `scanner_silent` tells; 0: never, for a scanner that says
    nothing when it reads nothing.

    Fields before the codes: `count_prefix` begins the encoder count of the reading,
    `trigger_prefix` the number that the PLC gave it at the tunnel eye (32 bit, decimal, each).
    A telegram with neither is bound by the time it took, `min_delay_ms` to `max_delay_ms`.
    """

    name: Name = "top"
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
    no_read: Annotated[
        str, Field(pattern=r"^[\x00-\x7f]{1,32}$", description="1 to 32 ASCII characters")
    ] = "NoRead"
    count_prefix: Mark | None = None
    trigger_prefix: Mark | None = None
    min_delay_ms: Delay = 0
    max_delay_ms: Delay = 80
    silent_after: Annotated[
        int, Field(ge=0, le=10_000, description="0 to 10000 parcels in a row")
    ] = 10

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
        )
