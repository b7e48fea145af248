"""The stub of the native core says what the compiled module really has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Cython adds these to every module and class; they are nobody's to call.
CYTHONS_OWN = r"""
sorter\._native\.__test__
sorter\._native(\..*)?\.__reduce_cython__
sorter\._native(\..*)?\.__setstate_cython__
"""


def test_the_stub_fits_the_module(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text(CYTHONS_OWN)
    command = [sys.executable, "-m", "mypy.stubtest", "sorter._native"]
    command += ["--allowlist", str(allowed), "--ignore-unused-allowlist"]
    result = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
