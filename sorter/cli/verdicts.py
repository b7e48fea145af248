"""How the table, plan and journal commands say what is wrong, and with which exit code they end.

1: the thing asked about is bad. 2: it could not be asked about at all. 130 and 143: a signal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from sorter.cli.endings import EndedError

if TYPE_CHECKING:
    from sorter.table import Problems

BAD = 1
USAGE = 2


@contextmanager
def refusals(json_of: Path | None = None) -> Iterator[None]:
    """End with a message and the right exit code instead of a traceback.

    With `json_of`, the file or folder that is asked about, what is wrong with it comes as one JSON
    object on standard output, as `verdict` has it.
    """
    from sorter.disk.journal import JournalError
    from sorter.table import SourceError, StoreError, TableFileError

    try:
        yield
    except SourceError as error:
        if json_of is None:
            print_problems(error.problems)
        else:
            print_json(verdict(json_of, error.problems))
        raise typer.Exit(BAD) from error
    except (TableFileError, StoreError, JournalError) as error:
        refuse(str(error), BAD, json_of)
    except BrokenPipeError:
        raise  # the reader, `head` say, has seen enough: Typer ends without a word
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        refuse(f"{name}{error.strerror or error}", USAGE, json_of)
    except MemoryError as error:
        refuse(f"not enough memory; {error}".removesuffix("; "), USAGE, json_of)
    except EndedError as error:
        refuse(f"ended by {error.signal.name}", error.exit_code, json_of)


def refuse(message: str, exit_code: int, json_of: Path | None = None) -> NoReturn:
    """Say why on standard error, with `json_of` as an object on standard output too; and end."""
    if json_of is not None:
        print_json({"file": str(json_of), "ok": False, "error": message})
    typer.echo(f"sorter: {message}", err=True)
    raise typer.Exit(exit_code)


def verdict(path: Path, problems: Problems) -> dict[str, object]:
    """What was found wrong with a source or table, for JSON."""
    return {
        "file": str(path),
        "ok": problems.count("error") == 0,
        "errors": problems.count("error"),
        "warnings": problems.count("warning"),
        "notes": problems.count("note"),
        "problems": problems.kept,
    }


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
        print_json(verdict(path, problems))
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
