"""How inputs are mutated: plausibly, so that many get past the first check and reach the next.

A mutator takes an input, the most bytes its mutant should have, a seed, and libFuzzer's own
mutation of bytes, which stays one of its moves: nothing becomes impossible, other things only
likelier. The same seed makes the same move.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from sorter._native import MAX_CODE_LENGTH, CrowdedError, RowSorter
from sorter.table.file_format import EXACT_SECTIONS, SECTION_NAMES
from sorter.table.prefix_list import prefix_list
from tests.fuzz.lines import plausible_lines, shuffled_words
from tests.fuzz.seeds import KNOWN_CODES
from tests.fuzz.unsealed import joined, split
from tests.table.forging import LIST_END, PREAMBLE, RECORD, resealed, with_true_checksums

Mutate = Callable[[bytes, int], bytes]
"""libFuzzer's own mutation of some bytes to at most so many."""
Mutator = Callable[[bytes, int, int, Mutate], bytes]

_MOST_ROWS = 16
_DESTINATIONS = 4
_LINES = ("number_lines", "packed_lines", "text_lines")
_LISTS = ("barcode_prefixes", "postcode_prefixes")
_OFFSET_AND_SIZE = (24, 32)
_CODE_END = b"\xff"
# Other bytes can be in no row, so each becomes one that can.
_PRINTABLE = bytes(byte if 32 <= byte < 127 else 32 + byte % 95 for byte in range(256))


def mutate_file(entry: bytes, most: int, seed: int, mutate: Mutate) -> bytes:
    """A compiled file: as it comes, or with its list of sections, or all of it, sealed again."""
    draw = random.Random(seed)
    move = draw.randrange(4)
    if move == 0 or len(entry) < LIST_END:
        return mutate(entry, most)
    if move == 1:
        return resealed(_changed(entry, 0, LIST_END, mutate))
    record = PREAMBLE.size + draw.randrange(len(SECTION_NAMES)) * RECORD.size
    if move == 2:
        return resealed(_changed(entry, record + draw.choice(_OFFSET_AND_SIZE), 8, mutate))
    offset = int.from_bytes(entry[record + 24 : record + 32], "little")
    size = int.from_bytes(entry[record + 32 : record + 40], "little")
    return with_true_checksums(_changed(entry, offset, size or 1, mutate))


def _changed(entry: bytes, start: int, size: int, mutate: Mutate) -> bytes:
    """The entry with some of its bytes changed, and none moved."""
    part = entry[start : start + size]
    return entry[:start] + mutate(part, len(part)).ljust(len(part), b"\0") + entry[start + size :]


def mutate_sections(
    entry: bytes, most: int, seed: int, mutate: Mutate, *, delta: bool = False
) -> bytes:
    """Sections, as `tests.fuzz.unsealed` has them, or the codes to ask for; the others stay whole.

    Rows and prefixes are also built anew of the codes, by the code that builds tables.
    """
    draw = random.Random(seed)
    sections, questions = split(entry)
    move = draw.randrange(8)
    if move < 3:
        name = draw.choice([name for name in SECTION_NAMES if sections[name]] or ["codes"])
        # The head is JSON, which has tests of its own.
        if name != "head" or not draw.randrange(8):
            room = min(most - len(entry) + len(sections[name]), 0xFFFF)
            sections[name] = mutate(sections[name], max(room, 1))
    elif move == 3:
        name = draw.choice(_LINES)
        sections[name] = shuffled_words(sections[name], draw)
    elif move == 4:
        questions = mutate(questions, max(most - len(entry) + len(questions), 1))
    elif move == 5 and not delta:
        sections[draw.choice(_LISTS)] = _prefixes(questions, draw)
    else:
        sections |= _exact_part(questions, draw, delta=delta)
    if draw.randrange(2):
        sections |= plausible_lines(sections, _DESTINATIONS)
    return joined(list(sections.values()), questions)


def _codes(questions: bytes, draw: random.Random) -> list[bytes]:
    codes = [*questions.split(b"\n"), *draw.sample(KNOWN_CODES, 4)]
    return [code[:MAX_CODE_LENGTH].translate(_PRINTABLE) for code in codes if code]


def _exact_part(questions: bytes, draw: random.Random, *, delta: bool) -> dict[str, bytes]:
    rows = RowSorter(delta=delta)
    codes = _codes(questions, draw)
    for source in range(draw.randrange(_MOST_ROWS)):
        choices = draw.getrandbits(32)
        code = codes[choices % len(codes)] + (b"%d" % source if choices & 1 << 20 else b"")
        op = 1 + (choices >> 22) % 4 if delta else 0
        group = (choices >> 24) % 3 if choices & 1 << 21 else 0
        rows.add(code[:MAX_CODE_LENGTH], (choices >> 26) % _DESTINATIONS, group, op, source)
    rows.sort()
    try:
        built = {name: b"".join(chunks) for name, chunks in rows.sections()}
    except CrowdedError:
        return {}
    return {name: built.get(name, b"") for name in EXACT_SECTIONS}


def _prefixes(questions: bytes, draw: random.Random) -> bytes:
    codes = _codes(questions, draw)
    chosen = (draw.choice(codes) for _ in range(draw.randrange(_MOST_ROWS)))
    return prefix_list(
        {code[: draw.randint(1, len(code))]: draw.randrange(_DESTINATIONS) for code in chosen}
    )


def mutate_parcel(entry: bytes, most: int, seed: int, mutate: Mutate) -> bytes:
    """The codes of a parcel: one mutated, dropped, doubled, or one more that a table may know."""
    draw = random.Random(seed)
    codes = entry[1:].split(_CODE_END)
    at = draw.randrange(len(codes))
    move = draw.randrange(8)
    if move < 4:
        codes[at] = mutate(codes[at], max(most - len(entry) + len(codes[at]), 1))
    elif move == 4:
        codes[at:] = codes[at + 1 :]
    elif move == 5:
        codes.insert(draw.randrange(len(codes)), codes[at])
    else:
        codes.insert(at, draw.choice(KNOWN_CODES))
    first = bytes([draw.randrange(256)]) if not draw.randrange(4) else entry[:1] or b"\0"
    return first + _CODE_END.join(codes)


def mutate_bytes(entry: bytes, most: int, seed: int, mutate: Mutate) -> bytes:
    """Any bytes: libFuzzer knows best."""
    return mutate(entry, most)


MUTATORS: dict[str, Mutator] = {
    "file": mutate_file,
    "sealed": mutate_sections,
    "sections": mutate_sections,
    "changes": partial(mutate_sections, delta=True),
    "numbers": mutate_bytes,
    "rows": mutate_bytes,
    "decide": mutate_parcel,
}
