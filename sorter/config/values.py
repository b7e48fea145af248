"""What a single value of the file may be, and what is said to one that is not.

A value's description says what is expected of it, in the words of the error that a wrong one gets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from sorter.config import fit

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"),
    Field(description="a name of 1 to 32 letters, digits, - or _, a letter or digit first"),
]
Host = Annotated[
    str, Field(min_length=1, max_length=253, description="a host's name or its IP address")
]
Port = Annotated[int, Field(ge=1, le=65535, description="a port number from 1 to 65535")]
Input = Annotated[int, Field(ge=0, le=63, description="a PLC input from 0 to 63")]
Folder = Annotated[Path, Field(strict=False, description="the path of a folder")]
Place = Annotated[float, Field(ge=0, le=1_000_000, description="mm from the induct eye, 0 or more")]
Delay = Annotated[int, Field(ge=0, le=10_000, description="whole ms from 0 to 10000")]
# With the time it holds, an output stays within the 2000 ms that the PLC takes for a pulse.
Stroke = Annotated[int, Field(ge=0, le=1000, description="whole ms from 0 to 1000")]
Text = Annotated[str, Field(pattern=r"^[\x00-\x7f]{1,32}$", description="1 to 32 ASCII characters")]
OnOff = Annotated[Literal["on", "off"], Field(description='"on" or "off"')]
Mark = Annotated[
    str,
    Field(pattern=r"^[\x00-\x7f]{1,8}$", description="1 to 8 ASCII characters"),
]


def _known_zone(name: str) -> str:
    fit.raise_all(fit.zone_problems(name))
    return name


Zone = Annotated[
    str,
    Field(min_length=1, max_length=64, description='a time zone such as "Europe/Brussels"'),
    AfterValidator(_known_zone),
]


class Section(BaseModel):
    """A table of the file: nothing in it is unknown, converted or changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
