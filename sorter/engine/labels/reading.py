"""Reading a scanned code: refuse what cannot be a label, then try the formats it could be.

Rules: a code is read as it was sent, blanks and case included. Whatever is sent, the answer is a
`Label`; only a wrong list of formats raises. The time is bounded: length is judged first, and no
pattern backtracks over more than a fixed number of characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from sorter.engine.labels.catalogue import DEFAULT_FORMATS, FORMATS
from sorter.engine.labels.countries import COUNTRIES
from sorter.engine.labels.element_strings import FNC1
from sorter.engine.labels.families.gs1 import MAX_CODE_LENGTH
from sorter.engine.labels.format import Format
from sorter.engine.labels.label import Label, Match


class LabelReader:
    """Reads codes against one site's list of formats. Building it costs, reading is quick.

    `formats` are ids of `FORMATS` in the order in which matches are wanted; `home_country` is the
    site's own (ISO alpha-2), which a GS1 420 without country means. Raises ValueError, naming the
    offender, when a format or the country is unknown, a format is listed twice or none is.
    """

    def __init__(self, formats: Iterable[str], home_country: str | None = None) -> None:
        listed = _known(tuple(formats))
        if home_country is not None and home_country not in COUNTRIES:
            raise ValueError(
                f"home country {home_country!r} is no ISO 3166-1 alpha-2 code; write it like 'BE'"
            )
        self._home_country = home_country
        self._by_length: tuple[tuple[tuple[str, Format], ...], ...] = tuple(
            tuple((one.starts, one) for one in listed if length in one.lengths)
            for length in range(MAX_CODE_LENGTH + 1)
        )

    def read(self, code: str) -> Label:
        """Returns what `code` is; never raises, whatever the code holds."""
        refusal = _refusal(code)
        if refusal is not None:
            return Label(code, reason=refusal)
        first = code[0]
        matches = []
        for starts, candidate in self._by_length[len(code)]:
            if first in starts:
                match = candidate.read(code, self._home_country)
                if match is not None:
                    matches.append(match)
        if matches:
            return Label(code, _without_doubtful_postcodes(matches))
        return Label(code, reason=_unmatched(code))


def read_label(
    code: str, formats: Sequence[str] = DEFAULT_FORMATS, home_country: str | None = None
) -> Label:
    """Returns what a scanned `code` is among `formats` (ids, in the site's order).

    `home_country` is the site's own (ISO alpha-2): what a GS1 420, a postcode without country,
    means; without it a 420 gives no postcode key. Raises ValueError only for a wrong list of
    formats or country, as `LabelReader` does.
    """
    return _reader(tuple(formats), home_country).read(code)


def remove_blanks(typed: str) -> str:
    """Returns `typed` without its spaces, as people type numbers in groups.

    For typed input only: in a scanned code a blank is a character like any other. Nothing else is
    removed or folded, control characters and case least of all.
    """
    return typed.replace(" ", "")


@lru_cache(maxsize=32)
def _reader(formats: tuple[str, ...], home_country: str | None) -> LabelReader:
    return LabelReader(formats, home_country)


def _known(formats: tuple[str, ...]) -> list[Format]:
    unknown = [id_ for id_ in formats if id_ not in FORMATS]
    if unknown:
        raise ValueError(
            f"unknown label formats {', '.join(map(repr, unknown))}; known: {', '.join(FORMATS)}"
        )
    if not formats or len(set(formats)) < len(formats):
        raise ValueError(
            f"label formats {list(formats)!r}: expected at least one, each once; correct the list"
        )
    return [FORMATS[id_] for id_ in formats]


def _refusal(code: str) -> str | None:
    """Returns why `code` is no label of any kind, or None."""
    if not code:
        return "empty code"
    if len(code) > MAX_CODE_LENGTH:
        return f"{len(code)} characters; a code has at most {MAX_CODE_LENGTH}"
    if code.isascii() and code.isprintable():
        return None
    for position, character in enumerate(code, start=1):
        if not character.isascii():
            return f"character {position} (U+{ord(character):04X}) is not ASCII"
        if not character.isprintable() and character != FNC1:
            return f"character {position} (U+{ord(character):04X}) is a control character"
    return None


def _unmatched(code: str) -> str:
    if " " in code:
        return "it has a blank, and no listed format has one"
    if FNC1 in code:
        return "it has an FNC1, and cannot be read as a GS1 element string"
    return f"no listed format has this shape ({len(code)} characters)"


def _without_doubtful_postcodes(matches: list[Match]) -> tuple[Match, ...]:
    """Drops the postcode of unchecked formats when a checked one proves the code to be its own.

    DHL's number 4210564002 has the shape of a GS1 postcode (421, Belgium, 4002).
    """
    if not any(match.valid and FORMATS[match.format].check for match in matches):
        return tuple(matches)
    return tuple(
        match
        if match.postcode is None or FORMATS[match.format].check
        else msgspec.structs.replace(match, postcode=None, country=None)
        for match in matches
    )
