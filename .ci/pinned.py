"""Prints the part of constraints.txt that some packages need, with all that they need in turn.

Usage: `python .ci/pinned.py NAME...`, in the project's virtual environment: what a package, or an
extra of it as in `sorter[build]`, needs is asked of the packages that are installed there. Other
machines and processors are then given the same versions, each file held to its hash.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PIN = re.compile(r"^([\w.-]+)==[^\n]*(?:\n[ \t]+--hash[^\n]*)*", re.MULTILINE)


def needed_by(names: list[str]) -> set[str]:
    """The packages by these names and everything that they need on this machine."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        key = (name, frozenset(wanted.extras))
        if key in found:
            continue
        found.add(key)
        for line in requires(name) or ():
            requirement = Requirement(line)
            if requirement.marker is None or any(
                requirement.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)
            ):
                waiting.append(requirement)
    return {name for name, _ in found}


def main(names: list[str]) -> int:
    try:
        needed = needed_by(names)
    except PackageNotFoundError as error:
        print(f"{error.name} is not in this environment; run: make setup", file=sys.stderr)
        return 1
    for pin in _PIN.finditer(Path("constraints.txt").read_text(encoding="utf-8")):
        if canonicalize_name(pin[1]) in needed:
            print(pin[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
