"""How the table and plan commands say what is wrong, and with which exit code they end.

1: the thing asked about is bad. 2: it could not be asked about at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from sorter.table import Problems

BAD = 1
USAGE = 2


@contextmanager
def refusals() -> Iterator[None]:
    """End with a message and the right exit code instead of a traceback."""
    from sorter.table import SourceError, StoreError, TableFileError

    try:
        yield
    except SourceError as error:
        print_problems(error.problems)
        raise typer.Exit(BAD) from error
    except (TableFileError, StoreError) as error:
        refuse(str(error), BAD)
    except BrokenPipeError:
        raise  # the reader, `head` say, has seen enough: Typer ends without a word
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        refuse(f"{name}{error.strerror or error}", USAGE)


def refuse(message: str, exit_code: int) -> NoReturn:
    """Say why on standard error, and end."""
    typer.echo(f"sorter: {message}", err=True)
    raise typer.Exit(exit_code)


def print_problems(problems: Problems) -> None:
    """All problems on standard error, and how many more there are than were kept."""
    for problem in problems.kept:
        typer.echo(str(problem), err=True)
    for severity in ("error", "warning", "note"):
        shown = sum(problem.severity == severity for problem in problems.kept)
        if more := problems.count(severity) - shown:
            typer.echo(f"... and {more} more {severity}s", err=True)


def end_with_verdict(path: Path, problems: Problems, *, as_json: bool) -> None:
    """The verdict of a `check`: as text, or as one JSON object that holds the problems too."""
    errors, warnings = problems.count("error"), problems.count("warning")
    if as_json:
        verdict = {
            "checked": str(path),
            "ok": errors == 0,
            "errors": errors,
            "warnings": warnings,
            "notes": problems.count("note"),
            "problems": problems.kept,
        }
        print_json(verdict)
    else:
        print_problems(problems)
        word = "sound" if errors == 0 else "not usable"
        typer.echo(f"{path}: {word}; errors: {errors}, warnings: {warnings}")
    if errors:
        raise typer.Exit(BAD)


def print_json(answer: object) -> None:
    """One object on one line of standard output."""
    import msgspec

    typer.echo(msgspec.json.encode(answer))
