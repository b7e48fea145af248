"""A sound config file, ways to change it, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sorter.config import Config, ConfigError, load_config

GOOD = """
[box]
name = "box-1"
site = "liege"

[[lines]]
name = "line-1"
belt = { speed_mps = 2.5, pulses_per_m = 1000 }
plc = { port = 1502 }

[lines.eyes]
induct = { at_mm = 0, input = 0 }
tunnel = { at_mm = 1500, input = 1 }
end = { at_mm = 9000, input = 2 }

[[lines.scanners]]
port = 2112
at_mm = 1700

[[lines.diverters]]
name = "D1"
number = 1
at_mm = 4500
actuation_ms = 30
return_ms = 30

[[lines.diverters]]
name = "D2"
number = 2
at_mm = 6000
actuation_ms = 30
return_ms = 30

[[lines.chutes]]
name = "C01"
diverter = "D1"
side = "left"
confirm_input = 8
full_input = 32

[[lines.chutes]]
name = "C02"
diverter = "D1"
side = "right"
confirm_input = 9
"""
LINE = "lines[line-1]"


def load(folder: Path, text: str | bytes) -> Config:
    path = folder / "sorter.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_config(path)


def problems(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(folder, text)
    lines = str(refused.value).splitlines()
    assert lines == [f"{folder / 'sorter.toml'}: {problem}" for problem in refused.value.problems]
    return refused.value.problems


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)
