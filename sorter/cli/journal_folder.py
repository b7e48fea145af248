"""Where the journal lies that a command is asked about: named by its folder or by its line."""

from __future__ import annotations

from pathlib import Path

from sorter.cli.options import read_config
from sorter.cli.verdicts import USAGE, refusals, refuse


def journal_folder(journal: str, config: Path) -> Path:
    """The folder of a journal that is named by its path or by its line; ends when there is none."""
    from sorter.disk.segments import segment_numbers

    folder = Path(journal)
    if not folder.exists() and "/" not in journal:
        if not config.exists():
            refuse(f"{journal}: no such folder, and no {config} that could name a line so", USAGE)
        box = read_config(config)
        lines = [line.name for line in box.lines]
        if journal not in lines:
            known = ", ".join(lines)
            refuse(f"{journal!r} is no folder, and no line of {config}: it has {known}", USAGE)
        folder = box.journal_dir(journal)
    with refusals():
        numbers = segment_numbers(folder)
    if not numbers:
        refuse(f"{folder}: found no journal, expected segments like 00000001.journal", USAGE)
    return folder


def journal_folders(config: Path) -> list[Path]:
    """The journals of all lines of the config that have one; ends when none has."""
    from sorter.disk.segments import segment_numbers

    box = read_config(config)
    with refusals():
        folders = [box.journal_dir(line.name) for line in box.lines]
        found = [folder for folder in folders if segment_numbers(folder)]
    if not found:
        refuse(f"found no journal of any line of {config} in {folders[0].parent}", USAGE)
    return found
