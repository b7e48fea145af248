"""What a person is told who types a code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sorter.table import Clerk, read_plan, write_example_plan
from tests.table.sources import HEAD, parcels_csv, table_of

FORMATS = 'formats = ["s10", "dpd"]\n'
ADVISED = parcels_csv({"RB123456785GB": "EAST", "KEEP THIS": "SOUTH"})


@pytest.fixture(scope="module")
def clerk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clerk]:
    folder = tmp_path_factory.mktemp("answers")
    with table_of(folder, HEAD + FORMATS, parcels=ADVISED) as table:
        yield Clerk(table)


def test_blanks_of_typed_groups_are_left_out_and_the_answer_says_so(clerk: Clerk) -> None:
    answer = clerk.answer("RB 123 456 785 GB")
    assert (answer.code, answer.destination, answer.rule) == ("RB123456785GB", "EAST", "exact")
    assert (answer.typed, answer.blanks_removed) == ("RB 123 456 785 GB", 4)


def test_small_letters_are_read_as_capitals_where_only_those_are_known(clerk: Clerk) -> None:
    answer = clerk.answer("rb 123456785 gb")
    assert (answer.code, answer.destination, answer.valid) == ("RB123456785GB", "EAST", True)
    assert (answer.typed, answer.blanks_removed) == ("rb 123456785 gb", 2)
    assert answer.in_capitals is True


@pytest.mark.parametrize("typed", ["small", "stra\u00dfe", "rb123456785gb\r", "RB123456785GB"])
def test_what_capitals_make_no_better_stays_as_it_is_typed(clerk: Clerk, typed: str) -> None:
    answer = clerk.answer(typed)
    assert answer.code == typed
    assert answer.in_capitals is msgspec.UNSET


def test_a_row_in_small_letters_is_not_taken_for_another(tmp_path: Path) -> None:
    rows = parcels_csv({"abc": "EAST", "ABC": "SOUTH", "DEF": "SOUTH"})
    with table_of(tmp_path, parcels=rows) as table:
        told = {typed: Clerk(table).answer(typed).destination for typed in ("abc", "ABC", "def")}
    assert told == {"abc": "EAST", "ABC": "SOUTH", "def": "SOUTH"}


def test_a_row_with_blanks_is_found_as_it_is_typed(clerk: Clerk) -> None:
    answer = clerk.answer("KEEP THIS")
    assert (answer.code, answer.destination) == ("KEEP THIS", "SOUTH")
    assert answer.typed is msgspec.UNSET


def test_format_and_validity_are_told_of_the_site_and_of_all_formats(clerk: Clerk) -> None:
    answer = clerk.answer("RB123456785GB")
    assert (answer.format, answer.valid, answer.reason) == ("s10", True, None)
    assert [(one.format, one.valid) for one in answer.formats] == [("s10", True)]
    wrong = clerk.answer("RB123456784GB")
    assert (wrong.rule, wrong.format, wrong.valid) == ("misread", "s10", False)


def test_a_format_that_the_site_does_not_expect_is_told_but_not_counted(clerk: Clerk) -> None:
    answer = clerk.answer("LP00123456789012")
    assert (answer.format, answer.valid) == (None, None)
    assert "cainiao_lp" in [one.format for one in answer.formats]


def test_with_a_plan_the_chutes_are_told_too(tmp_path: Path, clerk: Clerk) -> None:
    write_example_plan(tmp_path / "plan.toml")
    plan, _ = read_plan(tmp_path / "plan.toml")
    with table_of(tmp_path, parcels=ADVISED) as table:
        assert Clerk(table, plan).answer("?").chutes == ("C08",)
    assert clerk.answer("?").chutes is msgspec.UNSET


@given(st.text() | st.text("RB0123456789 GB\r\x1d"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_has_an_answer(clerk: Clerk, typed: str) -> None:
    answer = clerk.answer(typed)
    assert answer.rule in {"exact", "unknown", "misread"}
    assert bool(answer.formats) == (answer.reason is None)


def test_ten_thousand_characters_are_unknown_for_a_reason(clerk: Clerk) -> None:
    answer = clerk.answer("RB123456785GB" * 800)
    assert (answer.rule, answer.destination) == ("unknown", None)
    assert answer.reason is not None
    assert "10400 characters" in answer.reason
