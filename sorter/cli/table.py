"""`sorter table`: routing tables from a source folder to answers for codes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sorter.cli.endings import signals_raise
from sorter.cli.options import DEFAULT_CONFIG, ConfigPath, read_config
from sorter.cli.progress import shown_work
from sorter.cli.table_changes import AsJson, Deltas, Out, compact, delta, diff
from sorter.cli.table_told import answer_told, delta_content, table_content, tell
from sorter.cli.typed_codes import typed_codes
from sorter.cli.verdicts import (
    end_with_verdict,
    print_json,
    print_problems,
    refusals,
    verdict,
)

if TYPE_CHECKING:
    from sorter.table import Problems

app = typer.Typer(help="Routing tables: which destination a code has.", no_args_is_help=True)

SourceFolder = Annotated[
    Path, typer.Argument(metavar="SRC", help="Folder with table.toml or delta.toml, and CSV files.")
]
TableFile = Annotated[Path, typer.Argument(metavar="FILE", help="A compiled table.")]
AnyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A compiled table or delta.")]


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it.")],
) -> None:
    """Write a small sound source to start from."""
    from sorter.table import write_example_table

    with refusals():
        for path in write_example_table(folder):
            typer.echo(path)


@app.command()
def build(
    source: SourceFolder,
    out: Out,
    as_json: AsJson = False,
) -> None:
    """Judge a source and compile it; what was there is replaced only by a sound one."""
    with refusals(source if as_json else None), signals_raise():
        from sorter.table import is_delta_source

        problems = (_compile_delta if is_delta_source(source) else _compile)(source, out)
        built = _content(out)
        if as_json:
            print_json(verdict(source, problems) | built)
        else:
            print_problems(problems)
            tell(built)


@app.command()
def check(
    subject: Annotated[
        Path, typer.Argument(metavar="SRC|FILE", help="A source folder, compiled table or delta.")
    ],
    deltas: Deltas = None,
    as_json: AsJson = False,
) -> None:
    """Judge a source, naming every error in it, or a compiled file down to its digest.

    With deltas, also whether they are made for this table, one after the other.
    """
    with refusals(subject if as_json else None), signals_raise():
        if subject.is_dir() and not deltas:
            problems = _judge_source(subject)
        else:
            problems = _judge_file(subject, deltas or ())
        end_with_verdict(subject, problems, as_json=as_json)


@app.command()
def show(file: AnyFile, deltas: Deltas = None, as_json: AsJson = False) -> None:
    """Tell what is in a compiled table, with deltas over it if any, or in a delta."""
    with refusals(file if as_json else None):
        content = _content(file, deltas or ())
        if as_json:
            print_json(content)
        else:
            tell(content)


@app.command()
def lookup(
    file: TableFile,
    codes: Annotated[
        list[str], typer.Argument(metavar="CODE...", help="Codes; - reads one a line from stdin.")
    ],
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="PLAN.toml", help="Name the chutes too.")
    ] = None,
    deltas: Deltas = None,
    as_json: AsJson = False,
) -> None:
    """Ask a compiled table for codes. Blanks and small letters are allowed, as people type them."""
    from sorter.table import Clerk, RoutingTable, read_plan

    with refusals(file if as_json else None), RoutingTable.open(file, deltas or ()) as table:
        clerk = Clerk(table, None if plan_file is None else read_plan(plan_file)[0])
        for code in typed_codes(codes):
            answer = clerk.answer(code)
            if as_json:
                print_json(answer)
            else:
                typer.echo(answer_told(answer))


@app.command()
def load(file: TableFile, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Check a compiled table in full and put it into the box's store."""
    from sorter.table import TableStore

    box = read_config(config)
    with refusals():
        stored = TableStore(box.store_dir).load_table(file, site=box.box.site)
    if as_json:
        print_json(stored._asdict() | {"path": str(stored.path)})
    else:
        typer.echo(f"{stored.name}@{stored.revision} {stored.digest}")


@app.command("list")
def list_tables(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List the tables in the box's store, and the lines that run on them."""
    from sorter.table import StoreError, TableStore

    box = read_config(config)
    store = TableStore(box.store_dir)
    active: dict[str, list[str]] = {}
    for line in box.lines:
        try:
            pair = store.active(line.name)
        except StoreError as error:
            typer.echo(f"sorter: {error}", err=True)
            continue
        if pair is not None:
            active.setdefault(pair.table.digest, []).append(line.name)
    for stored in store.tables():
        lines = active.get(stored.digest, [])
        if as_json:
            print_json(stored._asdict() | {"path": str(stored.path), "active_on": lines})
        else:
            where = f"  active on {', '.join(lines)}" if lines else ""
            typer.echo(f"{stored.name}@{stored.revision} {stored.digest}{where}")


for verb in (delta, compact, diff):
    app.command()(verb)


def _compile(source: Path, out: Path) -> Problems:
    """Read, judge and write; the rows are gone from memory when this is left."""
    from sorter.table import compile_table, read_source, source_bytes

    with shown_work() as work:
        work.begin("reading", source_bytes(source))
        read = read_source(source, work.advance, work.begin)
        work.begin("writing")
        compile_table(read, out)
    return read.problems


def _compile_delta(source: Path, out: Path) -> Problems:
    from sorter.table import compile_delta, read_delta_source

    read = read_delta_source(source)
    compile_delta(read, out)
    return read.problems


def _content(path: Path, deltas: Sequence[Path] = ()) -> dict[str, object]:
    from sorter.table import Delta, RoutingTable, is_delta

    if not deltas and is_delta(path):
        return delta_content(Delta.open(path), path)
    with RoutingTable.open(path, deltas) as table:
        return table_content(table, path, deltas)


def _judge_source(folder: Path) -> Problems:
    from sorter.table import (
        SourceError,
        is_delta_source,
        read_delta_source,
        read_source,
        source_bytes,
    )

    try:
        if is_delta_source(folder):
            return read_delta_source(folder).problems
        with shown_work() as work:
            work.begin("reading", source_bytes(folder))
            return read_source(folder, work.advance, work.begin).problems
    except SourceError as error:
        return error.problems


def _judge_file(path: Path, deltas: Sequence[Path]) -> Problems:
    from sorter.table import Delta, Problems, RoutingTable, TableFileError, is_delta

    problems = Problems()
    try:
        if not deltas and is_delta(path):
            Delta.open(path, check_digest=True)
        else:
            RoutingTable.open(path, deltas, check_digest=True).close()
    except TableFileError as error:
        place = f"section {error.section}"
        problems.add((error.path or path).name, None, place, error.reason, error.expected)
    return problems
