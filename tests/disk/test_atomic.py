"""A file is replaced whole or not at all, and durably."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from sorter.disk.atomic import replace_atomically


def test_the_new_content_is_there_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "table"
    replace_atomically(target, lambda file: file.write(b"first"))
    replace_atomically(target, lambda file: file.write(b"second"))
    assert target.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("interruption", [OSError("disk full"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_file_alone(
    tmp_path: Path, interruption: BaseException
) -> None:
    target = tmp_path / "table"
    target.write_bytes(b"old")

    def break_off(file: BinaryIO) -> None:
        file.write(b"half")
        raise interruption

    with pytest.raises(type(interruption)):
        replace_atomically(target, break_off)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_file_and_folder_are_forced_to_disk_in_the_order_that_survives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "table"
    steps: list[str] = []
    real_fsync = os.fsync

    def note(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append(f"{'folder' if is_folder else 'file'}, renamed={target.exists()}")
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    replace_atomically(target, lambda file: file.write(b"new"))
    assert steps == ["file, renamed=False", "folder, renamed=True"]


def test_the_new_file_has_the_mode_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "secret"
    replace_atomically(target, lambda file: file.write(b"x"), mode=0o600)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
