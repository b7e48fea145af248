"""`sorter journal find`: one parcel's story, by a code that was read on it or by its number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sorter.cli.endings import signals_raise
from sorter.cli.journal_folder import journal_folder, journal_folders
from sorter.cli.options import DEFAULT_CONFIG, ConfigPath
from sorter.cli.progress import shown_work
from sorter.cli.typed_codes import typed_codes
from sorter.cli.verdicts import USAGE, print_json, refusals, refuse


def find(
    codes: Annotated[
        list[str] | None,
        typer.Argument(metavar="CODE", help="Codes; - reads one a line from stdin."),
    ] = None,
    parcels: Annotated[
        list[int] | None,
        typer.Option("--parcel", metavar="N", min=1, help="The line's number of a parcel."),
    ] = None,
    journal: Annotated[
        str | None,
        typer.Option(metavar="JOURNAL", help="A folder or a line; without it all of the config."),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a parcel.")] = False,
) -> None:
    """Tell a parcel's story: scans, decision, chute, order to the diverter, outcome, with times.

    Blanks and small letters are allowed. Every parcel with such a code is told, in all runs.
    """
    wanted = list(typed_codes(codes or ()))
    if not wanted and not parcels:
        refuse("found nothing to look for, expected a CODE or --parcel N", USAGE)
    folders = journal_folders(config) if journal is None else [journal_folder(journal, config)]
    found = records = 0
    for folder in folders:
        with refusals(folder if as_json else None), signals_raise():
            stories, read = _tell(folder, wanted, parcels or [], as_json=as_json)
            found += stories
            records += read
    if not found:
        what = " or ".join([*map(repr, wanted), *(f"parcel {number}" for number in parcels or ())])
        where = ", ".join(map(str, folders))
        typer.echo(f"nothing of {what} in {records} records of {where}", err=as_json)


def _tell(folder: Path, codes: list[str], parcels: list[int], *, as_json: bool) -> tuple[int, int]:
    """Print what one journal knows; how many stories and telegrams, and of how many records."""
    from sorter.cli.story_told import step_object, story_object, story_told, unbound_told
    from sorter.control.journal_turns import JournalTurns, journal_bytes
    from sorter.control.story import StoryFinder

    finder = StoryFinder(codes, parcels)
    found = 0
    with shown_work() as work:
        work.begin("searching", journal_bytes(folder))
        turns = JournalTurns(folder, work.advance)
        for story in finder.stories(turns):
            found += 1
            if as_json:
                print_json(story_object(story))
            else:
                typer.echo(story_told(story))
    for step in finder.unbound:
        if as_json:
            print_json({"line": finder.line, "parcel": None, "steps": [step_object(step)]})
        else:
            typer.echo(unbound_told(step, finder.line))
    return found + len(finder.unbound), turns.records
