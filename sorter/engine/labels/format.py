"""One barcode format as a record of facts, and how a code is held against it.

The tables in `families/` are made of these records. A pattern names the characters its check rule
covers `covered` (check character last) and those of a postcode or country `postcode`, `country`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

import msgspec

from sorter.engine.labels.check_digits import Check
from sorter.engine.labels.label import Match

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Destination(NamedTuple):
    """Where a code says its parcel goes; None is what it does not say, or not surely."""

    postcode: str | None = None
    country: str | None = None


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one format.

    `lengths` and `starts` (possible first characters) only save time: a code that has neither
    cannot match `pattern`, which must match the whole code. `check` is None for a format without
    check digits, `destination` for one that carries no postcode. `names_piece`: a number is on one
    piece only, by its standard or its maker; a waybill's can be on all pieces of a consignment, a
    routing code on all that go to one address. `source` says whose facts they are.
    """

    id: str
    name: str
    pattern: re.Pattern[str]
    lengths: Collection[int]
    starts: str
    source: str
    check: Check | None = None
    destination: Callable[[re.Match[str]], Destination] | None = None
    names_piece: bool = False

    def read(self, code: str, home_country: str | None) -> Match | None:  # noqa: ARG002 - only a format of domestic postcodes asks where home is
        """Returns the match of the whole `code`, valid or not, or None when the shape differs.

        `home_country` (ISO alpha-2) is the site's own, for formats with domestic postcodes.
        """
        found = self.pattern.fullmatch(code)
        if found is None:
            return None
        valid = self.check is None or self._holds(self.check, found)
        carried = self.destination(found) if self.destination else Destination()
        return Match(self.id, self.name, valid, carried.postcode, carried.country, self.names_piece)

    @staticmethod
    def _holds(check: Check, found: re.Match[str]) -> bool:
        covered = found["covered"]
        return covered is None or check.holds(covered)
