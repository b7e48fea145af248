"""The small sound sources that `init` writes for people to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from sorter.table.source import HEAD_FILE, ROW_FILES

PLAN_FILE = "plan.toml"


def write_example_table(folder: Path) -> list[Path]:
    """Write a source of a routing table into `folder`; returns the files.

    Raises FileExistsError when one of them is there already, and then writes none; OSError.
    """
    paths = [folder / name for name in (HEAD_FILE, *ROW_FILES)]
    for path in paths:
        if path.exists():
            raise FileExistsError(f"{path} is there already; choose an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        _write(path, path.name)
    return paths


def write_example_plan(path: Path) -> None:
    """Write a chute plan that fits the example table. Raises FileExistsError, OSError."""
    if path.exists():
        raise FileExistsError(f"{path} is there already; choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, PLAN_FILE)


def _write(path: Path, name: str) -> None:
    path.write_bytes((resources.files("sorter.table") / "example" / name).read_bytes())
