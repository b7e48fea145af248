"""The shipped sources, compiled by the real builder, send every parcel of a mix where it belongs.

The mix knows each parcel's destination from before its labels were printed, so this holds printer
and reader, ranges and addresses, source and compiled table against each other.
"""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import pytest

from sorter.demo.mix import Mix, make_mix
from sorter.demo.plant import LINE_NAME, OUTLETS
from sorter.demo.postcodes import addresses_by_destination
from sorter.demo.table_source import shipped, write_plan, write_table_source
from sorter.table import Problems, RoutingTable, compile_table, read_source
from sorter.table.plan import read_plan, report_misfits

RULES_OF_KIND = {
    "dpd": {"postcode"},
    "gs1_420": {"postcode"},
    "gs1_421": {"postcode"},
    "leitcode": {"postcode"},
    "s10": {"exact"},
    "lp_s10": {"exact"},
    "customs": {"exact"},
    "sscc": {"exact", "barcode_prefix"},
    "no_read": {"no_read"},
    "unknown": {"unknown"},
    "misread": {"misread"},
    "conflict": {"conflict"},
}


def compiled(folder: Path, mix: Mix, *, revision: int, customs_hold: bool) -> RoutingTable:
    source = folder / f"source-{revision}"
    write_table_source(source, mix, revision=revision, customs_hold=customs_hold)
    read = read_source(source)
    assert read.problems.kept == ()
    file = folder / f"{revision}.table"
    compile_table(read, file)
    return RoutingTable.open(file)


@pytest.mark.parametrize("seed", range(20))
def test_every_parcel_is_decided_to_its_true_destination(seed: int, tmp_path: Path) -> None:
    mix = make_mix(300, 18_000, seed)
    with compiled(tmp_path, mix, revision=2, customs_hold=True) as table:
        assert table.revision == 2
        assert len(table) == len(mix.preadvice)
        for parcel in mix.parcels:
            sent = parcel.consignment
            decision = table.decide(sent.codes)
            assert decision.destination == sent.destination, (sent, decision)
            assert decision.rule in RULES_OF_KIND[sent.kind], (sent, decision)


def test_a_long_run_meets_every_rule(tmp_path: Path) -> None:
    mix = make_mix(1000, 18_000, seed=1)
    with compiled(tmp_path, mix, revision=1, customs_hold=False) as table:
        met = {table.decide(parcel.consignment.codes).rule for parcel in mix.parcels}
    assert met == set().union(*RULES_OF_KIND.values())


def test_only_the_second_revision_knows_of_the_customs_hold(tmp_path: Path) -> None:
    mix = make_mix(20, 18_000, seed=1)
    codes = (mix.customs.code,)
    with compiled(tmp_path, mix, revision=1, customs_hold=False) as table:
        assert table.decide(codes).destination == mix.customs.bound_for
    with compiled(tmp_path, mix, revision=2, customs_hold=True) as table:
        assert table.decide(codes).destination == "CUSTOMS"


def test_the_shipped_folder_compiles_as_it_stands_and_knows_every_address(tmp_path: Path) -> None:
    with resources.as_file(shipped()) as folder:
        source = read_source(folder)
        with (folder / "parcels.csv").open(encoding="ascii", newline="") as file:
            advised = list(csv.DictReader(file))
    assert source.problems.kept == ()
    compile_table(source, tmp_path / "liege.table")
    with RoutingTable.open(tmp_path / "liege.table") as table:
        for destination, addresses in addresses_by_destination().items():
            for address in addresses:
                found = table.prefix("postcode", address.country + address.postcode)
                assert table.destinations[found.destination] == destination, address
        for row in advised:
            assert table.decide((row["barcode"],)).destination == row["destination"]


def test_the_plan_fits_the_line_and_the_table(tmp_path: Path) -> None:
    plan, notes = read_plan(write_plan(tmp_path))
    with resources.as_file(shipped()) as folder:
        destinations = read_source(folder).head.destinations
    misfits = Problems()
    report_misfits(
        plan,
        misfits,
        chutes={outlet.name for outlet in OUTLETS},
        destinations=destinations,
    )
    assert plan.line == LINE_NAME
    assert notes.kept == misfits.kept == ()
