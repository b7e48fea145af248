"""Runs one target under libFuzzer: `python -m tests.fuzz.campaign TARGET CORPUS [-runs=N ...]`.

The core must be built with coverage for it, which `make fuzz` does. CORPUS is a folder for what is
found to reach something new; the seeds are written into it first.
"""

from __future__ import annotations

import functools
import gc
import sys
from pathlib import Path

import atheris

from sorter.table import routing_table
from tests.fuzz.seeds import QUESTIONS, seed_files
from tests.fuzz.targets import TARGETS
from tests.fuzz.unsealed import mutated, unsealed


def write_seeds(target: str, folder: Path) -> None:
    """Begin a corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, file) in enumerate(seed_files().items()):
        if target == "decide":
            content = bytes([2 * number + 1]) + QUESTIONS.replace(b"\n", b"\xff")
        elif target == "file":
            content = file
        else:
            content = unsealed(file, "table", QUESTIONS)
        (folder / name).write_bytes(content)


def mutate_section(entry: bytes, most: int, seed: int) -> bytes:
    """libFuzzer's mutation, kept inside one section."""
    return mutated(entry, most, seed, atheris.Mutate)


def main(arguments: list[str]) -> None:
    """Fuzz until the runs that were asked for are done, or something is found."""
    target, folder, *options = arguments
    write_seeds(target, Path(folder))
    # What depends on the head alone takes longest of all that opening a small table does.
    names = vars(routing_table)
    names["LabelReader"] = functools.lru_cache(1024)(names["LabelReader"])
    gc.freeze()
    how = {"custom_mutator": mutate_section} if target in {"sealed", "sections"} else {}
    atheris.Setup([f"fuzz-{target}", *options, folder], TARGETS[target], **how)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
