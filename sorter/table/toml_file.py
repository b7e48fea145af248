"""Reads a TOML source and says in which row a key of it stands.

Python's reader keeps no positions, so rows are found by how lines look: what stands before `=`,
or in the brackets of a section. A line inside a text of several lines can look like that too; a
row in a message may be wrong then, never what is read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from sorter.table.problems import Problems, shown
from sorter.table.regular_file import open_regular

_MAX_BYTES = 8 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_EXPECTED = "TOML in UTF-8"

_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_LINE = re.compile(rf"[ \t]*(?:\[\[?[ \t]*(?P<section>{_KEY})[ \t]*\]|(?P<key>{_KEY})[ \t]*=)")
_PLACE = re.compile(r" \(at line (\d+), column \d+\)")


class KeyFault(NamedTuple):
    """A value that is not as it must be; `key` is its path with dots."""

    key: str
    found: str
    expected: str


class TomlFile:
    """The content of one TOML source, and where its keys stand."""

    def __init__(self, name: str, text: str) -> None:
        """Raises ValueError (tomllib.TOMLDecodeError is one), RecursionError."""
        self.name = name
        self.content: dict[str, Any] = tomllib.loads(text)
        self._text = text

    def report(self, faults: Iterable[KeyFault], problems: Problems) -> bool:
        """Add faults of the content to `problems`, each with its row; whether there were any."""
        found_any = False
        for key, found, expected in faults:
            found_any = True
            column = key if key.isprintable() else shown(key)
            problems.add(self.name, self._row_of(key), column, found, expected)
        return found_any

    def _row_of(self, key: str) -> int | None:
        """The row of a key, else of the nearest table around it, None when there is neither."""
        while key and key not in self._rows:
            key = key.rpartition(".")[0]
        return self._rows.get(key)

    @cached_property
    def _rows(self) -> dict[str, int]:
        rows: dict[str, int] = {}
        section = ""
        for row, line in enumerate(self._text.split("\n"), start=1):
            found = _LINE.match(line)
            if found is None:
                continue
            name = ".".join(
                part.strip("\"'") for part in re.findall(_PART, found["section"] or found["key"])
            )
            if found["section"]:
                section = f"{name}."
            else:
                name = section + name
            rows.setdefault(name, row)
        return rows


def read_toml(path: Path, problems: Problems) -> TomlFile | None:
    """A TOML source; what keeps it from being understood goes to `problems`. Raises OSError."""
    with open_regular(path) as file:
        text = file.read(_MAX_BYTES + 1)
    if len(text) > _MAX_BYTES:
        problems.add(path.name, None, None, "a larger file", f"at most {_MAX_BYTES} bytes")
        return None
    if text.startswith(_BYTE_ORDER_MARK):
        problems.add(
            path.name, 1, None, "a byte-order mark", "none; it was dropped", severity="note"
        )
        text = text.removeprefix(_BYTE_ORDER_MARK)
    if not text.strip():
        problems.add(path.name, None, None, "an empty file", "keys and their values")
        return None
    try:
        return TomlFile(path.name, text.decode())
    except UnicodeDecodeError as error:
        row = text.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{text[error.start]:02x}, which is no UTF-8"
        problems.add(path.name, row, None, found, _EXPECTED)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        found = _PLACE.sub("", str(error))
        problems.add(path.name, int(place[1]) if place else None, None, shown(found), _EXPECTED)
    except RecursionError:
        problems.add(path.name, None, None, "brackets in brackets without end", _EXPECTED)
    except ValueError:
        # What tomllib takes for a number and Python refuses to make one of.
        problems.add(path.name, None, None, "a number that is too long", _EXPECTED)
    return None


def repr_of(value: object) -> str:
    """A value of a TOML or JSON file for a message, no longer than a line."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return shown(value)
    try:
        text = repr(value)
    except ValueError:
        return "a number that is too long"
    return text if len(text) <= 60 and text.isprintable() else shown(text)
