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
from tests.fuzz.deltas import changes_seed
from tests.fuzz.numbers import NUMBER_SEED
from tests.fuzz.rows import ROW_SEEDS
from tests.fuzz.seeds import QUESTIONS, seed_files
from tests.fuzz.targets import TARGETS
from tests.fuzz.unsealed import mutated, unsealed

_OF_SECTIONS = {"sealed", "sections", "changes"}


def seeds(target: str) -> list[bytes]:
    """The inputs that a corpus begins with."""
    files = seed_files().values()
    codes = QUESTIONS.replace(b"\n", b"\xff")
    of_sections = [unsealed(file, "table", QUESTIONS) for file in files]
    return {
        "file": list(files),
        "sealed": of_sections,
        "sections": of_sections,
        "numbers": [NUMBER_SEED],
        "changes": [changes_seed()],
        "rows": list(ROW_SEEDS),
        "decide": [bytes([choice]) + codes for choice in range(2 * len(files))],
    }[target]


def mutate_section(entry: bytes, most: int, seed: int) -> bytes:
    """libFuzzer's mutation, kept inside one section."""
    return mutated(entry, most, seed, atheris.Mutate)


def main(arguments: list[str]) -> None:
    """Fuzz until the runs that were asked for are done, or something is found."""
    target, folder, *options = arguments
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, entry in enumerate(seeds(target)):
        (Path(folder) / f"seed-{number}").write_bytes(entry)
    # What depends on the head alone takes longest of all that opening a small table does, and the
    # head is seldom the section that changed.
    names = vars(routing_table)
    names["LabelReader"] = functools.lru_cache(1024)(names["LabelReader"])
    head_of = functools.lru_cache(1024)(names["read_file_head"])
    names["read_file_head"] = lambda section: head_of(bytes(section))
    gc.freeze()
    how = {"custom_mutator": mutate_section} if target in _OF_SECTIONS else {}
    atheris.Setup([f"fuzz-{target}", *options, folder], TARGETS[target], **how)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
