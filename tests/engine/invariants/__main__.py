"""`python -m tests.engine.invariants --sequences N --seed S --workers W`, or `make invariants`.

Tells every failure with the steps that led to it, how far it is, and on the last line one JSON
object. Exit code 1
when anything failed. The same seed gives the same sequences, whatever the number of workers.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time

from tests.engine.invariants.campaign import Findings, run_shard, shards


def main() -> int:
    """Run, tell, judge; the exit code."""
    parser = argparse.ArgumentParser(prog="invariants", description="What always holds, tried.")
    parser.add_argument("--sequences", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    began = time.perf_counter()
    found = Findings()
    # A worker for each shard: none keeps what the one before remembered.
    with multiprocessing.Pool(arguments.workers, maxtasksperchild=1) as pool:
        for of_shard in pool.imap_unordered(run_shard, shards(arguments.sequences, arguments.seed)):
            found.add(of_shard)
            for failure in of_shard.failures:
                print(failure, flush=True)
            print(
                f"{found.sequences.total()} sequences, {len(found.failures)} failures", flush=True
            )
    print(f"armed at: {dict(found.armed_at.most_common())}")
    print(f"ended by: {dict(found.reasons.most_common())}")
    print(json.dumps(_figures(found, time.perf_counter() - began)))
    return 1 if found.failures else 0


def _figures(found: Findings, seconds: float) -> dict[str, object]:
    return {
        "sequences": found.sequences.total(),
        "of": dict(found.sequences),
        "steps": found.steps,
        "failures": len(found.failures),
        "outcomes": dict(found.outcomes.most_common()),
        "arms": found.armed_at.total(),
        "laps": {str(lap): count for lap, count in sorted(found.laps.items())},
        "seconds": round(seconds, 1),
        "peak_rss_mb": found.peak_rss_mb,
    }


if __name__ == "__main__":
    sys.exit(main())
