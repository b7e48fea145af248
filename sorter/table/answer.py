"""What a table says of one typed code, with everything a person wants to know about it."""

from __future__ import annotations

import msgspec

from sorter.engine.labels import FORMATS, LabelReader, remove_blanks
from sorter.table.decide import Decision
from sorter.table.plan import ChutePlan
from sorter.table.routing_table import RoutingTable


class FormatMatch(msgspec.Struct, frozen=True):
    """A label format that the code has the shape of, and whether its check digits agree."""

    format: str
    name: str
    valid: bool


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one code.

    `formats` are all formats known, those of the site first and in its order. `format` and `valid`
    are what the site takes the code for, None when it expects no such format. `reason` says why
    the code has no format at all. `chutes` are there when a plan was given, an empty list being
    straight on; `typed`, and `blanks_removed` or `in_capitals`, when the code was not looked up as
    it was typed.
    """

    code: str
    destination: str | None
    rule: str
    key: str | None
    format: str | None
    formats: tuple[FormatMatch, ...]
    valid: bool | None
    revision: int
    reason: str | None
    chutes: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    typed: str | msgspec.UnsetType = msgspec.UNSET
    blanks_removed: int | msgspec.UnsetType = msgspec.UNSET
    in_capitals: bool | msgspec.UnsetType = msgspec.UNSET


class Clerk:
    """Answers for codes that a person typed, from one table and, when given, one chute plan.

    People type numbers in groups and in small letters, so blanks are left out unless a row has
    them, and capitals are read where a code is known only in capitals. An answer says so. A
    scanner's codes are never changed.
    """

    def __init__(self, table: RoutingTable, plan: ChutePlan | None = None) -> None:
        self._table = table
        self._plan = plan
        others = (id_ for id_ in FORMATS if id_ not in table.formats)
        self._read_any = LabelReader((*table.formats, *others), table.home_country).read

    def answer(self, typed: str) -> Answer:
        """What table and plan say of a code. Whatever is typed, there is an answer."""
        compact, code = self._read_as(typed)
        decision = self._table.decide([code])
        known = self._read_any(code)
        expected = self._table.read_label(code)
        return Answer(
            code=code,
            destination=decision.destination,
            rule=decision.rule,
            key=decision.key,
            format=expected.format,
            formats=tuple(FormatMatch(one.format, one.name, one.valid) for one in known.matches),
            valid=expected.valid,
            revision=decision.revision,
            reason=known.reason,
            chutes=msgspec.UNSET if self._plan is None else chutes_for(self._plan, decision),
            typed=msgspec.UNSET if code == typed else typed,
            blanks_removed=len(typed) - len(compact) or msgspec.UNSET,
            in_capitals=code != compact or msgspec.UNSET,
        )

    def _read_as(self, typed: str) -> tuple[str, str]:
        """What was typed without its blanks, and the code that is taken for meant."""
        if self._table.lookup(typed) >= 0:
            return typed, typed
        compact = remove_blanks(typed)
        capitals = compact.upper() if compact.isascii() else compact
        known = (code for code in (compact, capitals) if self._is_known(code))
        return compact, next(known, compact)

    def _is_known(self, code: str) -> bool:
        return self._table.lookup(code) >= 0 or bool(self._read_any(code).matches)


def chutes_for(plan: ChutePlan, decision: Decision) -> tuple[str, ...]:
    """The chutes that a plan has for a decision, in order; none is straight on."""
    if decision.destination is None:
        return plan.fallback.get(decision.rule, ())
    entry = plan.destinations.get(decision.destination)
    return () if entry is None else entry.chutes
