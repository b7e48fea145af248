"""What may stand in a `[[lines.scanners]]` section: where the scanner is, and how it speaks."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field
from pydantic import model_validator as _model_validator

from sorter.config import fit
from sorter.config.values import Delay, Host, Mark, Name, Place, Port, Section
from sorter.protocol.telegram import Framing


class ScannerConfig(Section):
    """A barcode scanner that serves telegrams over TCP.

    Fields before the codes: `count_prefix` begins the encoder count of the reading,
    `trigger_prefix` the number that the PLC gave it at the tunnel eye (32 bit, decimal, each).
    A telegram with neither is bound by the time it took, `min_delay_ms` to `max_delay_ms`.
    """

    name: Name = "top"
    host: Host = "127.0.0.1"
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
