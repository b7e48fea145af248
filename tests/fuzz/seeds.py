"""Sound tables that fuzzing starts from: small, and between them with every kind of key.

Some hold carriers' own numbers, some codes of other shapes, some free text; one holds nothing, and
one has more rows than a few lines take, so that keys overflow into other places.
"""

from __future__ import annotations

import random
import tempfile
from functools import cache
from pathlib import Path

from tests.table.sources import compiled, parcels_csv

_NAMES = ("NORTH", "SOUTH", "EAST", "CUSTOMS")
_HEAD = f"""
name = "hub"
site = "site"
revision = 7
destinations = {list(_NAMES)}
home_country = "BE"
formats = ["s10", "sscc"]
"""
_PREFIXES = """kind,prefix,destination
postcode,BE4,NORTH
postcode,BE40,SOUTH
postcode,DE,EAST
barcode,00,SOUTH
barcode,0034,NORTH
barcode,3SABC,EAST
barcode,free text,CUSTOMS
"""
QUESTIONS = (
    b"RB123456785GB\n00340123450000000018\n34567890123456\nLP00123456789012\n3SABC-00001\n"
    b"free text: number 2 of them all\nBE4000\nDE10115\n\nlower"
)
KNOWN_CODES = (
    b"RB123456785GB",
    b"LP00123456789012",
    b"00340123450000000018",
    b"34567890123456",
    b"3SABC-00001",
    b"A-1",
    b"free text: number 2 of them all",
    b"free text",
    b"BE4000",
    b"42056789",
    b"421056BE4000",
    b"%0BE4000123456789012345678901",
    b"7",
    b"~" * 48,
)


@cache
def seed_files() -> dict[str, bytes]:
    """Compiled files by name, always the same."""
    draw = random.Random(20)
    s10 = [f"RB{draw.randrange(10**8):08}{draw.randrange(10)}GB" for _ in range(6)]
    sscc = [f"00{draw.randrange(10**18):018}" for _ in range(6)]
    other = [f"3SABC-{number:05}" for number in range(6)]
    free = [f"free text: number {number} of them all" for number in range(6)]
    many = [f"{draw.randrange(10**14):014}" for _ in range(150)]
    books = {
        "numbers": [*s10, *sscc, "RB123456785GB", "LP00123456789012"],
        "packed": other,
        "text": free,
        "mixed": [*s10[:2], *sscc[:2], *other[:2], *free[:2]],
        "many": many,
        "empty": [],
    }
    return {name: _compiled(codes) for name, codes in books.items()}


def _compiled(codes: list[str]) -> bytes:
    rows = [
        (code, _NAMES[number % len(_NAMES)], f"P{number // 2}" if number % 3 else "")
        for number, code in enumerate(codes)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = compiled(Path(folder), _HEAD, parcels=parcels_csv(rows), prefixes=_PREFIXES)
        return path.read_bytes()
