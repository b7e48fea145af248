"""Many sequences of every machine of invariants, in shards of which each has a seed of its own.

A shard is small, so that what hypothesis remembers of it is soon forgotten, and one that fails does
not end the others.
"""

from __future__ import annotations

import resource
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engine.invariants.honest import BodiesGoWrong
from tests.engine.invariants.wild import AnythingGoes

MACHINES: dict[str, type[AnythingGoes] | type[BodiesGoWrong]] = {
    "anything_goes": AnythingGoes,
    "bodies_go_wrong": BodiesGoWrong,
}
SHARD = 500
STEPS = 20


@dataclass(frozen=True)
class Shard:
    """So many sequences of one machine; the seed tells which."""

    machine: str
    sequences: int
    seed: int


@dataclass
class Findings:
    """What came of sequences: how many and how long, how their parcels ended, and what failed."""

    sequences: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    armed_at: Counter[str] = field(default_factory=Counter)
    laps: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    peak_rss_mb: int = 0

    def add(self, other: Findings) -> None:
        """Take those of another shard in; of peaks the highest counts."""
        for name in ("sequences", "outcomes", "reasons", "armed_at", "laps"):
            getattr(self, name).update(getattr(other, name))
        self.steps += other.steps
        self.failures += other.failures
        self.peak_rss_mb = max(self.peak_rss_mb, other.peak_rss_mb)


def shards(sequences: int, first_seed: int) -> Iterator[Shard]:
    """`sequences` in all, of the machines in turn."""
    machines = tuple(MACHINES)
    for number in range(-(-sequences // SHARD)):
        size = min(SHARD, sequences - number * SHARD)
        yield Shard(machines[number % len(machines)], size, first_seed * 1_000_000 + number)


def run_shard(shard: Shard) -> Findings:
    """Run one shard to its end or first failure, which is told with the steps that lead to it."""
    findings = Findings()
    machine = MACHINES[shard.machine]

    class Counted(machine):  # type: ignore[misc, valid-type]  # one of several classes
        """The machine, and what came of it."""

        def teardown(self) -> None:
            super().teardown()
            watched = self.world.watched
            findings.sequences[shard.machine] += 1
            findings.steps += self.world.fed
            findings.armed_at.update(watched.armed_at)
            findings.laps.update(watched.laps)
            for (outcome, reason), count in watched.ends.items():
                findings.outcomes[outcome] += count
                findings.reasons[f"{outcome}: {reason}"] += count

    try:
        run_state_machine_as_test(
            seed(shard.seed)(Counted),
            settings=settings(
                max_examples=shard.sequences,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
                print_blob=False,
                report_multiple_bugs=False,
            ),
        )
    except Exception:  # noqa: BLE001  # whatever the engine or its watch breaks on is looked for
        findings.failures.append(f"{shard}\n{traceback.format_exc()}")
    findings.peak_rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return findings
