"""What always holds, tried where everything goes wrong; `make invariants` tries more."""

from __future__ import annotations

from hypothesis import Phase, settings

from tests.engine.invariants.campaign import STEPS, Shard, run_shard, shards
from tests.engine.invariants.honest import BodiesGoWrong
from tests.engine.invariants.wild import AnythingGoes

for machine in (AnythingGoes, BodiesGoWrong):
    # To shrink what fails would take longer than a test may.
    machine.TestCase.settings = settings(stateful_step_count=STEPS, phases=[Phase.generate])

TestAnythingGoes = AnythingGoes.TestCase
TestBodiesGoWrong = BodiesGoWrong.TestCase


def test_the_sequences_get_far() -> None:
    """What is tried is worth it only if parcels are armed for, arrive, and come round."""
    for machine in ("anything_goes", "bodies_go_wrong"):
        found = run_shard(Shard(machine, 40, 1))
        assert found.failures == []
        assert found.armed_at.total() > 40
        assert found.outcomes["confirmed"] > 20
        assert found.laps[2] > 5


def test_shards_are_as_many_sequences_as_asked_for_and_no_seed_comes_twice() -> None:
    parts = list(shards(1700, 3))
    assert sum(part.sequences for part in parts) == 1700
    assert len({part.seed for part in parts}) == len(parts)
