"""The line as the engine sees it: every place and length in encoder pulses from the induct eye.

Whole pulses, so that a replay gives the same positions on every machine.
"""

from __future__ import annotations

import msgspec

INDUCT_EYE = "induct"
TUNNEL_EYE = "tunnel"
END_EYE = "end"


def confirm_eye(chute: str) -> str:
    """The name of the photo-eye in the mouth of `chute`."""
    return f"chute:{chute}"


class ScannerPlace(msgspec.Struct, frozen=True):
    """A scanner's beam, and how far the belt moves between a reading and its telegram."""

    at: int
    min_delay: int
    max_delay: int


class DiverterPlace(msgspec.Struct, frozen=True):
    """A diverter: switched on when a head is `lead` before it, out of the way `clear` after it."""

    at: int
    lead: int
    clear: int
    pulse_ms: int


class ChutePlace(msgspec.Struct, frozen=True):
    """A chute, the diverter and side that feed it, and the travel to its confirm eye."""

    diverter: str
    side: str
    slide: int
    overflow: bool = False


class Layout(msgspec.Struct, frozen=True):
    """A line's geometry in pulses.

    `window`: how far an eye's edge may lie from the place expected. `slide_window`: the same for a
    confirm eye. `min_ahead`: travel needed between arming and firing. `margin`: distance that must
    stay between a parcel and a moving diverter. `decide_by`: where waiting for telegrams ends.
    `release_after_ns`: how long nothing must have held the infeed before it is released again.
    `pulses_per_m`: the encoder's scale, for what people are told in mm.
    """

    line: str
    tunnel: int
    decide_by: int
    end: int
    window: int
    slide_window: int
    length_tolerance: int
    max_length: int
    min_ahead: int
    margin: int
    scanners: dict[str, ScannerPlace]
    diverters: dict[str, DiverterPlace]
    chutes: dict[str, ChutePlace]
    release_after_ns: int = 0
    pulses_per_m: int = 1000
