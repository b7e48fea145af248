"""GS1 element strings: the application identifiers, and a code cut into its elements.

Facts: GS1 General Specifications, section 3 (identifiers and their values) and 7.8 (identifiers of
predefined length need no separator; all others run to the next FNC1, sent as GS, 0x1D).

A value is written c: digits with a GS1 check digit last, n: digits, x: characters of the invariant
set of ISO/IEC 646; a number is a fixed length, `1..20` a shortest and a longest one. Dates, units
and the like inside a value are not judged: a label is read for its numbers and its destination.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sorter.engine.labels.check_digits import gs1_mod10_holds

FNC1 = "\x1d"

_IDENTIFIERS_BY_VALUE = {
    "c18": "00 8017 8018",
    "c14": "01 02 03",
    "c13": "410-417",
    "c17": "402",
    "c13x0..17": "253",
    "c13n0..12": "255",
    "c14x0..16": "8003",
    "c14n4": "8006 8026",
    "n6": "11-13 15-17 3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165"
    " 3200-3205 3210-3215 3220-3225 3230-3235 3240-3245 3250-3255 3260-3265 3270-3275 3280-3285"
    " 3290-3295 3300-3305 3310-3315 3320-3325 3330-3335 3340-3345 3350-3355 3360-3365 3370-3375"
    " 3400-3405 3410-3415 3420-3425 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475 3480-3485"
    " 3490-3495 3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565 3570-3575"
    " 3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655 3660-3665 3670-3675 3680-3685"
    " 3690-3695 3950-3955 4326 7006 8005",
    "n1": "4321-4323 7252",
    "n2": "20 7241",
    "n3": "422 424 426",
    "n4": "3940-3943 8111",
    "n8": "7250",
    "n10": "4324 4325 7003",
    "n12": "7251",
    "n13": "7001",
    "n14": "8001",
    "n15": "8040 8041",
    "n20": "4309",
    "n32": "8042",
    "n18..20": "8043",
    "n1..4": "7004",
    "n1..6": "242",
    "n1..8": "30 37",
    "n1..10": "8019",
    "n1..12": "8011",
    "n1..15": "3900-3909 3920-3929",
    "n3..15": "423 425",
    "n6n0..4": "7011",
    "n6n0..6": "7007",
    "n8n0..4": "8008",
    "n4..18": "3910-3919 3930-3939",
    "n6x0..1": "4330-4333",
    "n3x1..9": "421",
    "n3x1..27": "7030-7039",
    "n1x3": "7040",
    "x2": "4307 4317",
    "x3": "7258",
    "x1..2": "7010",
    "x1..3": "427 7008",
    "x1..4": "7041",
    "x1..10": "7009 7255",
    "x1..12": "7005",
    "x1..20": "10 21 22 243 254 420 4318 7020-7022 710-717 7240 8002 8012",
    "x1..25": "7242 8013 8014 8020",
    "x1..28": "235",
    "x1..30": "90 240 241 250 251 400 401 403 4308 4319 7002 7023 8004",
    "x3..30": "7230-7239",
    "x5..30": "8010",
    "x1..34": "8007",
    "x1..35": "4300 4301 4310 4311 4320",
    "x1..40": "7253 7254 7259",
    "x1..50": "8009",
    "x1..70": "4302-4306 4312-4316 7257 8110 8112 8200",
    "x1..90": "91-99 7256 8030",
}

# By the first two digits of the identifier.
_PREDEFINED_LENGTH = frozenset({*range(5), *range(11, 21), *range(31, 37), 41})

_SET = {"c": "[0-9]", "n": "[0-9]", "x": '[!"%-?A-Z_a-z]'}


class _Rule(NamedTuple):
    value: re.Pattern[str]
    fixed_length: int | None
    checked_length: int


class Element(NamedTuple):
    """One identifier with its value; `holds` is False when a check digit in it is wrong."""

    identifier: str
    value: str
    holds: bool


def _identifiers(listed: str) -> Iterator[str]:
    for item in listed.split():
        first, _, last = item.partition("-")
        yield from (
            str(number).zfill(len(first)) for number in range(int(first), int(last or first) + 1)
        )


def _rules() -> Mapping[str, _Rule]:
    rules: dict[str, _Rule] = {}
    for written, listed in _IDENTIFIERS_BY_VALUE.items():
        parts = re.findall(r"([cnx])(\d+)(?:\.\.(\d+))?", written)
        value = re.compile(
            "".join(f"{_SET[kind]}{{{low},{high or low}}}" for kind, low, high in parts)
        )
        length = sum(int(low) for _, low, _ in parts)
        checked = int(parts[0][1]) if parts[0][0] == "c" else 0
        for identifier in _identifiers(listed):
            fixed = length if int(identifier[:2]) in _PREDEFINED_LENGTH else None
            rules[identifier] = _Rule(value, fixed, checked)
    return MappingProxyType(rules)


_RULES = _rules()


def elements_of(text: str) -> tuple[Element, ...] | None:
    """Returns the elements of `text` (without symbology identifier), or None when it is no such.

    None says that some identifier is unknown or a value does not fit it. A separator after a
    value of predefined length, and one at the very end, are allowed.
    """
    elements = []
    at = 0
    while at < len(text):
        rule = None
        for end in (at + 2, at + 3, at + 4):
            rule = _RULES.get(text[at:end])
            if rule is not None:
                break
        if rule is None:
            return None
        identifier, at = text[at:end], end
        stop = text.find(FNC1, at)
        stop = len(text) if stop < 0 else stop
        if rule.fixed_length is not None:
            stop = min(stop, at + rule.fixed_length)
        value = text[at:stop]
        if not rule.value.fullmatch(value):
            return None
        checked = value[: rule.checked_length]
        elements.append(Element(identifier, value, not checked or gs1_mod10_holds(checked)))
        at = stop + (text[stop : stop + 1] == FNC1)
    return tuple(elements) or None
