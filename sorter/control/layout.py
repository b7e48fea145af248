"""From the line's configuration in millimetres and milliseconds to the engine's pulses."""

from __future__ import annotations

from sorter.config import DiverterConfig, LineConfig
from sorter.engine.layout import ChutePlace, DiverterPlace, Layout, ScannerPlace

# How far before and behind its target a head may really be when the diverter acts: edge jitter,
# encoder resolution and scale over the length of a line, and the PLC's cycle at full speed.
TOLERANCE_MM = 25.0
# The diverter holds this much longer so that a head that comes late by the tolerance is caught.
HOLD_MM = 60.0
# Distance that stays free between a moving diverter and a parcel that is not meant for it.
MARGIN_MM = 10.0
# An arm needs a few requests on the wire and a PLC cycle before the encoder reaches its target.
ARM_AHEAD_MS = 60
# A chute's eye sees a parcel earlier or later by how it was caught.
SLIDE_WINDOW_MM = 150.0
# Waiting for telegrams ends this long before the first diverter's last chance.
DECIDE_BEFORE_MS = 150


def layout_of(line: LineConfig) -> Layout:
    """The geometry of `line` in pulses."""
    belt = line.belt

    def mm(millimetres: float) -> int:
        return round(millimetres * belt.pulses_per_m / 1000)

    def ms(milliseconds: float) -> int:
        return mm(milliseconds * belt.speed_mps)

    def place(diverter: DiverterConfig) -> DiverterPlace:
        hold_ms = (TOLERANCE_MM + HOLD_MM) / belt.speed_mps
        return DiverterPlace(
            at=mm(diverter.at_mm),
            lead=ms(diverter.actuation_ms) + mm(TOLERANCE_MM),
            clear=mm(HOLD_MM + TOLERANCE_MM) + ms(diverter.return_ms),
            pulse_ms=round(diverter.actuation_ms + hold_ms),
        )

    diverters = {diverter.name: place(diverter) for diverter in line.diverters}
    first = min(diverter.at - diverter.lead for diverter in diverters.values())
    return Layout(
        line=line.name,
        tunnel=mm(line.eyes.tunnel.at_mm),
        decide_by=first - ms(DECIDE_BEFORE_MS),
        end=mm(line.eyes.end.at_mm),
        window=mm(belt.window_mm),
        slide_window=mm(SLIDE_WINDOW_MM),
        length_tolerance=mm(belt.length_tolerance_mm),
        max_length=mm(belt.max_parcel_mm),
        min_ahead=ms(ARM_AHEAD_MS),
        margin=mm(MARGIN_MM),
        scanners={
            scanner.name: ScannerPlace(
                at=mm(scanner.at_mm),
                min_delay=ms(scanner.min_delay_ms),
                max_delay=ms(scanner.max_delay_ms),
            )
            for scanner in line.scanners
        },
        diverters=diverters,
        chutes={
            chute.name: ChutePlace(
                diverter=chute.diverter,
                side=chute.side,
                slide=mm(chute.slide_mm),
                overflow=chute.overflow,
            )
            for chute in line.chutes
        },
    )
