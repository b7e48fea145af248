"""Which destination the codes of one parcel lead to, told as a hub would tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sorter.engine.labels import read_label
from sorter.table import Decision, RoutingTable, chutes_for, read_plan, write_example_plan
from tests.table.sources import DESTINATIONS, HEAD, parcels_csv, table_of

# A DPD label carries its postcode: 81827 in Germany.
DPD_DE_81827 = "008182709980000020033350276C"
DPD_WRONG_CHECK = "008182709980000020033350276D"
S10_ADVISED = "RB123456785GB"
S10_UNKNOWN = "RR473124829CN"
S10_WRONG_CHECK = "RB123456784GB"
GS1_BE_4000 = "4204000"

PARCELS = parcels_csv(
    [
        (S10_ADVISED, "EAST", "parcel-1"),
        ("LP00123456789012", "EAST", "parcel-1"),
        ("OTHER-PARCEL", "EAST", "parcel-2"),
        ("OTHER-PLACE", "SOUTH", ""),
        ("NO-PARCEL", "EAST", ""),
    ]
)
PREFIXES = """kind,prefix,destination
postcode,DE,NORTH
postcode,DE8182,SOUTH
postcode,BE,EAST
barcode,JJBE,SOUTH
barcode,JJBE4,NORTH
barcode,RB,CUSTOMS
barcode,00818,CUSTOMS
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoutingTable]:
    head = HEAD + 'formats = ["dpd", "gs1", "s10", "cainiao_lp"]\n'
    folder = tmp_path_factory.mktemp("decide")
    with table_of(folder, head, parcels=PARCELS, prefixes=PREFIXES) as opened:
        yield opened


def test_pre_advice_decides_before_anything_a_label_says(table: RoutingTable) -> None:
    assert table.decide([DPD_DE_81827, S10_ADVISED]) == Decision(
        "exact", "EAST", S10_ADVISED, 7, pieces=(S10_ADVISED,)
    )


def test_the_longest_postcode_prefix_decides_when_there_is_no_pre_advice(
    table: RoutingTable,
) -> None:
    assert table.decide([DPD_DE_81827]) == Decision(
        "postcode", "SOUTH", "DE8182", 7, pieces=(DPD_DE_81827,)
    )
    assert table.decide([GS1_BE_4000]) == Decision("postcode", "EAST", "BE", 7)


def test_a_postcode_outranks_a_barcode_prefix(table: RoutingTable) -> None:
    assert table.prefix("barcode", DPD_DE_81827).length == 5
    assert table.decide(["JJBE4123", DPD_DE_81827]).rule == "postcode"


def test_the_longest_barcode_prefix_decides_last(table: RoutingTable) -> None:
    assert table.decide(["JJBE4123"]) == Decision("barcode_prefix", "NORTH", "JJBE4", 7)
    assert table.decide(["JJBE1234"]) == Decision("barcode_prefix", "SOUTH", "JJBE", 7)


def test_a_code_that_nothing_knows_is_unknown(table: RoutingTable) -> None:
    assert table.decide([S10_UNKNOWN]) == Decision("unknown", None, None, 7)
    assert table.decide(["?"]).rule == "unknown"


def test_no_code_is_a_no_read(table: RoutingTable) -> None:
    assert table.decide([]) == Decision("no_read", None, None, 7)


def test_a_misread_code_never_decides_by_prefix(table: RoutingTable) -> None:
    assert table.decide([S10_WRONG_CHECK]) == Decision("misread", None, None, 7)
    assert table.decide([S10_WRONG_CHECK, DPD_WRONG_CHECK]).rule == "misread"
    assert table.decide([S10_WRONG_CHECK, "JJBE4123"]).destination == "NORTH"
    assert table.decide([S10_WRONG_CHECK, S10_UNKNOWN]).rule == "unknown"


def test_a_code_that_fails_its_check_is_found_when_pre_advice_names_exactly_it(
    tmp_path: Path,
) -> None:
    with table_of(tmp_path, parcels=parcels_csv({S10_WRONG_CHECK: "NORTH"})) as advised:
        assert advised.decide([S10_WRONG_CHECK]).rule == "exact"
        assert advised.decide([S10_ADVISED]).rule == "unknown"


def test_codes_for_different_destinations_at_one_rank_are_a_conflict(
    table: RoutingTable,
) -> None:
    assert table.decide(["OTHER-PLACE", "NO-PARCEL"]) == Decision("conflict", None, None, 7)
    assert table.decide([DPD_DE_81827, GS1_BE_4000]).rule == "conflict"
    assert table.decide(["JJBE1234", "JJBE4123"]).rule == "conflict"


def test_two_codes_of_one_parcel_agree(table: RoutingTable) -> None:
    assert table.decide(["LP00123456789012", S10_ADVISED]).key == "LP00123456789012"
    assert table.decide([S10_ADVISED, "NO-PARCEL"]).rule == "exact"


def test_codes_of_two_parcels_are_a_conflict_even_to_one_destination(
    table: RoutingTable,
) -> None:
    assert table.decide([S10_ADVISED, "OTHER-PARCEL"]) == Decision(
        "conflict", None, None, 7, why="double_induct"
    )
    assert table.decide([S10_ADVISED, "OTHER-PARCEL", "OTHER-PLACE"]).why == "double_induct"


