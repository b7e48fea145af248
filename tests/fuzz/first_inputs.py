"""The inputs that the corpus of each target begins with."""

from __future__ import annotations

from tests.fuzz.deltas import changes_seed
from tests.fuzz.numbers import NUMBER_SEED
from tests.fuzz.rows import ROW_SEEDS
from tests.fuzz.seeds import QUESTIONS, seed_files
from tests.fuzz.unsealed import unsealed


def first_inputs(target: str) -> list[bytes]:
    """Sound inputs of a target, always the same."""
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
