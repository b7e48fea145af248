"""GS1 labels: what the scanner marks is read element by element, the rest with great care."""

from __future__ import annotations

import biip
import pytest
from biip.gs1_messages import GS1Message
from biip.sscc import Sscc
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from sorter.engine.labels import Label, read_label
from sorter.engine.labels.element_strings import elements_of

GS = "\x1d"
ONLY = ("sscc", "gs1")
DIGIT = "0123456789"
FREE = "ABCXYZabcxyz0123456789-./_*"


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text(DIGIT, min_size=length, max_size=length)


def checked(length: int) -> st.SearchStrategy[str]:
    return digits(length - 1).map(lambda body: body + ean.calc_check_digit(body))


def free(longest: int) -> st.SearchStrategy[str]:
    return st.text(FREE, min_size=1, max_size=longest)


ELEMENTS = {
    "00": checked(18),
    "01": checked(14),
    "37": st.text(DIGIT, min_size=1, max_size=8),
    "10": free(20),
    "3103": digits(6),
    "401": free(30),
    "402": checked(17),
    "410": checked(13),
    "420": free(20),
    "421": free(9).map(lambda postcode: "056" + postcode),
    "4307": st.sampled_from(["BE", "DE"]),
    "8020": free(25),
    "91": free(90),
}
MESSAGES = st.lists(
    st.sampled_from(sorted(ELEMENTS)).flatmap(lambda ai: st.tuples(st.just(ai), ELEMENTS[ai])),
    min_size=1,
    max_size=4,
)
PREDEFINED = {"00", "01", "3103", "410"}


def written(message: list[tuple[str, str]]) -> str:
    text = "".join(ai + value + ("" if ai in PREDEFINED else GS) for ai, value in message)
    return text.removesuffix(GS)


def keys(code: str, home_country: str | None = None) -> tuple[str, ...]:
    return read_label(code, ONLY, home_country).postcode_keys


def gs1_of(label: Label) -> bool | None:
    return next((match.valid for match in label.matches if match.format == "gs1"), None)


@given(MESSAGES)
def test_elements_are_cut_where_another_implementation_cuts_them(
    message: list[tuple[str, str]],
) -> None:
    text = written(message)
    theirs = [(element.ai.ai, element.value) for element in GS1Message.parse(text).element_strings]
    ours = elements_of(text)

    assert ours is not None
    assert [(element.identifier, element.value) for element in ours] == theirs == message
    assert gs1_of(read_label("]C1" + text)) is True


@given(st.text(DIGIT + "AB" + GS, min_size=2, max_size=40))
def test_what_another_implementation_cannot_cut_is_not_read_either(text: str) -> None:
    try:
        parsed = GS1Message.parse(text)
    except biip.ParseError:
        return
    ours = elements_of(text)
    if ours is not None:
        assert [e.identifier for e in ours] == [e.ai.ai for e in parsed.element_strings]


@given(checked(18))
def test_an_sscc_is_valid_with_and_without_its_identifier(sscc: str) -> None:
    assert Sscc.parse(sscc).value == sscc
    assert read_label(sscc, ONLY).format == "sscc"
    assert [m.format for m in read_label("00" + sscc, ONLY).matches] == ["sscc", "gs1"]
    for mark in ("]C1", "]d2", "]Q3", "]C1" + GS, GS):
        assert read_label(mark + "00" + sscc, ONLY).format == "gs1"


@given(checked(18), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_of_an_sscc_is_a_misread(sscc: str, at: int, by: int) -> None:
    wrong = sscc[:at] + str((int(sscc[at]) + by) % 10) + sscc[at + 1 :]

    assert read_label(wrong, ONLY).misread
    assert read_label("]C1420" + "4000" + GS + "00" + wrong, ONLY, "BE").misread
    assert keys("]C1420" + "4000" + GS + "00" + wrong, "BE") == ()


def test_a_domestic_postcode_means_the_country_of_the_site() -> None:
    code = "]C14204000" + GS + "00340123450000000000"

    assert read_label(code).format == "gs1"
    assert keys(code, "BE") == ("BE4000",)
    assert keys(code) == ()
    assert read_label(code).matches[0].postcode == "4000"


def test_a_stated_country_goes_before_the_home_of_the_site() -> None:
    code = "]C142081827" + GS + "4307DE"

    assert keys(code, "BE") == ("DE81827",)
    assert keys("]C142081827" + GS + "4307QQ", "BE") == ()


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("]C14210564000", "BE4000"),
        ("4210564000", "BE4000"),
        ("]d2421826SW1A1AA" + GS + "10LOT", "GBSW1A1AA"),
        ("]C1421616" + "00-950", "PL00950"),
        ("]C1421528" + "1012ab", "NL1012AB"),
        ("003401234500000000004210564000", None),
        ("]C1003401234500000000004210564000", "BE4000"),
    ],
)
def test_a_postcode_with_its_country_gives_a_key(code: str, key: str | None) -> None:
    assert keys(code) == ((key,) if key else ())


@pytest.mark.parametrize(
    "code",
    [
        "]C1421056400",
        "]C142105640000",
        "]C1421999" + "4000",
        "]C14204000" + GS + "421276" + "81827",
        "]C14204000" + GS + "4204020",
        "]C1421056" + "4000" + GS + "4307FR",
        "]C14204109" + GS + "4307DE",
    ],
)
def test_a_postcode_that_its_country_cannot_have_or_that_is_contradicted_gives_no_key(
    code: str,
) -> None:
    label = read_label(code, ONLY, "BE")

    assert label.valid is True
    assert label.postcode_keys == ()


def test_a_bare_420_is_the_whole_code_and_fits_the_sites_country() -> None:
    assert keys("4204000", "BE") == ("BE4000",)
    assert read_label("42040000", ONLY, "BE").matches == ()
    assert read_label("4204000" + "00340123450000000000", ONLY, "BE").matches == ()
    assert read_label("4204000", ONLY).valid is True


def test_a_bare_421_needs_a_country_and_its_kind_of_postcode() -> None:
    assert read_label("4219994000", ONLY).matches == ()
    assert read_label("42105640001", ONLY).matches == ()


def test_a_carriers_checked_number_is_not_taken_for_a_postcode() -> None:
    code = "4210564002"

    assert keys(code) == ("BE4002",)
    label = read_label(code, ("gs1", "dhl_express"))
    assert [match.valid for match in label.matches] == [True, True]
    assert label.postcode_keys == ()


def test_a_carriers_failed_number_leaves_the_postcode_standing() -> None:
    label = read_label("4210564003", ("gs1", "dhl_express"))

    assert [match.valid for match in label.matches] == [True, False]
    assert label.postcode_keys == ("BE4003",)


def test_other_identifiers_are_only_read_where_the_scanner_marks_them() -> None:
    assert read_label("10ABC123", ONLY).matches == ()
    assert read_label("]C110ABC123", ONLY).valid is True
    assert read_label("10ABC" + GS + "4204000", ONLY, "BE").postcode_keys == ("BE4000",)


@pytest.mark.parametrize(
    "code", ["]C1", "]C104123", "]C0420400", "]C1\x1d\x1d420", "00" + GS + "1"]
)
def test_what_is_no_element_string_matches_nothing(code: str) -> None:
    label = read_label(code, ONLY)

    assert label.matches == ()
    assert label.reason
