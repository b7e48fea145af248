"""What a scanned code turned out to be: the formats it matches and the postcode they carry.

Values only; how they are found is in `reading.py`.
"""

from __future__ import annotations

import msgspec


class Match(msgspec.Struct, frozen=True):
    """One format that a code has the shape of.

    `valid` is whether its check digits agree; a format without any is valid by its shape.
    `postcode` is plain (upper case, no blanks or hyphens). `country` is the ISO alpha-2 code of the
    destination, never of the origin, and None unless it is certain. `names_piece`: no other piece
    bears this code.
    """

    format: str
    name: str
    valid: bool
    postcode: str | None = None
    country: str | None = None
    names_piece: bool = False


class Label(msgspec.Struct, frozen=True):
    """A scanned code as it was sent, and all formats of the site's list it matches, in that order.

    `reason` says why nothing matched, and is None when something did.
    """

    code: str
    matches: tuple[Match, ...] = ()
    reason: str | None = None

    @property
    def format(self) -> str | None:
        """The id of the first format that matched, None when none did."""
        return self.matches[0].format if self.matches else None

    @property
    def valid(self) -> bool | None:
        """True if any match is valid, False if every one fails its check, None without a match."""
        return any(match.valid for match in self.matches) if self.matches else None

    @property
    def misread(self) -> bool:
        """True when the code has a known shape and every format it matches fails its check."""
        return self.valid is False

    @property
    def names_piece(self) -> bool:
        """True when the code is a number that one piece alone bears."""
        return any(match.valid and match.names_piece for match in self.matches)

    @property
    def postcode_keys(self) -> tuple[str, ...]:
        """Country and postcode in one, `BE4000`, of valid matches that are certain of both.

        In the order of the matches, each once. More than one means that formats disagree.
        """
        keys = (
            match.country + match.postcode
            for match in self.matches
            if match.valid and match.country is not None and match.postcode is not None
        )
        return tuple(dict.fromkeys(keys))
