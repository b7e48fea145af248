"""What is wrong with a source that people edit: where, what was found, what was expected.

A check goes on after a problem, so that one run names them all; a file of millions of bad rows
would drown the reader, so the first ones are kept and the rest are counted.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

Severity = Literal["error", "warning", "note"]

KEPT_PROBLEMS = 100
_SHOWN_CHARACTERS = 60


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem. `row` is the line in the file, counted from 1; None means the file as a whole.

    A note says what was done about something harmless, a warning what is probably not meant; only
    errors keep a source from being used.
    """

    file: str
    row: int | None = None
    column: str | None = None
    found: str
    expected: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        where = place if self.column is None else f"{place}: {self.column}"
        return f"{where}: {self.severity}: found {self.found}, expected {self.expected}"


class Problems:
    """Collects problems; the first `KEPT_PROBLEMS` of each severity are kept, all are counted."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._counts: dict[Severity, int] = {"error": 0, "warning": 0, "note": 0}

    def add(
        self,
        file: str,
        row: int | None,
        column: str | None,
        found: str,
        expected: str,
        *,
        severity: Severity = "error",
        always: bool = False,
    ) -> None:
        """Take note of a problem; `always` keeps it however many there are."""
        self._counts[severity] += 1
        if always or self._counts[severity] <= KEPT_PROBLEMS:
            self._kept.append(
                Problem(
                    file=file,
                    row=row,
                    column=column,
                    found=found,
                    expected=expected,
                    severity=severity,
                )
            )

    def count_more(self, severity: Severity, count: int) -> None:
        """Take note that there were more problems, which nobody has put into words."""
        self._counts[severity] += count

    def take_over(self, *others: Problems) -> None:
        """Add what was found in one file on several ways through it, in the order of its rows."""
        kept = [problem for other in others for problem in other.kept]
        kept.sort(key=lambda problem: math.inf if problem.row is None else problem.row)
        for severity in self._counts:
            room = max(0, KEPT_PROBLEMS - self._counts[severity])
            of_severity = [problem for problem in kept if problem.severity == severity]
            for problem in of_severity[room:]:
                kept.remove(problem)
            self._counts[severity] += sum(other.count(severity) for other in others)
        self._kept += kept

    @property
    def kept(self) -> tuple[Problem, ...]:
        """The problems in the order they were found, at most `KEPT_PROBLEMS` of each severity."""
        return tuple(self._kept)

    def count(self, severity: Severity) -> int:
        """How many problems of this severity there are, kept or not."""
        return self._counts[severity]

    def raise_errors(self) -> None:
        """Raise SourceError when there is any error."""
        if self._counts["error"]:
            raise SourceError(self)


class SourceError(ValueError):
    """A source has errors; `problems` are all that was found, warnings and notes too."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        errors = [str(problem) for problem in problems.kept if problem.severity == "error"]
        more = problems.count("error") - len(errors)
        super().__init__("\n".join(errors) + (f"\n... and {more} more errors" if more else ""))


def shown(text: bytes | str) -> str:
    """A piece of a source for a message: quoted, printable, and not longer than a line."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    if len(text) > _SHOWN_CHARACTERS:
        return f"{text[:_SHOWN_CHARACTERS]!a}... ({len(text)} characters)"
    return ascii(text)