@pytest.mark.parametrize(
    "noise",
    ["JJBE4" + "0" * 10_000, "JJBE4\r", "JJBE4\x00", "JJBE4\u00df", "JJBE4\udcff", "", "\x1d" * 99],
)
def test_noise_that_begins_like_a_code_leads_nowhere(table: RoutingTable, noise: str) -> None:
    assert table.decide([noise]).rule == "unknown"


def test_codes_may_be_bytes_or_any_text_and_the_decision_says_text(table: RoutingTable) -> None:
    expected = [table.decide([code]) for code in (S10_ADVISED, S10_UNKNOWN, DPD_DE_81827)]
    for kind in (str.encode, np.str_):
        parcels = [[kind(code)] for code in (S10_ADVISED, S10_UNKNOWN, DPD_DE_81827)]
        assert [table.decide(codes) for codes in parcels] == expected
        assert table.decide_batch(iter(parcels)) == expected
    assert type(table.decide([np.str_(S10_ADVISED)]).key) is str
    assert table.decide([b"\xff\xfe"]).rule == "unknown"


def test_one_code_is_not_taken_for_a_parcel_of_many(table: RoutingTable) -> None:
    for code in (S10_ADVISED, S10_ADVISED.encode()):
        with pytest.raises(TypeError, match="a parcel has a list of them"):
            table.decide(code)  # type: ignore[arg-type]  # the wrong type is the point
        with pytest.raises(TypeError, match="a parcel has a list of them"):
            table.decide_batch([code])  # type: ignore[list-item]  # likewise
        with pytest.raises(TypeError, match="a batch is a list of parcels"):
            table.decide_batch(code)  # type: ignore[arg-type]  # likewise
    with pytest.raises(TypeError, match="not int"):
        table.decide([7])  # type: ignore[list-item]  # the wrong type is the point


def test_each_decision_has_its_chutes_in_the_plan(tmp_path: Path) -> None:
    write_example_plan(tmp_path / "plan.toml")
    plan, _ = read_plan(tmp_path / "plan.toml")
    assert chutes_for(plan, Decision("exact", "BE-NORTH", "A", 1)) == ("C01", "C02")
    assert chutes_for(plan, Decision("exact", "NOT-IN-PLAN", "A", 1)) == ()
    assert chutes_for(plan, Decision("unknown", None, None, 1)) == ("C08",)


LABELS = (DPD_DE_81827, DPD_WRONG_CHECK, S10_ADVISED, S10_UNKNOWN, S10_WRONG_CHECK, GS1_BE_4000)
ADVISED = ("LP00123456789012", "OTHER-PARCEL", "OTHER-PLACE", "NO-PARCEL")
scanned = st.lists(
    st.sampled_from((*LABELS, *ADVISED, "JJBE1", "JJBE4", "RB", "", "\r")), max_size=4
)


@given(scanned)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_mix_of_codes_is_decided_as_the_rules_say(
    table: RoutingTable, codes: list[str]
) -> None:
    decision = table.decide(codes)
    assert (decision.rule, decision.destination) == by_the_book(codes)


def by_the_book(codes: Sequence[str]) -> tuple[str, str | None]:
    """The rules once more, over plain dicts, as slowly and plainly as can be."""
    rows = [line.split(",") for line in PARCELS.splitlines()[1:]]
    exact = {code: (destination, parcel) for code, destination, parcel in rows}
    if not codes:
        return "no_read", None
    hits = [exact[code] for code in codes if code in exact]
    if len({parcel for _, parcel in hits} - {""}) > 1:
        return "conflict", None
    labels = [read_label(code, ("dpd", "gs1", "s10", "cainiao_lp"), "BE") for code in codes]
    believed = [label for label in labels if not label.misread]
    prefixes = [line.split(",") for line in PREFIXES.splitlines()[1:]]
    ranks = {
        "exact": {destination for destination, _ in hits},
        "postcode": {
            found
            for label in believed
            for key in label.postcode_keys
            for found in longest(prefixes, "postcode", key)
        },
        "barcode_prefix": {
            found
            for label in believed
            if label.code.isprintable()
            for found in longest(prefixes, "barcode", label.code)
        },
    }
    for rule, found in ranks.items():
        if rule != "exact" and not believed:
            return "misread", None
        if found:
            return (rule, found.pop()) if len(found) == 1 else ("conflict", None)
    return "unknown", None


def longest(prefixes: Sequence[Sequence[str]], kind: str, code: str) -> list[str]:
    matches = [row for row in prefixes if row[0] == kind and code.startswith(row[1])]
    return [max(matches, key=lambda row: len(row[1]))[2]] if matches else []


def test_the_names_used_here_are_the_ones_of_the_table(table: RoutingTable) -> None:
    assert table.destinations == DESTINATIONS


def test_only_numbers_that_one_piece_bears_name_it(table: RoutingTable) -> None:
    """A postcode label is on every parcel to that place, a waybill on all of a consignment."""
    assert table.decide([GS1_BE_4000]).pieces == ()
    assert table.decide([GS1_BE_4000, S10_UNKNOWN]).pieces == (S10_UNKNOWN,)
    assert table.decide([GS1_BE_4000, S10_WRONG_CHECK]).pieces == ()
