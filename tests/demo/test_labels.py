"""Printed labels are what carriers print: judged by known numbers, two other libraries and our
own reader, which was written apart from the printer."""

from __future__ import annotations

import biip
import pytest
from biip.sscc import Sscc
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from sorter.demo import labels
from sorter.engine.labels import LabelReader

SITE_FORMATS = ("dpd", "gs1", "s10", "sscc", "cainiao_lp", "dp_leitcode", "dp_identcode")
READER = LabelReader(SITE_FORMATS, home_country="BE")


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def test_numbers_seen_on_real_labels_come_out_of_the_printer() -> None:
    assert labels.dpd("DE", "81827", "09980000020033", "350") == "008182709980000020033350276C"
    assert labels.s10("RB", "12345678", "GB") == "RB123456785GB"
    assert labels.leitcode("21348", "075", "016", "40") == "21348075016401"
    assert labels.identcode("56", "310", "243031") == "563102430313"
    assert labels.sscc("0", "0012345000000002") == "00" + "000123450000000027"


def test_a_ship_to_postcode_ends_with_fnc1_only_when_something_follows() -> None:
    sscc = labels.sscc("3", "9523000000000001")
    assert labels.gs1_420(sscc, "4000") == f"]C1{sscc}4204000"
    assert labels.gs1_421(sscc, "DE", "50667", postcode_first=False) == f"]C1{sscc}42127650667"
    assert labels.gs1_421(sscc, "DE", "50667", postcode_first=True) == f"]C142127650667\x1d{sscc}"


@given(digits(27))
def test_the_check_character_of_dpd_is_that_of_iso_7064(number: str) -> None:
    assert labels.mod_37_36_check(number) == mod_37_36.calc_check_digit(number)


@given(digits(1), digits(16))
def test_an_sscc_is_one_to_a_gs1_library(extension: str, rest: str) -> None:
    assert Sscc.parse(labels.sscc(extension, rest)[2:]).value is not None


@given(digits(12), st.booleans())
def test_a_gs1_label_is_one_to_a_gs1_library(serial: str, postcode_first: bool) -> None:
    sscc = labels.sscc("0", "9523" + serial)
    code = labels.gs1_421(sscc, "DE", "50667", postcode_first=postcode_first)
    message = biip.parse(code).gs1_message
    assert message is not None
    found = {element.ai.ai: element.value for element in message.element_strings}
    assert found == {"00": sscc[2:], "421": "27650667"}


# A British postcode has letters, which this label cannot carry.
@given(digits(14), st.sampled_from(sorted(labels.COUNTRY_NUMBERS.keys() - {"GB"})))
def test_our_reader_finds_postcode_and_country_on_a_dpd_label(number: str, country: str) -> None:
    postcode = "4000" if country in {"AT", "BE", "HU", "LU", "NL"} else "01234"
    label = READER.read(labels.dpd(country, postcode, number, "101"))
    assert label.format == "dpd"
    assert label.matches[0].valid
    assert label.matches[0].country == country
    assert label.matches[0].postcode == postcode


@given(digits(8), digits(12), digits(6))
def test_our_reader_knows_each_printed_format(eight: str, twelve: str, six: str) -> None:
    printed = {
        "s10": labels.s10("LX", eight, "CN"),
        "sscc": labels.sscc("0", "9520" + twelve),
        "cainiao_lp": labels.cainiao_lp("00" + twelve),
        "dp_leitcode": labels.leitcode("50667", six[:3], six[3:], "40"),
        "dp_identcode": labels.identcode("51", "123", six),
    }
    for format_, code in printed.items():
        matches = {match.format: match for match in READER.read(code).matches}
        assert matches[format_].valid, code


def test_a_field_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 27 digits"):
        labels.dpd("BE", "4000", "123", "101")
    with pytest.raises(ValueError, match="expected 13 digits"):
        labels.leitcode("SW1A1", "075", "016", "40")
