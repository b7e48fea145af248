"""What the postcodes of each country look like, so that one out of a barcode can be trusted.

Owns the table of shapes and the two questions labels ask of it: is this a postcode of that
country, and which postcode is hidden in a zero-padded field.

Shapes are written without spaces and hyphens: N a digit, A a letter, X either. Facts: the Universal
Postal Union's addressing systems, compared with the address metadata that Google publishes.
Countries whose form is in doubt are left out: nothing is unpadded for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_COUNTRIES_BY_SHAPE = {
    "NNN": "FO GN IS LS MG PG TW",
    "NNNN": "AF AL AM AT AU BD BE BG CH CV CY DK ET GE GL GW HT HU LI LR LU LV MD MK MZ NE NL NO NZ"
    " PH PT PY SI SJ TN VE ZA",
    "NNNNN": "AS AX BA BL BT CU CZ DE DO DZ EE EG ES FI FM FR GF GP GR GT GU HN HR ID IQ IT JO KE"
    " KR KW LA LK LT MA MC ME MF MH MM MN MP MQ MV MX MY NC NI NP PF PK PL PM PR PW RE RS SA SD SE"
    " SK SM SN TH TR TW UA US UY VA VI WF YT ZM",
    "NNNNNN": "BY CN CO EC IN KG KZ NG RO RU SG TJ TM TW UZ",
    "NNNNNNN": "CL IL JP PT",
    "NNNNNNNN": "BR",
    "NNNNNNNNN": "US",
    "NNNNNNNNNN": "IR",
    "NNNNAA": "NL",
    "ANNN": "SZ",
    "AANNN": "AD",
    "AANNNN": "BN",
    "AAANNNN": "MT",
    "ANANAN": "CA",
    "ANXXXXX": "IE",
    "ANNAA": "GB",
    "ANNNAA": "GB",
    "ANANAA": "GB",
    "AANNAA": "GB GG IM JE",
    "AANNNAA": "GB GG IM JE",
    "AANANAA": "GB",
}

_CLASS = {"N": "[0-9]", "A": "[A-Z]", "X": "[0-9A-Z]"}
_NOT_WRITTEN = str.maketrans("", "", " -")


def _patterns_by_country() -> Mapping[str, tuple[tuple[int, re.Pattern[str]], ...]]:
    found: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
    for shape, countries in _COUNTRIES_BY_SHAPE.items():
        pattern = re.compile("".join(_CLASS[sign] for sign in shape))
        for country in countries.split():
            found.setdefault(country, []).append((len(shape), pattern))
    return MappingProxyType(
        {country: tuple(sorted(of, key=lambda one: one[0])) for country, of in found.items()}
    )


_PATTERNS = _patterns_by_country()


def plain(postcode: str) -> str:
    """Returns `postcode` in upper case without blanks and hyphens, as postcode keys are written."""
    return postcode.translate(_NOT_WRITTEN).upper()


def shape_is_known(country: str) -> bool:
    """True when the table says how a postcode of `country` (ISO alpha-2) looks."""
    return country in _PATTERNS


def fits(country: str, postcode: str) -> bool:
    """True when `postcode` (plain) has a shape of `country`; False for an unknown country."""
    return any(pattern.fullmatch(postcode) for _, pattern in _PATTERNS.get(country, ()))


def unpadded(country: str, padded: str) -> str | None:
    """Returns the postcode of `country` in a field filled up with zeros on the left, or None.

    A German postcode may begin with a zero of its own, so the country's length decides how many
    zeros are filling: all that is cut must be zeros, and what is left must fit the country. Of
    several lengths the shortest is taken: no country of the table has both two lengths and
    postcodes that begin with a zero in the longer one.
    """
    for length, pattern in _PATTERNS.get(country, ()):
        cut = len(padded) - length
        if cut < 0 or padded[:cut].strip("0"):
            continue
        postcode = padded[cut:]
        if pattern.fullmatch(postcode) and postcode.strip("0"):
            return postcode
    return None
