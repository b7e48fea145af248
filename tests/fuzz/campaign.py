"""Runs one target under libFuzzer: `python -m tests.fuzz.campaign TARGET CORPUS [-runs=N ...]`.

The core must be built with coverage for it, which `make fuzz` does. CORPUS is a folder for what is
found to reach something new; the seeds are written into it first.

Garbage is collected between inputs, never while one is run: it runs code of the core that has
nothing to do with the input, which would then be kept as one that reaches something new, and a
corpus of such inputs is large, slow and shallow.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import atheris

from sorter.table import routing_table
from tests.fuzz.first_inputs import first_inputs
from tests.fuzz.mutators import MUTATORS, Mutator
from tests.fuzz.targets import TARGETS

_MUTATIONS_A_COLLECTION = 4096


def collecting(mutator: Mutator) -> Callable[[bytes, int, int], bytes]:
    """The mutator as libFuzzer calls it, which also collects garbage now and then."""
    calls = count(1)

    def mutate(entry: bytes, most: int, seed: int) -> bytes:
        if next(calls) % _MUTATIONS_A_COLLECTION == 0:
            gc.collect()
        mutant = mutator(entry, most, seed, atheris.Mutate)
        return mutant if len(mutant) <= most else bytes(atheris.Mutate(entry, most))

    return mutate


def main(arguments: list[str]) -> None:
    """Fuzz until the runs that were asked for are done, or something is found."""
    target, folder, *options = arguments
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, entry in enumerate(first_inputs(target)):
        (Path(folder) / f"seed-{number}").write_bytes(entry)
    # What depends on the head alone takes longest of all that opening a small table does, and the
    # head is seldom the section that changed.
    names = vars(routing_table)
    names["LabelReader"] = functools.lru_cache(1024)(names["LabelReader"])
    head_of = functools.lru_cache(1024)(names["read_file_head"])
    names["read_file_head"] = lambda section: head_of(bytes(section))
    gc.freeze()
    gc.disable()
    atheris.Setup(
        [f"fuzz-{target}", *options, folder],
        TARGETS[target],
        custom_mutator=collecting(MUTATORS[target]),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
