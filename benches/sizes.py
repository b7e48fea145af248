"""How large a run is. SORTER_BENCH_ROWS is the number of codes (`make bench ROWS=10000000`)."""

import os

ROWS = int(os.environ.get("SORTER_BENCH_ROWS", "1000000"))
ASKED = min(1_000_000, max(1000, ROWS // 4))
"""Codes of one round."""
SEED = 1
