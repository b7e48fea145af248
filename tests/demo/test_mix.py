"""The mix has something of everything, and its truth is its own."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from sorter.demo.consignments import DESTINATIONS_OF_KIND, fails_every_check
from sorter.demo.labels import gs1_check_digit, mod_37_36_check
from sorter.demo.mix import CUSTOMS_HOLD, SMALLEST_MIX, Mix, make_mix, write_manifest
from sorter.demo.plant import FILLING_DESTINATION, MIN_GAP_MM, SPEED_MPS
from sorter.demo.table_source import write_plan, write_table_source
from sorter.engine.labels import LabelReader

SPECIALS = {"no_read", "unknown", "misread", "conflict", "customs"}
RATE = 18_000.0
SIZES = (SMALLEST_MIX, 21, 50, 300)


def mix_of(size: int, rate: float, seed: int) -> Mix:
    """A mix with little pre-advice beside its own, as that takes the longest to draw."""
    return make_mix(size, rate, seed, background_rows=100)


def kinds(mix: Mix) -> Counter[str]:
    return Counter(parcel.consignment.kind for parcel in mix.parcels)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(5))
def test_every_kind_and_every_special_comes_in_the_shortest_run_too(size: int, seed: int) -> None:
    mix = mix_of(size, RATE, seed)
    assert len(mix.parcels) == size
    assert set(kinds(mix)) == SPECIALS | set(DESTINATIONS_OF_KIND)


def test_three_hundred_parcels_have_one_in_a_hundred_unread_and_unknown() -> None:
    found = kinds(mix_of(300, RATE, seed=1))
    assert {kind: found[kind] for kind in SPECIALS} == {
        "no_read": 3,
        "unknown": 3,
        "misread": 2,
        "conflict": 2,
        "customs": 1,
    }
    assert found["dpd"] > 90


def test_one_seed_gives_one_mix() -> None:
    assert mix_of(60, RATE, seed=9) == mix_of(60, RATE, seed=9)
    assert mix_of(60, RATE, seed=9) != mix_of(60, RATE, seed=10)


def test_no_code_is_met_twice_on_the_belt_or_in_the_pre_advice() -> None:
    mix = mix_of(300, RATE, seed=2)
    codes = [code for parcel in mix.parcels for code in parcel.consignment.codes]
    assert len(set(codes)) == len(codes)
    barcodes = [row.barcode for row in mix.preadvice]
    assert len(set(barcodes)) == len(barcodes)
    assert not {c for code in codes for c in code} & {"\x02", "\x03", ";"}


@pytest.mark.parametrize("seed", range(20))
def test_what_cannot_be_decided_has_no_destination_and_no_row(seed: int) -> None:
    mix = mix_of(50, RATE, seed)
    advised = {row.barcode for row in mix.preadvice}
    for parcel in mix.parcels:
        sent = parcel.consignment
        described = parcel.described()
        assert described["divertable"] == (sent.kind not in SPECIALS - {"customs"})
        assert (sent.destination is None) == (not described["divertable"])
        if sent.kind in SPECIALS - {"customs"}:
            assert not advised & set(sent.codes)


@pytest.mark.parametrize("seed", range(20))
def test_a_misread_code_fails_in_every_format_that_the_site_expects(seed: int) -> None:
    reader = LabelReader(
        ("dpd", "gs1", "s10", "sscc", "cainiao_lp", "dp_leitcode", "dp_identcode"),
        home_country="BE",
    )
    for parcel in mix_of(400, RATE, seed).parcels:
        sent = parcel.consignment
        misread = [reader.read(code).misread for code in sent.codes]
        assert any(misread) == (sent.kind == "misread"), sent


def test_a_dpd_code_that_passes_as_an_sscc_does_not_count_as_misread() -> None:
    like_an_sscc = "0004000" + "000000000000"
    like_an_sscc += gs1_check_digit(like_an_sscc[2:]) + "6101056"
    wrong = "A" if mod_37_36_check(like_an_sscc) != "A" else "B"
    assert not fails_every_check("dpd", like_an_sscc + wrong)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(5))
def test_a_chute_fills_while_parcels_for_it_still_come(size: int, seed: int) -> None:
    mix = mix_of(size, RATE, seed)
    places = [
        place
        for place, parcel in enumerate(mix.parcels)
        if parcel.consignment.destination == FILLING_DESTINATION
    ]
    assert len(places) >= mix.full_at + 2
    assert places[-2] - places[mix.full_at - 1] >= 10


@pytest.mark.parametrize("size", SIZES)
def test_the_customs_parcel_waits_before_the_belt_in_the_second_half(size: int) -> None:
    mix = mix_of(size, RATE, seed=3)
    (place,) = (n for n, parcel in enumerate(mix.parcels) if parcel.hold == CUSTOMS_HOLD)
    assert size / 2 < place < size - 1
    held = mix.parcels[place].consignment
    assert held.kind == "customs"
    assert held.codes == (mix.customs.code,)
    assert held.destination == mix.customs.destination == "CUSTOMS"
    assert mix.customs.bound_for != "CUSTOMS"


def test_parcels_come_at_the_rate_asked() -> None:
    mix = mix_of(300, RATE, seed=1)
    belt_mm = sum(parcel.length_mm + parcel.gap_mm for parcel in mix.parcels)
    assert mix.per_hour == pytest.approx(RATE, rel=1e-3)
    assert belt_mm / (SPEED_MPS * 1000) == pytest.approx(300 / RATE * 3600, rel=1e-3)


def test_a_rate_beyond_the_belt_is_cut_to_the_smallest_gaps() -> None:
    mix = mix_of(300, 40_000, seed=1)
    assert mix.asked_per_hour == 40_000
    assert 19_000 < mix.per_hour < 22_000
    assert {parcel.gap_mm for parcel in mix.parcels} == {MIN_GAP_MM}


@pytest.mark.parametrize("rate", [600, RATE, 40_000])
def test_no_gap_is_shorter_than_a_diverter_needs(rate: float) -> None:
    for parcel in mix_of(200, rate, seed=4).parcels:
        assert parcel.gap_mm >= MIN_GAP_MM
        assert 150 <= parcel.length_mm <= 380


def test_a_run_that_cannot_hold_one_of_each_is_refused() -> None:
    with pytest.raises(ValueError, match="20 or more"):
        mix_of(19, RATE, seed=1)
    with pytest.raises(ValueError, match="per_hour"):
        mix_of(20, 0, seed=1)


def test_the_manifest_names_seed_and_parcels(tmp_path: Path) -> None:
    manifest = json.loads(write_manifest(tmp_path, mix_of(30, RATE, seed=1)).read_text())
    assert manifest["seed"] == 1
    assert manifest["faults"] == []
    assert [parcel["id"] for parcel in manifest["parcels"][:2]] == ["P0001", "P0002"]


def test_the_customs_revision_differs_by_one_row(tmp_path: Path) -> None:
    mix = mix_of(30, RATE, seed=1)
    write_table_source(tmp_path / "1", mix, revision=1, customs_hold=False)
    write_table_source(tmp_path / "2", mix, revision=2, customs_hold=True)

    def rows(revision: str) -> list[dict[str, str]]:
        with (tmp_path / revision / "parcels.csv").open(encoding="ascii") as file:
            return list(csv.DictReader(file))

    changed = [(a, b) for a, b in zip(rows("1"), rows("2"), strict=True) if a != b]
    assert [(a["destination"], b["destination"]) for a, b in changed] == [
        (mix.customs.bound_for, "CUSTOMS")
    ]
    assert changed[0][0]["barcode"] == mix.customs.code
    assert "revision = 2\n" in (tmp_path / "2" / "table.toml").read_text()
    for name in ("prefixes.csv", "ranges.csv"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_codes_of_one_parcel_are_joined_in_the_pre_advice() -> None:
    mix = mix_of(100, RATE, seed=1)
    parcel_of = {row.barcode: row.parcel for row in mix.preadvice}
    joined = [p.consignment for p in mix.parcels if p.consignment.kind == "lp_s10"]
    assert joined
    for sent in joined:
        names = {parcel_of[code] for code in sent.codes}
        assert len(sent.codes) == 2
        assert len(names) == 1
        assert names != {""}


def test_the_plan_is_written_as_shipped(tmp_path: Path) -> None:
    assert 'line = "line-1"' in write_plan(tmp_path).read_text()
