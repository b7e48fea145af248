"""Real postal codes, each with its own destination: where an invented parcel is sent.

The list ships beside this file; docs/derive_liege_ranges.py made it from the sources that
liege/SOURCES.md credits.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Address:
    """As much of an address as a label carries: ISO 3166-1 country and postal code."""

    country: str
    postcode: str


def addresses_by_destination() -> dict[str, tuple[Address, ...]]:
    """Destination -> the real addresses that belong to it, in the order of the list."""
    text = resources.files("sorter.demo").joinpath("postcodes.csv").read_text(encoding="ascii")
    found: dict[str, list[Address]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["destination"]].append(Address(row["country"], row["postcode"]))
    return {destination: tuple(addresses) for destination, addresses in found.items()}
