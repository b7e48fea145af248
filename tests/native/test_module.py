"""The native core as a module: its stub is true, and it refuses machines it was not made for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Cython adds the first three to every module and class; they are nobody's to call. The last is
# shown by Python itself from 3.12 on, and needed by type checkers everywhere.
NOT_IN_BOTH = r"""
sorter\._native\.\w+\.__test__
sorter\._native(\..*)?\.__reduce_cython__
sorter\._native(\..*)?\.__setstate_cython__
sorter\._native\.\w+\.Region\.__buffer__
"""


def test_the_stub_fits_the_module(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text(NOT_IN_BOTH)
    command = [sys.executable, "-m", "mypy.stubtest", "sorter._native"]
    command += ["--allowlist", str(allowed), "--ignore-unused-allowlist"]
    result = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_big_endian_machine_is_refused_with_the_reason() -> None:
    program = "import sys; sys.byteorder = 'big'; import sorter._native"
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ImportError: sorter's routing table needs a little-endian machine" in result.stderr
