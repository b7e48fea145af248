"""Formats of the parcel networks: DPD, DHL, FedEx, UPS, Purolator.

DPD's routing barcode is the one that says where the parcel goes: a postcode of seven characters,
filled up with zeros on the left, and the country's ISO number. Printed labels encode it with the
identification character % and without the check character that stands in the text below.
FedEx 34 carries a postcode without its country, so it is told but gives no destination.
"""

from __future__ import annotations

import re

from sorter.engine.labels.check_digits import LUHN, MOD7, MOD37_36, mod10, mod11_then_10
from sorter.engine.labels.countries import ALPHA2_BY_NUMERIC
from sorter.engine.labels.families.sources import DPD_LABEL, TRACKING_NUMBER_DATA
from sorter.engine.labels.format import DIGITS, LETTERS, Destination, Format
from sorter.engine.labels.postcodes import unpadded

_FEDEX_11 = mod11_then_10((3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1))
_FEDEX_13 = mod11_then_10((1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1))
_WEIGHTS_1_3 = mod10(evens=1, odds=3)
_WEIGHTS_1_2 = mod10(evens=1, odds=2)


def _dpd(found: re.Match[str]) -> Destination:
    country = ALPHA2_BY_NUMERIC.get(found["country"])
    if country is None:
        return Destination()
    return Destination(unpadded(country, found["postcode"]), country)


def _postcode_only(found: re.Match[str]) -> Destination:
    return Destination(found["postcode"])


EXPRESS = (
    Format(
        id="dpd",
        name="dpd: DPD (28)",
        # Without a check character `covered` is absent, and % vouches for the shape.
        pattern=re.compile(
            r"(?:%(?=.{27}\Z)|%?(?=(?P<covered>.{28})\Z))"
            "(?P<postcode>[0-9A-Z]{7})[0-9]{17}(?P<country>[0-9]{3})[0-9A-Z]?"
        ),
        lengths=(28, 29),
        starts="%" + DIGITS + LETTERS,
        check=MOD37_36,
        destination=_dpd,
        names_piece=True,
        source=DPD_LABEL,
    ),
    Format(
        id="dpd_14",
        name="dpd: DPD (14)",
        pattern=re.compile("(?P<covered>[0-9]{14}[0-9A-Z])"),
        lengths=(15,),
        starts=DIGITS,
        check=MOD37_36,
        names_piece=True,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="dhl_express",
        name="dhl: DHL Express",
        pattern=re.compile("(?P<covered>[0-9]{10,11})"),
        lengths=(10, 11),
        starts=DIGITS,
        check=MOD7,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="dhl_express_piece_id",
        name="dhl: DHL Express (Piece ID)",
        pattern=re.compile("J[A-Z]{2,3}[0-9]{9,10}"),
        lengths=(12, 13, 14),
        starts="J",
        names_piece=True,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="dhl_ecommerce",
        name="dhl: DHL E-Commerce",
        pattern=re.compile("(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)[0-9][0-9A-Z]{9,38}"),
        lengths=range(12, 42),
        starts="GLRUCSTIHM",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="dhl_ecommerce_14",
        name="dhl: DHL E-Commerce (14)",
        pattern=re.compile("[0-9]{14}"),
        lengths=(14,),
        starts=DIGITS,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="fedex_12",
        name="fedex: FedEx Express (12)",
        pattern=re.compile("(?P<covered>[0-9]{12})"),
        lengths=(12,),
        starts=DIGITS,
        check=_FEDEX_11,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="fedex_34",
        name="fedex: FedEx Express (34)",
        pattern=re.compile("[0-8][0-9]{14}(?P<postcode>[0-9]{5})(?P<covered>[0-9]{14})"),
        lengths=(34,),
        starts="012345678",
        check=_FEDEX_13,
        destination=_postcode_only,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="fedex_astra_32",
        name="fedex: FedEx ASTRA (32)",
        pattern=re.compile("3[0-9]{15}(?P<covered>[0-9]{12})[0-9]{4}"),
        lengths=(32,),
        starts="3",
        check=_FEDEX_11,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="fedex_ground",
        name="fedex: FedEx Ground",
        pattern=re.compile("(?P<covered>[0-9]{15})"),
        lengths=(15,),
        starts=DIGITS,
        check=_WEIGHTS_1_3,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="fedex_ground_sscc_18",
        name="fedex: FedEx Ground (SSCC-18)",
        # FedEx leaves the two digits of the container type out of its check.
        pattern=re.compile("[0-9]{2}(?P<covered>[0-9]{16})"),
        lengths=(18,),
        starts=DIGITS,
        check=mod10(evens=3, odds=1),
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="fedex_ground_96",
        name="fedex: FedEx Ground 96 (22)",
        pattern=re.compile("96[0-9]{5}(?P<covered>[0-9]{15})"),
        lengths=(22,),
        starts="9",
        check=_WEIGHTS_1_3,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="fedex_ground_gsn",
        name="fedex: FedEx Ground GSN",
        pattern=re.compile("96[0-9]{18}(?P<covered>[0-9]{14})"),
        lengths=(34,),
        starts="9",
        check=_FEDEX_13,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="purolator_numeric",
        name="purolator: Purolator (12)",
        pattern=re.compile("(?P<covered>[0-5][0-9]{11})"),
        lengths=(12,),
        starts="012345",
        check=LUHN,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="purolator_alpha",
        name="purolator: Purolator (alpha + 9)",
        pattern=re.compile("[A-Z]{3}[0-9]{9}"),
        lengths=(12,),
        starts=LETTERS,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="ups",
        name="ups: UPS",
        pattern=re.compile("1Z(?P<covered>[0-9A-Z]{15}[0-9])"),
        lengths=(18,),
        starts="1",
        check=_WEIGHTS_1_2,
        names_piece=True,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="ups_waybill",
        name="ups: UPS Waybill",
        pattern=re.compile("[AHJKTV](?P<covered>[0-9]{10})"),
        lengths=(11,),
        starts="AHJKTV",
        check=_WEIGHTS_1_2,
        source=TRACKING_NUMBER_DATA,
    ),
)
