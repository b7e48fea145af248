"""Prints the codes on parcels' labels, with right check digits.

Written from the formats' public descriptions and independent of `sorter.engine.labels`, which
reads codes: each is the other's judge. Every printer takes digits as text and gives the code as a
scanner sends it. A field of the wrong length or with a wrong character raises ValueError.
"""

from __future__ import annotations

GS = "\x1d"  # what a scanner sends for FNC1 after an element of variable length
GS1_128 = "]C1"  # ISO/IEC 15424 symbology identifier of a GS1-128 symbol

# ISO 3166-1 numbers of the countries in the mix.
COUNTRY_NUMBERS = {
    "AT": "040",
    "BE": "056",
    "DE": "276",
    "ES": "724",
    "FR": "250",
    "GB": "826",
    "HU": "348",
    "IT": "380",
    "LU": "442",
    "NL": "528",
}

_MOD_37_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def gs1_check_digit(digits: str) -> str:
    """GS1 modulo 10: weights 3, 1, 3 ... from the right (GS1 General Specifications, 7.9)."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(digits[::-1]))
    return str(-total % 10)


def s10_check_digit(serial: str) -> str:
    """UPU S10: weights 8 6 4 2 3 5 9 7, eleven less the remainder of 11; 10 is 0 and 11 is 5."""
    total = sum(int(d) * w for d, w in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = 11 - total % 11
    return {10: "0", 11: "5"}.get(check, str(check))


def mod_37_36_check(digits: str) -> str:
    """ISO/IEC 7064 MOD 37,36, the check character of a DPD parcel label."""
    product = 36
    for digit in digits:
        total = (product + _MOD_37_36.index(digit)) % 36 or 36
        product = total * 2 % 37
    return _MOD_37_36[(37 - product) % 36]


def post_check_digit(digits: str) -> str:
    """Deutsche Post Leitcode and Identcode: modulo 10 with weights 4, 9, 4 ... from the left."""
    total = sum(int(digit) * (9 if place % 2 else 4) for place, digit in enumerate(digits))
    return str(-total % 10)


def dpd(country: str, postcode: str, parcel_number: str, service: str) -> str:
    """A DPD label of 28 characters: postcode (7), number (14), service (3), country (3), check."""
    digits = postcode.rjust(7, "0") + parcel_number + service + COUNTRY_NUMBERS[country]
    _expect_digits("DPD", digits, 27)
    return digits + mod_37_36_check(digits)


def sscc(extension: str, company_and_serial: str) -> str:
    """GS1 (00): extension digit, then company prefix and serial (16 digits), then the check."""
    digits = extension + company_and_serial
    _expect_digits("SSCC", digits, 17)
    return "00" + digits + gs1_check_digit(digits)


def gs1_420(sscc_code: str, postcode: str) -> str:
    """A GS1-128 symbol with an SSCC and the ship-to postcode within the sender's country."""
    return f"{GS1_128}{sscc_code}420{postcode}"


def gs1_421(sscc_code: str, country: str, postcode: str, *, postcode_first: bool) -> str:
    """The same with country and postcode; FNC1 ends the postcode when something follows it."""
    ship_to = "421" + COUNTRY_NUMBERS[country] + postcode
    return GS1_128 + (ship_to + GS + sscc_code if postcode_first else sscc_code + ship_to)


def s10(service: str, serial: str, origin: str) -> str:
    """A UPU S10 identifier of 13 characters; its country is where the parcel was posted."""
    _expect_digits("S10", serial, 8)
    return service + serial + s10_check_digit(serial) + origin


def cainiao_lp(serial: str) -> str:
    """A Cainiao order number: LP and 14 digits, no check digit."""
    _expect_digits("LP", serial, 14)
    return "LP" + serial


def leitcode(postcode: str, street: str, house: str, product: str) -> str:
    """A Deutsche Post Leitcode: postcode (5), street (3), house (3), product (2), check."""
    digits = postcode + street + house + product
    _expect_digits("Leitcode", digits, 13)
    return digits + post_check_digit(digits)


def identcode(centre: str, customer: str, serial: str) -> str:
    """A Deutsche Post Identcode: mail centre (2), customer (3), serial (6), check."""
    digits = centre + customer + serial
    _expect_digits("Identcode", digits, 11)
    return digits + post_check_digit(digits)


def _expect_digits(label: str, digits: str, length: int) -> None:
    if len(digits) != length or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{label}: found {digits!r}, expected {length} digits in its fields")
