"""Real labels are recognised as what they are, and a label read wrong is known to be."""

from __future__ import annotations

import pytest

from sorter.engine.labels import Label, read_label, remove_blanks
from tests.engine.labels.numbers import RIGHT, WRONG


def valid_formats(label: Label) -> set[str]:
    return {match.format for match in label.matches if match.valid}


@pytest.mark.parametrize(
    ("format_id", "typed"), [(f, n) for f, all_ in RIGHT.items() for n in all_]
)
def test_a_real_number_is_valid_in_its_format(format_id: str, typed: str) -> None:
    label = read_label(remove_blanks(typed))

    assert format_id in valid_formats(label)
    assert label.valid is True
    assert label.reason is None


@pytest.mark.parametrize(
    ("format_id", "typed"), [(f, n) for f, all_ in WRONG.items() for n in all_]
)
def test_a_wrong_number_is_not_valid_in_its_format(format_id: str, typed: str) -> None:
    assert format_id not in valid_formats(read_label(remove_blanks(typed)))


def test_a_scanned_code_with_blanks_matches_nothing() -> None:
    label = read_label("00 81827 0998 0000 0200 33 350 276 C")

    assert label.matches == ()
    assert label.format is None
    assert label.valid is None
    assert label.misread is False
    assert label.reason == "it has a blank, and no listed format has one"


def test_case_is_never_folded() -> None:
    assert read_label("rb123456785gb").matches == ()


def test_the_first_format_is_the_first_of_the_sites_list() -> None:
    code = "320595463938"

    assert read_label(code, ("fedex_12", "purolator_numeric")).format == "fedex_12"
    label = read_label(code, ("purolator_numeric", "fedex_12"))
    assert [(match.format, match.valid) for match in label.matches] == [
        ("purolator_numeric", True),
        ("fedex_12", False),
    ]
    assert label.valid is True
    assert not label.misread


def test_a_code_that_fails_every_check_it_has_is_a_misread() -> None:
    label = read_label("RB123456786GB", ("s10", "sscc", "dpd"))

    assert label.misread
    assert label.valid is False
    assert label.format == "s10"


def test_an_s10_of_no_country_is_a_misread_and_its_origin_is_no_destination() -> None:
    assert read_label("RB123456785ZZ", ("s10",)).misread
    assert read_label("RB123456785BE", ("s10",)).postcode_keys == ()


@pytest.mark.parametrize("code", ["LP001234567890", "LP00123456789012"])
def test_a_cainiao_number_is_told_by_its_letters(code: str) -> None:
    assert valid_formats(read_label(code)) == {"cainiao_lp"}


def test_a_leitcode_carries_a_german_postcode() -> None:
    assert read_label("21348075016401", ("dp_leitcode",)).postcode_keys == ("DE21348",)
    assert read_label("21348075016402", ("dp_leitcode",)).misread


def test_an_identcode_is_checked_and_carries_none() -> None:
    label = read_label("563102430313", ("dp_identcode",))

    assert label.valid is True
    assert label.postcode_keys == ()


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("420787459400111206206406260787", "US78745"),
        ("4201028200009261290113185417468510", "US10282"),
        ("420221539101026837331000039521", "US22153"),
    ],
)
def test_a_usps_number_gives_the_five_digit_zip(code: str, key: str) -> None:
    assert read_label(code).postcode_keys == (key,)


def test_a_fedex_postcode_without_country_is_told_and_gives_no_key() -> None:
    label = read_label("1001921334250001000300779017972697")

    assert label.matches[0].postcode == "10003"
    assert label.matches[0].country is None
    assert label.postcode_keys == ()


def test_the_key_of_a_failed_check_is_not_given() -> None:
    label = read_label("008182709980000020033350276A", ("dpd",))

    assert label.matches[0].postcode == "81827"
    assert label.postcode_keys == ()


def test_a_dpd_label_encodes_its_identifier_and_no_check_character() -> None:
    for code in ("%008182709980000020033350276", "%008182709980000020033350276C"):
        label = read_label(code)
        assert label.format == "dpd"
        assert label.postcode_keys == ("DE81827",)
    assert read_label("%008182709980000020033350276A").misread
    assert read_label("008182709980000020033350276", ("dpd",)).matches == ()
