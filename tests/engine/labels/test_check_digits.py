"""Check digits against independent implementations, and against the misread of one digit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, luhn
from stdnum.iso7064 import mod_37_36

from sorter.engine.labels import FORMATS, read_label

# Of these schemes every wrong digit is noticed. The others miss some by design: weights of 2 and 4
# let a difference of 5 pass, mod 7 one of 7, and mod 11 folds two remainders onto one digit.
SURE = {
    "sscc": ("", 17, ean.calc_check_digit),
    "canada_post": ("", 15, ean.calc_check_digit),
    "usps_20": ("", 19, ean.calc_check_digit),
    "fedex_ground": ("", 14, ean.calc_check_digit),
    "usps_legacy": ("91", 19, lambda body: ean.calc_check_digit("91" + body)),
    "usps_impb_n": ("94000", 16, lambda body: ean.calc_check_digit("94000" + body)),
    "old_dominion": ("777", 7, lambda body: luhn.calc_check_digit("777" + body)),
    "old_dominion_guaranteed": ("80", 8, lambda body: luhn.calc_check_digit("80" + body)),
    "purolator_numeric": ("0", 10, lambda body: luhn.calc_check_digit("0" + body)),
    "dpd": ("", 27, mod_37_36.calc_check_digit),
    "dpd_14": ("", 14, mod_37_36.calc_check_digit),
}


def is_valid(format_id: str, code: str) -> bool:
    match = FORMATS[format_id].read(code, None)
    return match is not None and match.valid


@given(st.sampled_from(sorted(SURE)), st.data())
def test_a_number_made_by_another_implementation_is_valid_and_one_wrong_digit_is_not(
    format_id: str, data: st.DataObject
) -> None:
    prefix, length, check_digit = SURE[format_id]
    body = data.draw(st.text("0123456789", min_size=length, max_size=length))
    code = prefix + body + check_digit(body)
    assert is_valid(format_id, code)

    at = data.draw(st.integers(len(prefix), len(prefix) + length - 1))
    other = data.draw(st.sampled_from(sorted(set("0123456789") - {code[at]})))
    assert not is_valid(format_id, code[:at] + other + code[at + 1 :])


@given(st.text("0123456789", min_size=13, max_size=13))
def test_exactly_one_last_digit_is_right_for_leitcode(body: str) -> None:
    code = "1" + body[1:]

    assert sum(is_valid("dp_leitcode", code + digit) for digit in "0123456789") == 1


@given(st.text("0123456789", min_size=8, max_size=8), st.sampled_from(["BE", "CN", "TA"]))
def test_s10_allows_exactly_one_check_digit(serial: str, country: str) -> None:
    remainder = sum(int(d) * w for d, w in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    expected = "50987654321"[remainder]

    right = [d for d in "0123456789" if is_valid("s10", f"RB{serial}{d}{country}")]
    assert right == [expected]


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=15, max_size=15))
def test_ups_counts_letters_from_a_as_two(body: str) -> None:
    values = [int(c) if c.isdigit() else (ord(c) - ord("A") + 2) % 10 for c in body]
    check = -sum(value * (2 if at % 2 else 1) for at, value in enumerate(values)) % 10

    assert is_valid("ups", f"1Z{body}{check}")
    assert not is_valid("ups", f"1Z{body}{(check + 1) % 10}")


@given(st.text("0123456789", min_size=11, max_size=11))
def test_fedex_writes_a_remainder_of_ten_as_zero(body: str) -> None:
    weights = (3, 1, 7) * 4
    remainder = sum(int(d) * w for d, w in zip(body, weights, strict=False)) % 11

    assert is_valid("fedex_12", body + str(remainder % 10))


@given(st.text("0123456789", min_size=9, max_size=10))
def test_dhl_express_is_checked_mod_seven(serial: str) -> None:
    right = [digit for digit in "0123456789" if is_valid("dhl_express", serial + digit)]

    assert right == [str(int(serial) % 7)]


def test_the_91_of_a_usps_number_counts_whether_it_is_printed_or_not() -> None:
    for code in ("71969010756003077385", "9171969010756003077385"):
        assert read_label(code, ("usps_legacy",)).valid is True
