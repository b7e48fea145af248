"""A small line as its config says it, a clock in the test's hand, and orders for its diverters."""

from __future__ import annotations

from typing import Any

from sorter.config import LineConfig
from sorter.engine.commands import ArmDivert

START_NS = 10**12


def line_config(plc_port: int = 502, scanner_port: int = 2112, **plc: Any) -> LineConfig:
    """4 m of belt: diverter 1 with chutes A (left) and B (right), diverter 2 with OVF (left)."""
    return LineConfig.model_validate(
        {
            "name": "line-1",
            "belt": {"speed_mps": 2.5, "pulses_per_m": 1000},
            "eyes": {
                "induct": {"at_mm": 0, "input": 0},
                "tunnel": {"at_mm": 500, "input": 1},
                "end": {"at_mm": 3800, "input": 2},
            },
            "plc": {"port": plc_port, "poll_ms": 2, **plc},
            "scanners": [{"port": scanner_port, "at_mm": 700, "count_prefix": "@"}],
            "diverters": [
                {"name": "D1", "number": 1, "at_mm": 2000, "actuation_ms": 30, "return_ms": 30},
                {"name": "D2", "number": 2, "at_mm": 3000, "actuation_ms": 30, "return_ms": 30},
            ],
            "chutes": [
                _chute("A", "D1", "left", 8, 32),
                _chute("B", "D1", "right", 9, 33),
                _chute("OVF", "D2", "left", 10, None) | {"overflow": True},
            ],
        }
    )


def _chute(name: str, diverter: str, side: str, confirm: int, full: int | None) -> dict[str, Any]:
    chute = {"name": name, "diverter": diverter, "side": side, "confirm_input": confirm}
    return chute if full is None else chute | {"full_input": full}


def arm(sequence: int, target_count: int, diverter: str = "D1", side: str = "left") -> ArmDivert:
    """An order to divert parcel number `sequence`."""
    return ArmDivert(
        sequence=sequence,
        parcel=sequence,
        diverter=diverter,
        side=side,
        target_count=target_count,
        pulse_ms=64,
    )


class HandClock:
    """The box's clocks, that stand still unless the test moves them."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def monotonic_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return 1_795_446_000 * 10**9 + self.now_ns

    def utc_quality(self) -> str:
        return "unknown"
