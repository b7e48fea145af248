"""The two belts on which the invariants are tried: a line, and the same belt as a loop."""

from __future__ import annotations

import msgspec

from sorter.engine.layout import INDUCT_EYE, EyePlace, along_eye
from tests.engine.belt_model import END, LAYOUT, TUNNEL

NS_A_PULSE = 400_000
# The first two prove for the diverters behind them, the second and third see what is armed.
ALONG = (3000, 4300, 7150)

LINE = msgspec.structs.replace(
    LAYOUT,
    along=tuple(EyePlace(along_eye(str(at)), at) for at in ALONG),
    slip=40,
    release_after_ns=500 * NS_A_PULSE,
    jam_after=2500,
    diverters={
        name: msgspec.structs.replace(place, fault_after=2)
        for name, place in LAYOUT.diverters.items()
    },
    chutes={
        name: msgspec.structs.replace(
            place,
            full_after_ns=200 * NS_A_PULSE,
            open_after_ns=1000 * NS_A_PULSE,
            jam_after_ns=2000 * NS_A_PULSE,
            room=3,
            rate=4,
            rate_window=4000,
        )
        for name, place in LAYOUT.chutes.items()
    },
)
LOOP = msgspec.structs.replace(LINE, lap=END, max_laps=3)

# The eyes over the belt, and where they stand; a loop has no end eye.
PLACES = {INDUCT_EYE: 0, "tunnel": TUNNEL, **{along_eye(str(at)): at for at in ALONG}}
