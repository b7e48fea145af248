"""From the line's configuration in millimetres and milliseconds to the engine's pulses."""

from __future__ import annotations

from collections.abc import Mapping

from sorter.config import BeltConfig, ChuteConfig, DiverterConfig, LineConfig, ScannerConfig
from sorter.engine.layout import (
    ChutePlace,
    DiverterPlace,
    EyePlace,
    Layout,
    ScannerPlace,
    along_eye,
)

# How far before and behind its target a head may really be when the diverter acts: edge jitter,
# encoder resolution and scale over the length of a line, and the PLC's cycle at full speed.
TOLERANCE_MM = 25.0
# An arm that is further off than this when an eye sees its parcel again is taken back.
CORRECTION_MM = 20.0
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

NS_PER_MS = 1_000_000


class LayoutError(ValueError):
    """The places on the line leave no time for what must be done between them."""


def layout_of(line: LineConfig) -> Layout:
    """The geometry of `line` in pulses. Raises LayoutError when no parcel could be decided."""
    belt = line.belt
    pulses = _Pulses(belt)
    diverters = {diverter.name: pulses.diverter(diverter) for diverter in line.diverters}
    first = min(diverter.at - diverter.lead for diverter in diverters.values())
    decide_by = first - pulses.ms(DECIDE_BEFORE_MS)
    scanners = {
        place: pulses.scanner(scanner) for scanner in line.scanners for place in scanner.places
    }
    heard_by = max(scanner.at + scanner.max_delay for scanner in scanners.values())
    if heard_by >= decide_by:
        raise LayoutError(
            f"line {line.name}: the first diverter must be told at {decide_by} pulses, and the "
            f"last telegram may come at {heard_by}; move the scanner forward or the diverter back"
        )
    lap = 0 if belt.loop_mm is None else pulses.mm(belt.loop_mm)
    chutes = {chute.name: pulses.chute(chute) for chute in line.chutes}
    if lap:
        _refuse_open_seam(line, lap, diverters, chutes, pulses)
    return Layout(
        line=line.name,
        tunnel=pulses.mm(line.eyes.tunnel.at_mm),
        decide_by=decide_by,
        end=lap if line.eyes.end is None else pulses.mm(line.eyes.end.at_mm),
        window=pulses.mm(belt.window_mm),
        slide_window=pulses.mm(SLIDE_WINDOW_MM),
        length_tolerance=pulses.mm(belt.length_tolerance_mm),
        max_length=pulses.mm(belt.max_parcel_mm),
        min_ahead=pulses.ms(ARM_AHEAD_MS),
        margin=pulses.mm(MARGIN_MM),
        scanners=scanners,
        diverters=diverters,
        chutes=chutes,
        release_after_ns=line.release_after_ms * NS_PER_MS,
        jam_after=pulses.mm(belt.jam_mm or 2 * belt.max_parcel_mm),
        pulses_per_m=belt.pulses_per_m,
        along=tuple(EyePlace(along_eye(eye.name), pulses.mm(eye.at_mm)) for eye in line.eyes.along),
        slip=pulses.mm(belt.slip_mm),
        correction=pulses.mm(CORRECTION_MM),
        lap=lap,
        max_laps=belt.max_laps,
        max_parcels=belt.max_parcels,
    )


def _refuse_open_seam(
    line: LineConfig,
    lap: int,
    diverters: Mapping[str, DiverterPlace],
    chutes: Mapping[str, ChutePlace],
    pulses: _Pulses,
) -> None:
    """Raise LayoutError when a chute's eye could see a parcel after its next lap has begun."""
    reach = pulses.mm(SLIDE_WINDOW_MM + line.belt.window_mm)
    for name, chute in chutes.items():
        seen_by = diverters[chute.diverter].at + chute.slide + reach
        if seen_by >= lap:
            raise LayoutError(
                f"line {line.name}: chute {name} may see its parcel up to {seen_by} pulses, and "
                f"the loop is {lap} pulses long; move diverter {chute.diverter} forward"
            )


class _Pulses:
    """Millimetres, and milliseconds of belt at nominal speed, as whole encoder pulses."""

    def __init__(self, belt: BeltConfig) -> None:
        self._belt = belt

    def mm(self, millimetres: float) -> int:
        return round(millimetres * self._belt.pulses_per_m / 1000)

    def ms(self, milliseconds: float) -> int:
        return self.mm(milliseconds * self._belt.speed_mps)

    def diverter(self, diverter: DiverterConfig) -> DiverterPlace:
        hold_ms = (TOLERANCE_MM + HOLD_MM) / self._belt.speed_mps
        return DiverterPlace(
            at=self.mm(diverter.at_mm),
            lead=self.ms(diverter.actuation_ms) + self.mm(TOLERANCE_MM),
            clear=self.mm(HOLD_MM + TOLERANCE_MM) + self.ms(diverter.return_ms),
            pulse_ms=round(diverter.actuation_ms + hold_ms),
            fault_after=diverter.fault_after,
        )

    def scanner(self, scanner: ScannerConfig) -> ScannerPlace:
        return ScannerPlace(
            at=self.mm(scanner.at_mm),
            min_delay=self.ms(scanner.min_delay_ms),
            max_delay=self.ms(scanner.max_delay_ms),
            silent_after=scanner.silent_after,
        )

    def chute(self, chute: ChuteConfig) -> ChutePlace:
        return ChutePlace(
            diverter=chute.diverter,
            side=chute.side,
            slide=self.mm(chute.slide_mm),
            overflow=chute.overflow,
            full_after_ns=chute.full_after_ms * NS_PER_MS,
            open_after_ns=chute.open_after_ms * NS_PER_MS,
            jam_after_ns=chute.jam_after_ms * NS_PER_MS,
            room=chute.room or 0,
            rate=chute.rate.parcels if chute.rate else 0,
            rate_window=self.ms(chute.rate.in_s * 1000) if chute.rate else 0,
        )
