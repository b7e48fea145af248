"""The head of a routing table: who it is for, its revision, and the names its rows point to.

The same head stands in `table.toml` and in the compiled file, and both are held against the same
rules here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import msgspec

from sorter._native import are_destinations
from sorter.engine.labels import DEFAULT_FORMATS, FORMATS
from sorter.engine.labels.countries import COUNTRIES
from sorter.table.problems import Problems, shown
from sorter.table.toml_file import KeyFault, read_toml, repr_of

MAX_DESTINATIONS = 1 << 16
"""A row names its destination in 16 bits."""
MAX_REVISION = 2**53 - 1
"""The largest whole number that every JSON reader takes in exactly."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_DESTINATION = re.compile(r"[!-~]([ -~]{0,62}[!-~])?", re.ASCII)


class TableHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a routing table says about itself.

    `destinations` in the order of their numbers. `formats` are the label formats the site
    expects, the likeliest first; `home_country` (ISO alpha-2) is what a label's postcode without
    country means.
    """

    name: str
    site: str
    revision: int
    destinations: tuple[str, ...]
    formats: tuple[str, ...]
    home_country: str | None = None


class HeadFound(NamedTuple):
    """What `table.toml` gave: the `head` when it is sound, and the destinations even when not."""

    head: TableHead | None
    destinations: tuple[str, ...] | None


def name_fault(value: object) -> tuple[str, str] | None:
    """Why a value is no name of a table, site or line, as (found, expected), or None."""
    if isinstance(value, str) and _NAME.fullmatch(value):
        return None
    return repr_of(value), "1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first"


def revision_fault(value: object) -> tuple[str, str] | None:
    """Why a value is no revision, as (found, expected), or None."""
    if type(value) is int and 1 <= value <= MAX_REVISION:
        return None
    return repr_of(value), "a whole number from 1 to 2^53 - 1, raised with every change"


def head_faults(content: dict[str, Any]) -> Iterator[KeyFault]:
    """Everything that is wrong with the keys and values of a head."""
    known = TableHead.__struct_fields__
    for key in sorted(set(content) - set(known)):
        yield KeyFault(key, "an unknown key", f"one of {', '.join(known)}")
    for key in ("name", "site"):
        if fault := name_fault(content.get(key)):
            yield KeyFault(key, *fault)
    if fault := revision_fault(content.get("revision")):
        yield KeyFault("revision", *fault)
    yield from destination_faults(content.get("destinations"))
    if "formats" in content:
        yield from _format_faults(content["formats"])
    country = content.get("home_country")
    if country is not None and (not isinstance(country, str) or country not in COUNTRIES):
        yield KeyFault("home_country", repr_of(country), "an ISO 3166-1 code like BE")


def read_head(path: Path, problems: Problems) -> HeadFound:
    """Read `table.toml`; what is wrong with it goes to `problems`, and then there is no head."""
    try:
        file = read_toml(path, problems)
    except OSError as error:
        problems.add(path.name, None, None, (error.strerror or "an error").lower(), "a file")
        return HeadFound(None, None)
    if file is None:
        return HeadFound(None, None)
    names = file.content.get("destinations")
    named = tuple(name for name in names if isinstance(name, str)) if _is_list(names) else None
    if file.report(head_faults(file.content), problems):
        return HeadFound(None, named)
    return HeadFound(
        msgspec.convert({"formats": DEFAULT_FORMATS, **file.content}, TableHead), named
    )


def destination_faults(names: object) -> Iterator[KeyFault]:
    """Everything that is wrong with a list of destinations."""
    if not _is_list(names) or not 1 <= len(names) <= MAX_DESTINATIONS:
        found = f"{len(names)} names" if _is_list(names) else repr_of(names)
        yield KeyFault("destinations", found, f"a list of 1 to {MAX_DESTINATIONS} names")
        return
    if are_destinations(names):
        return
    seen = set()
    for name in names:
        if not isinstance(name, str) or not _DESTINATION.fullmatch(name):
            expected = "names of 1 to 64 printable ASCII characters, no blank around them"
            yield KeyFault("destinations", repr_of(name), expected)
        elif name in seen:
            yield KeyFault("destinations", f"{shown(name)} twice", "each name once")
        else:
            seen.add(name)


def _format_faults(ids: object) -> Iterator[KeyFault]:
    if not _is_list(ids) or not ids:
        yield KeyFault("formats", repr_of(ids), "a list of label formats, or no such key")
        return
    for number, id_ in enumerate(ids):
        if not isinstance(id_, str) or id_ not in FORMATS:
            yield KeyFault("formats", repr_of(id_), f"one of {', '.join(FORMATS)}")
        elif id_ in ids[:number]:
            yield KeyFault("formats", f"{shown(id_)} twice", "each format once")


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)
