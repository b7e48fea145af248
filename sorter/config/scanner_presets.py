"""How the scanners of five makers speak as delivered; any key of the config overrides its preset.

Each maker lets a site change all of it, so the scanner's own settings are what counts.
`from_memory` names what no manual at hand confirmed: check it at the scanner before relying on it.
A frame that does not fit what is sent shows: as telegrams that can't be read, or as silence.
"""

from __future__ import annotations

from typing import NamedTuple


class Preset(NamedTuple):
    """Values of a scanner's section, where they are from, and the keys that are from memory."""

    values: dict[str, str]
    source: str
    from_memory: tuple[str, ...]


PRESETS: dict[str, Preset] = {
    "sick": Preset(
        {"frame_start": "\x02", "frame_end": "\x03", "separator": ";", "no_read": "NoRead"},
        "SICK CLV 410 manual, standard protocol: start STX, stop ETX",
        ("separator", "no_read"),
    ),
    "cognex": Preset(
        {"frame_start": "", "frame_end": "\r\n", "separator": ",", "no_read": "NOREAD"},
        "Cognex DataMan, Communications and Programming: CR LF, TCP port 23",
        ("separator", "no_read"),
    ),
    "datalogic": Preset(
        {"frame_start": "", "frame_end": "\r\n", "separator": ",", "no_read": "?"},
        "Datalogic QuickScan manual, 4.4.1: no header, CR LF; fixed readers may send STX",
        ("separator", "no_read"),
    ),
    "keyence": Preset(
        {"frame_start": "", "frame_end": "\r", "separator": ",", "no_read": "ERROR"},
        "Keyence SR-750 manual, 8-1: no header, terminator CR; N-410 manual, 5-3: ERROR",
        ("separator",),
    ),
    "zebra": Preset(
        {"frame_start": "", "frame_end": "\r\n", "separator": ",", "no_read": "NOREAD"},
        "none at hand",
        ("frame_start", "frame_end", "separator", "no_read"),
    ),
}
