"""Reads docs/plc-register-map.md: what its tables and its prose say, as numbers."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "plc-register-map.md"
_TEXT = _PAGE.read_text(encoding="utf-8")


def tables() -> dict[str, dict[str, list[str]]]:
    """Every table of numbers by its heading: name -> the cells behind it."""
    found: dict[str, dict[str, list[str]]] = {}
    heading = ""
    for line in _TEXT.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ").split(":")[0]
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if line.startswith("|") and cells[0].isdigit():
            found.setdefault(heading, {})[name] = cells
    return found


def addresses(heading: str) -> dict[str, int]:
    """The first column of numbers of a table: address, offset, bit or code."""
    return {name: int(cells[0]) for name, cells in tables()[heading].items()}


def sizes(heading: str) -> dict[str, int]:
    """The registers that each value of a table takes."""
    return {name: int(cells[1]) for name, cells in tables()[heading].items()}


def numbers_in(sentence: str) -> list[int]:
    """The numbers that the page's prose has in the groups of `sentence`, a pattern."""
    found = re.search(sentence.replace(" ", r"\s+"), _TEXT)
    assert found is not None, f"the page does not say: {sentence}"
    return [int(number) for number in found.groups()]
