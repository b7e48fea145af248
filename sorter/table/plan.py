"""The chute plan of one line: which chutes serve a destination, and where the rest goes.

It is small and changes in seconds, so it is a file of its own beside the routing table, and a
pair of both is what a line runs on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec

from sorter.engine.events import PlanEntry
from sorter.table.cut_off import CHUTES_EXPECTED, chute_faults, cut_off_faults
from sorter.table.head import name_fault, revision_fault
from sorter.table.problems import Problems, shown
from sorter.table.toml_file import KeyFault, read_toml, repr_of

POLICIES = ("first", "balance")
FALLBACKS = ("no_read", "unknown", "conflict", "misread", "overflow")
STRAIGHT_ON = "end"
"""A fallback that names no chute: the parcel stays on the belt to its end."""

_ENTRY_KEYS = PlanEntry.__struct_fields__


class ChutePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checked chute plan. `destinations` and `fallback` are as the engine takes them.

    A fallback without chutes is straight on, to the end of the belt.
    """

    line: str
    revision: int
    destinations: dict[str, PlanEntry]
    fallback: dict[str, tuple[str, ...]]

    def canonical(self) -> bytes:
        """The one way to write this plan: JSON with sorted names."""
        return msgspec.json.encode(self, order="deterministic")

    @property
    def digest(self) -> str:
        """The SHA-256 of what the plan says, in hexadecimal; comments and order do not count."""
        return hashlib.sha256(self.canonical()).hexdigest()


def read_plan(path: Path) -> tuple[ChutePlan, Problems]:
    """Read and judge a `plan.toml`: the plan, and the notes there were.

    Raises SourceError with all problems, OSError.
    """
    problems = Problems()
    file = read_toml(path, problems)
    if file is not None:
        file.report(plan_faults(file.content), problems)
    problems.raise_errors()
    assert file is not None, "what is no TOML is an error"
    fallback = {
        rule: [] if chutes == STRAIGHT_ON else chutes
        for rule, chutes in file.content["fallback"].items()
    }
    return msgspec.convert({**file.content, "fallback": fallback}, ChutePlan), problems


def plan_faults(content: dict[str, Any]) -> Iterator[KeyFault]:
    """Everything that is wrong with the keys and values of a plan."""
    known = ChutePlan.__struct_fields__
    for key in sorted(set(content) - set(known)):
        yield KeyFault(key, "an unknown key", f"one of {', '.join(known)}")
    if fault := name_fault(content.get("line")):
        yield KeyFault("line", *fault)
    if fault := revision_fault(content.get("revision")):
        yield KeyFault("revision", *fault)
    destinations = content.get("destinations")
    if isinstance(destinations, dict) and destinations:
        for name, entry in destinations.items():
            yield from _entry_faults(f"destinations.{name}", entry)
    else:
        yield KeyFault("destinations", repr_of(destinations), "a table with a destination or more")
    fallback = content.get("fallback")
    if isinstance(fallback, dict):
        yield from _fallback_faults(fallback)
    else:
        yield KeyFault("fallback", repr_of(fallback), f"a table with {', '.join(FALLBACKS)}")


def report_misfits(
    plan: ChutePlan,
    problems: Problems,
    *,
    chutes: Collection[str] | None = None,
    destinations: Collection[str] | None = None,
    file: str = "plan.toml",
) -> None:
    """Hold a plan against the chutes of its line and the destinations of its table, if given.

    A chute that the line does not have is an error. A table is for a site and a plan for a line,
    so a destination that only one of them has is a warning.
    """
    if chutes is not None:
        expected = f"a chute of the line: {', '.join(sorted(chutes))}"
        for key, named in _chutes_by_key(plan):
            for chute in named:
                if chute not in chutes:
                    problems.add(file, None, key, shown(chute), expected)
    if destinations is not None:
        _report_destinations(plan, problems, destinations, file)


def _report_destinations(
    plan: ChutePlan, problems: Problems, destinations: Collection[str], file: str
) -> None:
    for name in sorted(set(plan.destinations) - set(destinations)):
        expected = "a destination of the routing table"
        problems.add(
            file, None, f"destinations.{name}", "no such one", expected, severity="warning"
        )
    for name in sorted(set(destinations) - set(plan.destinations)):
        expected = f"chutes for it, else its parcels go to {STRAIGHT_ON}"
        problems.add(file, None, f"destinations.{name}", "nothing", expected, severity="warning")


def _chutes_by_key(plan: ChutePlan) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, entry in plan.destinations.items():
        yield f"destinations.{name}", entry.chutes
        if entry.after_cut_off:
            yield f"destinations.{name}.after_cut_off", entry.after_cut_off
    for rule, chutes in plan.fallback.items():
        yield f"fallback.{rule}", chutes


def _entry_faults(key: str, entry: object) -> Iterator[KeyFault]:
    if not isinstance(entry, dict):
        yield KeyFault(key, repr_of(entry), '{ chutes = ["C01"], policy = "first" }')
        return
    for unknown in sorted(set(entry) - set(_ENTRY_KEYS)):
        yield KeyFault(f"{key}.{unknown}", "an unknown key", f"one of {', '.join(_ENTRY_KEYS)}")
    if not entry.get("chutes"):
        yield KeyFault(f"{key}.chutes", repr_of(entry.get("chutes")), CHUTES_EXPECTED)
    else:
        yield from chute_faults(f"{key}.chutes", entry["chutes"])
    if entry.get("policy", "first") not in POLICIES:
        yield KeyFault(f"{key}.policy", repr_of(entry["policy"]), f"one of {', '.join(POLICIES)}")
    yield from cut_off_faults(key, entry)


def _fallback_faults(fallback: dict[str, object]) -> Iterator[KeyFault]:
    for unknown in sorted(set(fallback) - set(FALLBACKS)):
        yield KeyFault(f"fallback.{unknown}", "an unknown key", f"one of {', '.join(FALLBACKS)}")
    for rule in FALLBACKS:
        if rule not in fallback:
            yield KeyFault(f"fallback.{rule}", "nothing", f'a list of chutes, or "{STRAIGHT_ON}"')
        elif fallback[rule] != STRAIGHT_ON:
            yield from chute_faults(f"fallback.{rule}", fallback[rule])
