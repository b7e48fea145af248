"""Which kind of key the codes of each label format are: a table's size follows from it.

Format knowledge lives in the engine; the core knows shapes only. A new format is put into its row
here, so that somebody sees what its codes cost: a number about nine bytes, a packed code about
nineteen, a text its length and about ten more. Far numbers are packed codes in a table that has not
enough of them.
"""

from __future__ import annotations

import random
import string
import struct
from collections.abc import Iterator
from itertools import chain, islice, repeat

import numpy as np

from sorter.engine.labels import FORMATS, remove_blanks
from tests.engine.labels.numbers import RIGHT
from tests.support.exact_rows import destinations_for, rows_of, sections_of, sorted_rows, table_of

NEAR_ROWS, FAR_ROWS = 115_000, 910_000
TRIES = 300

KINDS = {
    "s10": "number",
    "dpd": "text",
    "ups": "packed",
    "usps_impb_n": "text",
    "usps_impb_c": "text",
    "fedex_ground_96": "text",
    "fedex_ground_gsn": "text",
    "fedex_astra_32": "text",
    "ontrac_c": "number",
    "ontrac_d": "number",
    "ups_waybill": "number",
    "old_dominion": "number",
    "old_dominion_guaranteed": "number",
    "sscc": "far number, number",
    "dp_leitcode": "number",
    "dp_identcode": "number",
    "dpd_14": "number, packed",
    "fedex_34": "text",
    "usps_legacy": "packed, text",
    "usps_20": "packed",
    "fedex_ground_sscc_18": "number",
    "canada_post": "number",
    "fedex_ground": "number",
    "fedex_12": "number",
    "purolator_numeric": "number",
    "dhl_express": "number",
    "gs1": "number, packed, text",
    "cainiao_lp": "number",
    "yunexpress": "packed",
    "landmark_global": "packed",
    "yodel": "packed",
    "dhl_express_piece_id": "number",
    "amazon_logistics": "number",
    "gofo_us": "packed",
    "speedee": "packed",
    "lasership_1ls7_18": "packed",
    "lasership_1ls7": "packed",
    "lasership_1lscx": "packed",
    "lasership_lx": "number",
    "canpar_22": "text",
    "dhl_ecommerce": "packed",
    "purolator_alpha": "number",
    "amazon_international": "number",
    "dhl_ecommerce_14": "number",
}
MORE = {
    "sscc": ("340123450000000018", "00340123450000000018"),
    "dp_leitcode": ("21348075016401",),
    "dp_identcode": ("563102430313",),
    "cainiao_lp": ("LP00123456789012", "LP001234567890"),
    "gs1": ("0212345678901234", "10AB", "10ab", "]C1420123452112"),
}


def like(format_id: str, known: str, chance: random.Random) -> Iterator[str]:
    """Valid codes of a format that have the letters of a known one."""
    form = FORMATS[format_id]
    for _ in range(TRIES):
        code = "".join(
            chance.choice(string.digits) if character in string.digits else character
            for character in known[:-1]
        )
        for last in (known[-1], *string.digits, *string.ascii_uppercase):
            match = form.read(code + last, "US")
            if match is not None and match.valid:
                yield code + last


def codes_of(format_id: str) -> set[bytes]:
    chance = random.Random(format_id)
    known = [remove_blanks(typed) for typed in RIGHT.get(format_id, ())]
    known += MORE.get(format_id, ())
    return {
        code.encode() for one in known for code in (one, *islice(like(format_id, one, chance), 20))
    }


def kinds_in(codes: set[bytes], numbers: int) -> dict[bytes, str]:
    """The kind of each code in a table that has so many numbers besides."""
    everything = np.concatenate([np.arange(numbers).astype("S48"), np.array(sorted(codes), "S48")])
    rows = sorted_rows(everything)
    table = table_of(rows)
    found = rows_of(table, at_once=100_000)
    answers = destinations_for(len(everything)).tolist()
    assert {code: row[0] for code, row in found.items()} == dict(
        zip(everything.tolist(), answers, strict=True)
    )
    # Rows come out by kind: the head says how many there are of each.
    counts = struct.unpack_from("<16xQQQ", sections_of(rows)["codes"])
    kinds = chain.from_iterable(map(repeat, ("number", "packed", "text"), counts))
    return {code: kind for code, kind in zip(found, kinds, strict=True) if code in codes}


def test_every_format_has_the_kinds_of_keys_it_is_known_for() -> None:
    assert KINDS.keys() == FORMATS.keys(), "a new format needs its kind of key here"
    by_format = {format_id: codes_of(format_id) for format_id in FORMATS}
    everything = set[bytes]().union(*by_format.values())
    near, far = kinds_in(everything, NEAR_ROWS), kinds_in(everything, FAR_ROWS)
    for code in everything:
        assert far[code] == near[code] or (near[code], far[code]) == ("packed", "number")
    kinds = {code: near[code] if far[code] == near[code] else "far number" for code in everything}
    found = {
        format_id: ", ".join(sorted({kinds[code] for code in codes}))
        for format_id, codes in by_format.items()
    }
    assert found == KINDS
