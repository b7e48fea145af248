"""A control process with a fault built in, to see the demo find out: `FAULT LINE --config F`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterable
from pathlib import Path

from sorter.app.control import run_control
from sorter.config import load_config
from sorter.engine.binding import parcels_under_beam
from sorter.engine.events import TelegramReceived
from sorter.engine.layout import Layout
from sorter.engine.parcel import UNDECIDED, Parcel
from sorter.protocol import plc


def oldest_undecided(
    _layout: Layout, parcels: Iterable[Parcel], _telegram: TelegramReceived
) -> list[Parcel]:
    """Bind by order: whoever waits longest gets the telegram, and with it the next one's task."""
    return [parcel for parcel in parcels if parcel.state in UNDECIDED][:1]


def main() -> None:
    """Run the line with the fault asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("fault", choices=["by_order", "shifted_map"])
    parser.add_argument("line")
    parser.add_argument("--config", type=Path)
    asked = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    if asked.fault == "shifted_map":
        plc.SLOTS_ADDRESS += 1
    bind = oldest_undecided if asked.fault == "by_order" else parcels_under_beam
    run_control(load_config(asked.config), asked.line, bind=bind)


main()
