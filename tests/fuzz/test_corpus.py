"""Inputs that once reached something new, or broke something, given to their targets again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.first_inputs import first_inputs
from tests.fuzz.mutators import MUTATORS
from tests.fuzz.seeds import QUESTIONS, seed_files
from tests.fuzz.targets import TARGETS
from tests.fuzz.unsealed import sealed, split, unsealed

CORPUS = Path(__file__).parent / "corpus"
SAME_INPUTS = {"sealed": "sections"}
MUTANTS = 60


@pytest.mark.parametrize("target", TARGETS)
def test_what_fuzzing_found_keeps_its_promises(target: str) -> None:
    entries = sorted((CORPUS / SAME_INPUTS.get(target, target)).iterdir())
    assert entries
    for entry in entries:
        TARGETS[target](entry.read_bytes())


@pytest.mark.parametrize("name", seed_files())
def test_a_seed_is_the_same_file_once_it_is_sealed_again(name: str) -> None:
    file = seed_files()[name]
    entry = unsealed(file, "table", QUESTIONS)
    sections, questions = split(entry)
    assert sealed(sections, "table") == file
    assert questions == QUESTIONS


@pytest.mark.parametrize("target", TARGETS)
def test_mutants_keep_the_promises(target: str) -> None:
    draw = random.Random(3)

    def change(part: bytes, most: int) -> bytes:
        changed = bytearray(part or b"\0")
        for _ in range(draw.randint(1, 3)):
            changed[draw.randrange(len(changed))] = draw.choice(
                [0, 1, 0x7F, 0xFF, draw.getrandbits(8)]
            )
        return bytes(changed[: draw.choice([most, len(changed) - 1])])

    for number, seed in enumerate(first_inputs(target)):
        entry = seed
        for turn in range(MUTANTS):
            # A chain of mutants, and begun anew where it may have come to nothing.
            entry = MUTATORS[target](
                entry if turn % 8 else seed, 8192, 1000 * number + turn, change
            )
            TARGETS[target](entry)


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 17, 400])
def test_any_bytes_can_be_sealed(cut: int) -> None:
    entry = unsealed(seed_files()["mixed"], "table", QUESTIONS)[:cut]
    sections, questions = split(entry)
    assert sealed(sections, "table")
    assert questions == b""
