"""Noise in a file leads no search out of it, whether it is there at the check or comes later."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sorter._native import CodeTable
from sorter.table.file_format import EXACT_SECTIONS
from tests.support.exact_rows import rows_of
from tests.support.examples import examples
from tests.table.forged_lines import CODES, NAMES, OTHERS, Parts


def exact_part(parts: Parts) -> dict[str, memoryview]:
    return {name: memoryview(parts[name]) for name in EXACT_SECTIONS}


def use_everything(table: CodeTable, highest: int) -> None:
    """Ask in every way there is: whatever the answer, it is one."""
    asked = [*CODES[:200], *CODES[-2 * OTHERS :], b"P-", b"text", b"0"]
    assert all(-1 <= number <= highest for number in table.find_batch(asked).tolist())
    for code in asked[::9]:
        assert -1 <= table.find(code) <= highest
        assert table.find_row(code) < 1 << 48
    for code in rows_of(table, at_once=50_000):
        assert 1 <= len(code) <= 48


@given(st.data())
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_noise_is_refused_or_answers_within_the_destinations(
    parts: Parts, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([name for name in EXACT_SECTIONS if parts[name]]))
    part = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 4))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    try:
        table = CodeTable(exact_part(parts) | {name: memoryview(part)}, len(NAMES))
    except ValueError as error:
        found = error.args[0]
    else:
        found = name
        use_everything(table, len(NAMES) - 1)
    assert found in EXACT_SECTIONS


@pytest.mark.parametrize("seed", range(6))
def test_a_file_that_is_written_to_after_its_check_leads_nowhere_else(
    parts: Parts, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    held = {name: bytearray(part) for name, part in parts.items() if name in EXACT_SECTIONS}
    table = CodeTable({name: memoryview(part) for name, part in held.items()}, len(NAMES))
    for part in held.values():
        noise = chance.integers(0, 256, len(part), np.uint8)
        rate = (0.001, 0.1, 1)[seed % 3]
        kept = np.frombuffer(part, np.uint8)
        kept[:] = np.where(chance.random(len(part)) < rate, noise, kept)
    use_everything(table, (1 << 16) - 1)
