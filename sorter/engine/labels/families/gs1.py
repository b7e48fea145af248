"""GS1 formats: the SSCC of a logistic unit, and element strings with their postcode.

An element string is *marked* when the scanner says so, by a symbology identifier or by an FNC1 (GS)
in it: then every identifier of the GS1 table is read. Without either it is *bare*, and only
what hardly anything else looks like is read: 00, 01 and 02 by their fixed length and check digit,
and a postcode (420, or 421 with its country) that is the whole code and that the country, where it
is known, can have. Without a separator a 420 has
no end but that of the code, so `420`, ZIP and a number in one are for USPS to read, never for here.

420 is the postcode of the receiver in the country of the sender. Its country is what the element
4307 says, else the site's own (`home_country`), else unknown. A postcode that its country cannot
have is not told at all.
"""

from __future__ import annotations

import re

from sorter.engine.labels.check_digits import GS1_MOD10
from sorter.engine.labels.countries import ALPHA2_BY_NUMERIC, COUNTRIES
from sorter.engine.labels.element_strings import FNC1, Element, elements_of
from sorter.engine.labels.families.sources import GS1_GENERAL_SPECIFICATIONS
from sorter.engine.labels.format import DIGITS, Destination, Format
from sorter.engine.labels.label import Match
from sorter.engine.labels.postcodes import fits, plain, shape_is_known

# The longest code any format has. GS1 symbols of 2D kind may hold more; a parcel label with the
# whole address in the identifiers 4300 to 4320 stays below.
MAX_CODE_LENGTH = 512

# GS1-128, DataBar, DataMatrix, QR and DotCode as ISO/IEC 15424 names them when they carry FNC1.
_MARK = re.compile(f"](?:C1|e0|d2|Q3|J1){FNC1}?|{FNC1}")

_BARE = re.compile(
    "00[0-9]{18}|01[0-9]{14}|02[0-9]{14}37[0-9]{1,8}|420[0-9A-Z]{3,10}|421[0-9]{3}[0-9A-Z]{3,9}"
)


class ElementStrings(Format, frozen=True, kw_only=True):
    """The format `gs1`. It counts as unchecked: a bare postcode has no check digit to prove it."""

    def read(self, code: str, home_country: str | None) -> Match | None:
        """Returns the match of an element string, invalid when a GS1 check digit in it is wrong."""
        if not self.pattern.fullmatch(code):
            return None
        mark = _MARK.match(code)
        bare = mark is None and FNC1 not in code
        if bare and not _BARE.fullmatch(code):
            return None
        elements = elements_of(code[mark.end() :] if mark else code)
        if elements is None:
            return None
        to = _destination(elements, home_country)
        if bare and not _looks_like_a_postcode(elements[0], to):
            return None
        valid = all(element.holds for element in elements)
        return Match(self.id, self.name, valid, to.postcode, to.country)


def _looks_like_a_postcode(first: Element, to: Destination) -> bool:
    """False for a bare 420 or 421 that only begins like one: its country has no such postcodes."""
    if first.identifier == "420":
        return to.postcode is not None
    if first.identifier == "421":
        return to.country is not None and shape_is_known(to.country)
    return True


def _destination(elements: tuple[Element, ...], home_country: str | None) -> Destination:
    """Returns where the elements send the parcel; nowhere when they contradict one another."""
    values = {(element.identifier, element.value) for element in elements}
    by_identifier = dict(values)
    if len(by_identifier) < len(values) or {"420", "421"} <= by_identifier.keys():
        return Destination()
    stated = by_identifier.get("4307")
    if "420" in by_identifier:
        country = home_country if stated is None else stated
        return _trusted(country, by_identifier["420"])
    if "421" in by_identifier:
        country = ALPHA2_BY_NUMERIC.get(by_identifier["421"][:3])
        if country is not None and stated in {None, country}:
            return _trusted(country, by_identifier["421"][3:])
    return Destination()


def _trusted(country: str | None, written: str) -> Destination:
    postcode = plain(written)
    if not postcode.isalnum():
        return Destination()
    if country is None:
        return Destination(postcode)
    if country not in COUNTRIES or (shape_is_known(country) and not fits(country, postcode)):
        return Destination()
    return Destination(postcode, country)


GS1 = (
    Format(
        id="sscc",
        name="gs1: SSCC-18",
        pattern=re.compile("(?:00)?(?P<covered>[0-9]{18})"),
        lengths=(18, 20),
        starts=DIGITS,
        check=GS1_MOD10,
        names_piece=True,
        source=GS1_GENERAL_SPECIFICATIONS,
    ),
    ElementStrings(
        id="gs1",
        name="gs1: Element strings",
        pattern=re.compile(f"(?:][A-Za-z][0-9])?{FNC1}?[0-9]{{2}}[!-~{FNC1}]+"),
        lengths=range(6, MAX_CODE_LENGTH + 1),
        starts="]" + FNC1 + DIGITS,
        source=GS1_GENERAL_SPECIFICATIONS,
    ),
)
