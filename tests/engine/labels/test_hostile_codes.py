"""Whatever comes over the wire is answered with a label, never with an exception."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sorter.engine.labels import DEFAULT_FORMATS, FORMATS, Label, read_label, remove_blanks
from tests.engine.labels.numbers import RIGHT

REAL = sorted(remove_blanks(number) for numbers in RIGHT.values() for number in numbers)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "empty code"),
        ("1" * 10_240, "10240 characters; a code has at most 512"),
        ("]C1" + "420" * 4_000, "12003 characters; a code has at most 512"),
        ("RB123456785GB\r", "character 14 (U+000D) is a control character"),
        ("RB1234\r56785GB", "character 7 (U+000D) is a control character"),
        ("\x00", "character 1 (U+0000) is a control character"),
        ("RB123456785G\x7f", "character 13 (U+007F) is a control character"),
        ("RB12345678\uff15GB", "character 11 (U+FF15) is not ASCII"),
        ("\ud800", "character 1 (U+D800) is not ASCII"),
        ("ABC\x1dDEF", "it has an FNC1, and cannot be read as a GS1 element string"),
        (" RB123456785GB", "it has a blank, and no listed format has one"),
        ("HELLO", "no listed format has this shape (5 characters)"),
    ],
)
def test_a_hostile_code_matches_nothing_and_is_told_why(code: str, reason: str) -> None:
    assert read_label(code) == Label(code, reason=reason)


@given(st.text(max_size=600) | st.text("0149A%]\x1dCZ -", max_size=80))
@example("]C1" + "90A\x1d" * 127)
@example("420" + "9" * 509)
@example("4" * 34)
def test_any_text_is_answered(code: str) -> None:
    label = read_label(code, home_country="BE")

    assert label.code == code
    assert (label.reason is None) == bool(label.matches)
    assert [match.format for match in label.matches] == sorted(
        (match.format for match in label.matches), key=DEFAULT_FORMATS.index
    )


@given(st.sampled_from(REAL), st.data())
def test_a_real_number_with_a_control_character_in_it_matches_nothing(
    number: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(number)))
    control = data.draw(st.sampled_from([chr(c) for c in (*range(29), 30, 31, 127, 133, 160)]))

    label = read_label(number[:at] + control + number[at:])
    assert label.matches == ()
    assert label.reason


def test_only_spaces_are_removed_from_typed_input() -> None:
    assert remove_blanks(" 1 Z 8 ") == "1Z8"
    assert remove_blanks("1\t2\r\n3\x1d4\u00a05") == "1\t2\r\n3\x1d4\u00a05"


def test_a_wrong_list_of_formats_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown label formats 'dpd_99'; known: s10, dpd"):
        read_label("1", ("s10", "dpd_99"))
    with pytest.raises(ValueError, match="each once"):
        read_label("1", ("s10", "s10"))
    with pytest.raises(ValueError, match="at least one"):
        read_label("1", ())
    with pytest.raises(ValueError, match="home country 'be' is no ISO 3166-1 alpha-2 code"):
        read_label("1", home_country="be")


def test_every_format_is_in_the_default_list_once() -> None:
    assert tuple(FORMATS) == DEFAULT_FORMATS
    assert len(set(DEFAULT_FORMATS)) == 44
    assert all(FORMATS[id_].id == id_ for id_ in DEFAULT_FORMATS)
    assert len({one.name for one in FORMATS.values()}) == 44


@given(st.sampled_from(DEFAULT_FORMATS), st.data())
def test_length_and_first_character_never_hide_what_the_pattern_matches(
    format_id: str, data: st.DataObject
) -> None:
    one = FORMATS[format_id]
    code = data.draw(st.from_regex(one.pattern, fullmatch=True))
    if one.read(code, None) is not None:
        assert len(code) in one.lengths
        assert code[0] in one.starts
    if one.check is not None:
        assert "covered" in one.pattern.groupindex
