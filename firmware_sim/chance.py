"""Seeded chance, one stream for each purpose.

A stream is named, so that a draw more in one place changes nothing in another, and a parcel's
luck does not depend on what happened to the parcels before it.
"""

from __future__ import annotations

from random import Random


def stream(seed: int, *purpose: str) -> Random:
    """The random stream of that purpose. Equal seeds and purposes give equal streams."""
    return Random("/".join((str(seed), *purpose)))
