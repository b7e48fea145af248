"""Check-digit rules of barcodes: pure functions over the characters a rule covers.

Each rule gets the covered characters with the check character last, already known to have the
right alphabet, and says whether they agree. Weights count from the left, the first character being
even (index 0). A rule carries its own words, so that a table of formats can be read and printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from sorter.engine.labels.countries import S10_COUNTRIES


class Check(msgspec.Struct, frozen=True):
    """A check-digit rule: `rule` says it in words, `holds` applies it."""

    rule: str
    holds: Callable[[str], bool]


_SIGNS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE_36 = bytes.maketrans(_SIGNS, bytes(range(36)))
# UPS counts a letter as (its ASCII code - 3) mod 10: A is 2, B is 3, I is 0 again.
_UPS = bytes.maketrans(_SIGNS, bytes([*range(10), *((code - 3) % 10 for code in _SIGNS[10:])]))


def _values(covered: str, meaning: bytes = _BASE_36) -> bytes:
    """Returns the value of each character as one byte, so that sums run in C."""
    return covered.encode("ascii").translate(meaning)


def mod10(*, evens: int, odds: int) -> Check:
    """Weighted sum and check digit are a multiple of 10; letters count as UPS counts them."""

    def holds(covered: str) -> bool:
        values = _values(covered, _UPS)
        body, check = values[:-1], values[-1]
        return (evens * sum(body[::2]) + odds * sum(body[1::2]) + check) % 10 == 0

    return Check(f"mod 10, weights {evens} {odds}", holds)


def gs1_mod10_holds(covered: str) -> bool:
    """GS1 General Specifications: weights 3 1 from the right, the check digit's neighbour first."""
    values = _values(covered)
    return (3 * sum(values[-2::-2]) + sum(values[::-2])) % 10 == 0


GS1_MOD10 = Check("GS1 mod 10, weights 3 1 from the right", gs1_mod10_holds)

_DOUBLED = bytes.maketrans(bytes(range(10)), bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]))


def luhn_holds(covered: str) -> bool:
    """ISO/IEC 7812-1: every second digit from the right is doubled and its digits added."""
    values = _values(covered)
    return (sum(values[-2::-2].translate(_DOUBLED)) + sum(values[::-2])) % 10 == 0


LUHN = Check("Luhn (ISO/IEC 7812-1)", luhn_holds)

MOD7 = Check("serial mod 7", lambda covered: int(covered[:-1]) % 7 == int(covered[-1]))


def mod11_then_10(weights: Sequence[int]) -> Check:
    """Weighted sum mod 11, a remainder of 10 written as 0, is the check digit (FedEx).

    `weights` are as many as the characters before the check digit.
    """

    def holds(covered: str) -> bool:
        values = _values(covered)
        return sum(w * v for w, v in zip(weights, values[:-1], strict=True)) % 11 % 10 == values[-1]

    return Check("mod 11 mod 10, weights " + " ".join(map(str, weights)), holds)


def mod37_36_holds(covered: str) -> bool:
    """ISO/IEC 7064, hybrid system MOD 37,36 over 0-9 A-Z."""
    product = 36
    values = _values(covered)
    for value in values[:-1]:
        product = ((product + value) % 36 or 36) * 2 % 37
    return (product + values[-1]) % 36 == 1


MOD37_36 = Check("ISO/IEC 7064 mod 37,36", mod37_36_holds)


_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def s10_holds(covered: str) -> bool:
    """UPU S10: eight digits weighted 8 6 4 2 3 5 9 7, check digit, and a country that exists.

    The check digit is 11 less the sum mod 11, where 10 is written 0 and 11 is written 5.
    """
    values = _values(covered)
    difference = 11 - sum(w * v for w, v in zip(_S10_WEIGHTS, values[:8], strict=True)) % 11
    expected = {10: 0, 11: 5}.get(difference, difference)
    return expected == values[8] and covered[9:] in S10_COUNTRIES


S10 = Check("UPU S10, mod 11, weights 8 6 4 2 3 5 9 7, country exists", s10_holds)


def with_prefix(prefix: str, rule: Check) -> Check:
    """Applies `rule` to the covered characters with `prefix` before them unless they have it."""

    def holds(covered: str) -> bool:
        return rule.holds(covered if covered.startswith(prefix) else prefix + covered)

    return Check(f"{rule.rule}, over {prefix} and the number", holds)
