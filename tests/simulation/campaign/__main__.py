"""`python -m tests.simulation.campaign --parcels N --seed S`, or `make simulate PARCELS=N SEED=S`.

Tells every misdivert and every exchange that no eye could see as it happens, and on the last line
one JSON object. Exit code 1 when a body was misdiverted, the ledger did not balance, or less than
97 % of the divertable parcels were confirmed.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import time
from functools import partial

from firmware_sim.faults import KINDS
from tests.simulation.campaign import upsets
from tests.simulation.campaign.run import Campaign, Order, StuckError
from tests.simulation.campaign.tally import OutOfBalanceError

LEAST_CONFIRMED = 0.97
GARBAGE_AFTER = 200_000
ALL_KINDS = (*KINDS, "chute_full", *upsets.KINDS)


def main() -> int:
    """Run, tell, judge; the exit code."""
    parser = argparse.ArgumentParser(prog="simulate", description="Parcels in virtual time.")
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--belt", choices=("line", "loop"), default="line")
    arguments = parser.parse_args()
    # As control does: what is made while parcels move is no garbage that a collector would find.
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    campaign = Campaign(Order(arguments.parcels, arguments.seed, belt=arguments.belt))
    tally = campaign.tally
    tally.tell = partial(print, flush=True)
    began = time.perf_counter()
    balanced = True
    try:
        campaign.run()
    except (OutOfBalanceError, StuckError) as error:
        balanced = False
        print(f"{type(error).__name__}: {error}")
    print(f"divertable and not confirmed: {dict(tally.divertable_by_reason.most_common())}")
    print(json.dumps(_figures(campaign, balanced, time.perf_counter() - began)))
    enough = tally.confirmed >= LEAST_CONFIRMED * tally.divertable
    return 0 if balanced and not tally.misdiverted and enough else 1


def _figures(campaign: Campaign, balanced: bool, seconds: float) -> dict[str, object]:
    tally = campaign.tally
    return {
        "parcels": tally.parcels,
        "divertable": tally.divertable,
        "confirmed": tally.confirmed,
        "misdiverted": tally.misdiverted,
        "undetectable": tally.undetectable,
        "lost": tally.outcomes["lost"],
        "injected": dict.fromkeys(ALL_KINDS, 0) | campaign.injected,
        "ledger_balanced": balanced,
        "by_reason": dict(tally.by_reason.most_common()),
        "false_confirms": tally.false_confirms,
        "attendant_visits": campaign.attendant.visits,
        "taken_off": campaign.attendant.taken_off,
        "events": campaign.events,
        "virtual_hours": round(campaign.now_ms / 3_600_000, 2),
        "seconds": round(seconds, 1),
        "processor_seconds": round(time.process_time(), 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    sys.exit(main())
