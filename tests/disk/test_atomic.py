"""A file is replaced whole or not at all, and durably."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
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


def test_a_draft_that_a_killed_program_left_is_swept(tmp_path: Path) -> None:
    target = tmp_path / "table"
    program = (
        "import os, pathlib, signal, sys\n"
        "from sorter.disk.atomic import replace_atomically\n"
        "kill = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "replace_atomically(pathlib.Path(sys.argv[1]), kill)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(target)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (draft,) = tmp_path.iterdir()
    others = [tmp_path / name for name in (f"{draft.name}x", ".other.1-00000000.draft")]
    others.append(tmp_path / ".table.12-folder00.draft")
    for other in others:
        other.write_bytes(b"not ours")
    (tmp_path / ".table.1-00000000.draft").mkdir()
    (tmp_path / ".table.2-00000000.draft").symlink_to(others[0])
    replace_atomically(target, lambda file: file.write(b"new"))
    assert not draft.exists()
    assert all(other.read_bytes() == b"not ours" for other in others)
    assert len(list(tmp_path.iterdir())) == 6


def test_a_draft_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "table"

    def write_and_let_another_in(file: BinaryIO) -> None:
        replace_atomically(target, lambda other: other.write(b"another"))
        file.write(b"first")

    replace_atomically(target, write_and_let_another_in)
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]


def test_a_draft_that_was_swept_before_it_was_locked_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "table"
    real_flock = fcntl.flock
    swept: list[Path] = []

    def sweep_and_lock(file: object, operation: int) -> None:
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].unlink()
        real_flock(file, operation)  # type: ignore[arg-type]  # a file or a descriptor

    monkeypatch.setattr(fcntl, "flock", sweep_and_lock)
    replace_atomically(target, lambda file: file.write(b"new"))
    assert target.read_bytes() == b"new"
    assert len(swept) == 1
