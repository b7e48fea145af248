"""Postcodes out of padded fields: the country says how long they are, or nothing is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from sorter.engine.labels import read_label
from sorter.engine.labels.countries import ALPHA2_BY_NUMERIC, COUNTRIES
from sorter.engine.labels.postcodes import fits, plain, shape_is_known, unpadded


@pytest.mark.parametrize(
    ("country", "field", "postcode"),
    [
        ("DE", "0081827", "81827"),
        ("DE", "0001067", "01067"),
        ("BE", "0004000", "4000"),
        ("NL", "01012AB", "1012AB"),
        ("NL", "0001012", "1012"),
        ("FR", "0006000", "06000"),
        ("PT", "0001000", "1000"),
        ("PT", "4000123", "4000123"),
        ("PL", "0000950", "00950"),
        ("GB", "SW1A1AA", "SW1A1AA"),
        ("GB", "00N11AA", "N11AA"),
        ("LU", "0001009", "1009"),
        ("BE", "0040000", None),
        ("BE", "0000000", None),
        ("BE", "000400A", None),
        ("DE", "1081827", None),
        ("US", "012345", "12345"),
        ("KY", "0001234", None),
    ],
)
def test_the_countrys_length_decides_which_zeros_are_filling(
    country: str, field: str, postcode: str | None
) -> None:
    assert unpadded(country, field) == postcode


@given(st.sampled_from(["BE", "DE", "FR", "LU", "AT", "ES", "IT", "PL", "CZ", "SG"]), st.data())
def test_a_padded_postcode_comes_back_whole(country: str, data: st.DataObject) -> None:
    length = next(n for n in range(4, 7) if fits(country, "1" * n))
    postcode = str(data.draw(st.integers(1, 10**length - 1))).zfill(length)
    body = postcode.zfill(7) + "09980000020033" + "350" + numeric(country)
    code = body + mod_37_36.calc_check_digit(body)

    assert read_label(code, ("dpd",)).postcode_keys == (country + postcode,)
    assert read_label("%" + body, ("dpd",)).postcode_keys == (country + postcode,)


def numeric(country: str) -> str:
    return next(number for number, letters in ALPHA2_BY_NUMERIC.items() if letters == country)


def test_a_dpd_label_to_a_country_of_unknown_postcodes_or_no_country_gives_no_key() -> None:
    cayman = read_label("%000123409980000020033350136", ("dpd",))
    nowhere = read_label("%000123409980000020033350999", ("dpd",))

    assert (cayman.matches[0].country, cayman.postcode_keys) == ("KY", ())
    assert (nowhere.matches[0].country, nowhere.postcode_keys) == (None, ())


def test_postcodes_are_written_without_blanks_and_hyphens() -> None:
    assert plain("sw1a 1aa") == "SW1A1AA"
    assert plain("00-950") == "00950"


def test_the_countries_are_those_of_iso_3166() -> None:
    assert len(ALPHA2_BY_NUMERIC) == len(COUNTRIES) == 249
    assert [ALPHA2_BY_NUMERIC[n] for n in ("056", "276", "528", "826", "840")] == [
        *("BE", "DE", "NL", "GB", "US"),
    ]
    assert shape_is_known("BE")
    assert not shape_is_known("AE")
