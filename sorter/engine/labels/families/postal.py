"""Formats of postal operators: S10, Deutsche Post, Canada Post, USPS.

S10 carries the country of origin, so it never gives a destination. A USPS number may be led by the
GS1 identifier 420 and the ZIP of the receiver, five or nine digits; the first five are the same
either way, and they are all that is taken. A ZIP in a number of USPS is in the United States.
"""

from __future__ import annotations

import re

from sorter.engine.labels.check_digits import S10, mod10, with_prefix
from sorter.engine.labels.families.sources import DEUTSCHE_POST, TRACKING_NUMBER_DATA
from sorter.engine.labels.format import DIGITS, LETTERS, Destination, Format

_WEIGHTS_4_9 = mod10(evens=4, odds=9)
_WEIGHTS_3_1 = mod10(evens=3, odds=1)


def _german(found: re.Match[str]) -> Destination:
    return Destination(found["postcode"], "DE")


def _zip(found: re.Match[str]) -> Destination:
    return Destination(found["postcode"], "US") if found["postcode"] else Destination()


# What follows the application identifier and service of an IMpb: a mailer's id of nine digits that
# begins with 9, or of six that does not, then the package's own number. The longer package
# numbers (15 and 14) belong to 30- and 26-digit codes.
_MAILER_N = "(?:9[0-9]{8}(?:[0-9]{15}|[0-9]{11}|[0-9]{7})|[0-8][0-9]{5}(?:[0-9]{14}|[0-9]{10}))"
_MAILER_C = "(?:9[0-9]{8}(?:[0-9]{11}|[0-9]{7})|[0-8][0-9]{5}(?:[0-9]{14}|[0-9]{10}))"

# ZIP+4 is read only before a number of 22 digits; before 26 it would be ambiguous.
_ZIP_PLUS_4 = r"(?:[0-9]{4}(?=[0-9]{22}\Z))?"

POSTAL = (
    Format(
        id="s10",
        name="s10: S10",
        pattern=re.compile("[A-Z]{2}(?P<covered>[0-9]{9}[A-Z]{2})"),
        lengths=(13,),
        starts=LETTERS,
        check=S10,
        names_piece=True,
        source=f"UPU S10; {TRACKING_NUMBER_DATA}",
    ),
    Format(
        id="dp_leitcode",
        name="deutsche_post: Leitcode",
        # No German postcode begins with 00.
        pattern=re.compile("(?P<covered>(?P<postcode>(?!00)[0-9]{5})[0-9]{9})"),
        lengths=(14,),
        starts=DIGITS,
        check=_WEIGHTS_4_9,
        destination=_german,
        source=DEUTSCHE_POST,
    ),
    Format(
        id="dp_identcode",
        name="deutsche_post: Identcode",
        pattern=re.compile("(?P<covered>[0-9]{12})"),
        lengths=(12,),
        starts=DIGITS,
        check=_WEIGHTS_4_9,
        names_piece=True,
        source=DEUTSCHE_POST,
    ),
    Format(
        id="canada_post",
        name="canada_post: Canada Post (16)",
        pattern=re.compile("(?P<covered>[0-9]{16})"),
        lengths=(16,),
        starts=DIGITS,
        check=_WEIGHTS_3_1,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="usps_20",
        name="usps: USPS 20",
        pattern=re.compile("(?P<covered>[0-9]{20})"),
        lengths=(20,),
        starts=DIGITS,
        check=_WEIGHTS_3_1,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="usps_legacy",
        name="usps: USPS Legacy",
        pattern=re.compile(
            "(?:420(?P<postcode>[0-9]{5})(?:[0-9]{4})?)?(?P<covered>(?:91)?[0-9]{20})"
        ),
        lengths=(20, 22, 28, 30, 32, 34),
        starts=DIGITS,
        check=with_prefix("91", _WEIGHTS_3_1),
        destination=_zip,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="usps_impb_n",
        name="usps: USPS IMpb N",
        pattern=re.compile(
            rf"(?:420(?P<postcode>[0-9]{{5}}(?=[0-9]{{22}}\Z|[0-9]{{26}}\Z)){_ZIP_PLUS_4})?"
            f"(?P<covered>94[0-9]{{3}}{_MAILER_N}[0-9])"
        ),
        lengths=(22, 26, 30, 34),
        starts="49",
        check=_WEIGHTS_3_1,
        destination=_zip,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="usps_impb_c",
        name="usps: USPS IMpb C",
        pattern=re.compile(
            f"(?:420(?P<postcode>[0-9]{{5}}){_ZIP_PLUS_4})?"
            "(?P<covered>(?:92(?=[0-9]{3}9)|93(?=[0-9]{3}[0-8])|95)"
            f"[0-9]{{3}}{_MAILER_C}[0-9])"
        ),
        lengths=(22, 26, 30, 34),
        starts="49",
        check=_WEIGHTS_3_1,
        destination=_zip,
        source=TRACKING_NUMBER_DATA,
    ),
)
