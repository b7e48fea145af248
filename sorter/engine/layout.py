"""The line as the engine sees it: every place and length in encoder pulses from the induct eye.

Whole pulses, so that a replay gives the same positions on every machine.
"""

from __future__ import annotations

import msgspec

INDUCT_EYE = "induct"
TUNNEL_EYE = "tunnel"
END_EYE = "end"


def along_eye(name: str) -> str:
    """The name of the photo-eye called `name` along the belt."""
    return f"along:{name}"


def confirm_eye(chute: str) -> str:
    """The name of the photo-eye in the mouth of `chute`."""
    return f"chute:{chute}"


def eyes_over_belt(layout: Layout) -> tuple[str, ...]:
    """The names of the photo-eyes across the belt, in its order."""
    eyes = (INDUCT_EYE, TUNNEL_EYE, *(place.eye for place in layout.along))
    return eyes if layout.lap else (*eyes, END_EYE)


class EyePlace(msgspec.Struct, frozen=True):
    """A photo-eye across the belt, by the name its events have."""

    eye: str
    at: int


class ScannerPlace(msgspec.Struct, frozen=True):
    """A scanner's beam, and how far the belt moves between a reading and its telegram.

    When it spoke of none of `silent_after` parcels in a row, it is silent; 0: nobody watches it.
    """

    at: int
    min_delay: int
    max_delay: int
    silent_after: int = 0


class DiverterPlace(msgspec.Struct, frozen=True):
    """A diverter: switched on when a head is `lead` before it, out of the way `clear` after it.

    After `fault_after` misses in a row it is not used any more; 0: it is, whatever it misses.
    """

    at: int
    lead: int
    clear: int
    pulse_ms: int
    fault_after: int = 0


class ChutePlace(msgspec.Struct, frozen=True):
    """A chute, the diverter and side that feed it, and the travel to its confirm eye.

    The rest is how it is shut (see chute_states, jams) and how much it takes (see chute_load);
    a `room`, `rate` or `jam_after_ns` of 0 sets no limit.
    """

    diverter: str
    side: str
    slide: int
    overflow: bool = False
    full_after_ns: int = 0
    open_after_ns: int = 0
    jam_after_ns: int = 0
    room: int = 0
    rate: int = 0
    rate_window: int = 0


class Layout(msgspec.Struct, frozen=True):
    """A line's geometry in pulses.

    `window`: how far an eye's edge may lie from the place expected. `slide_window`: the same for a
    confirm eye. `min_ahead`: travel needed between arming and firing. `margin`: distance that must
    stay between a parcel and a moving diverter. `decide_by`: where waiting for telegrams ends.
    `release_after_ns`: how long nothing must have held the infeed before it is released again.
    `jam_after`: travel after which an eye over the belt that is still covered is jammed; 0: never.
    `pulses_per_m`: the encoder's scale, for what people are told in mm. `along`: the eyes between
    tunnel and end, in the order of the belt. `correction`: how far from where its diverter was
    armed for it a parcel may be seen. `slip`: how far a parcel may slip on the belt where no eye
    sees it any more before a diverter; so much more room is asked for between it and a neighbour.
    `lap`: the way once around a loop, 0 on a line; a loop has no end eye, there `end` is the induct
    eye after one lap. `max_laps`: on the last of them what finds no chute goes to overflow.
    `max_parcels`: with so many on it a loop takes no more; 0: as many as come.
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
    jam_after: int = 0
    pulses_per_m: int = 1000
    along: tuple[EyePlace, ...] = ()
    correction: int = 20
    slip: int = 0
    lap: int = 0
    max_laps: int = 1
    max_parcels: int = 0
