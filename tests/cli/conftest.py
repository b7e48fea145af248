"""A box for the commands to work on."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def box_config(tmp_path: Path) -> Path:
    """A config whose line `line-1` has the chutes C01 to C08, and whose state is in `tmp_path`."""
    lines = [
        '[box]\nname = "box-1"\nsite = "my-site"',
        f'state_dir = "{tmp_path}/state"\nruntime_dir = "{tmp_path}/run"',
        '[[lines]]\nname = "line-1"',
        "[lines.belt]\nspeed_mps = 2.5\npulses_per_m = 1000",
        "[lines.eyes]\ninduct = { at_mm = 0, input = 0 }",
        "tunnel = { at_mm = 1500, input = 1 }\nend = { at_mm = 20500, input = 2 }",
        "[lines.plc]",
        "[[lines.scanners]]\nport = 2112\nat_mm = 1700",
    ]
    for number in range(1, 5):
        lines.append(
            f'[[lines.diverters]]\nname = "D{number}"\nnumber = {number}\n'
            f"at_mm = {3000 + 1500 * number}\nactuation_ms = 30\nreturn_ms = 30"
        )
    for number in range(1, 9):
        lines.append(
            f'[[lines.chutes]]\nname = "C0{number}"\ndiverter = "D{(number + 1) // 2}"\n'
            f'side = "{"left" if number % 2 else "right"}"\nconfirm_input = {number + 7}'
        )
    path = tmp_path / "sorter.toml"
    path.write_text("\n".join(lines) + "\n")
    return path
