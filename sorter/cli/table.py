"""`sorter table`: routing tables from a source folder to answers for codes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sorter.cli.endings import signals_raise
from sorter.cli.options import DEFAULT_CONFIG, ConfigPath, read_config
from sorter.cli.progress import shown_work
from sorter.cli.verdicts import (
    USAGE,
    end_with_verdict,
    print_json,
    print_problems,
    refusals,
    refuse,
    verdict,
)

if TYPE_CHECKING:
    from sorter.table import Answer, Problems, RoutingTable

app = typer.Typer(help="Routing tables: which destination a code has.", no_args_is_help=True)

SourceFolder = Annotated[
    Path, typer.Argument(metavar="SRC", help="Folder with table.toml and CSV files.")
]
TableFile = Annotated[Path, typer.Argument(metavar="FILE", help="A compiled table.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, or one a line.")]


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
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="What to write.")],
    as_json: AsJson = False,
) -> None:
    """Judge a source and compile it; what was there is replaced only by a sound table."""
    from sorter.table import RoutingTable

    with refusals(source if as_json else None), signals_raise():
        problems = _compile(source, out)
        with RoutingTable.open(out) as table:
            built = _content(table, out)
        if as_json:
            print_json(verdict(source, problems) | built)
        else:
            print_problems(problems)
            _tell(built)


@app.command()
def check(
    subject: Annotated[
        Path, typer.Argument(metavar="SRC|FILE", help="A source folder or a compiled table.")
    ],
    as_json: AsJson = False,
) -> None:
    """Judge a source, naming every error in it, or a compiled table down to its digest."""
    with refusals(subject if as_json else None), signals_raise():
        problems = _judge_source(subject) if subject.is_dir() else _judge_file(subject)
        end_with_verdict(subject, problems, as_json=as_json)


@app.command()
def show(file: TableFile, as_json: AsJson = False) -> None:
    """Tell what is in a compiled table."""
    from sorter.table import RoutingTable

    with refusals(), RoutingTable.open(file) as table:
        content = _content(table, file)
        if as_json:
            print_json(content)
        else:
            _tell(content)


@app.command()
def lookup(
    file: TableFile,
    codes: Annotated[
        list[str], typer.Argument(metavar="CODE...", help="Codes; - reads one a line from stdin.")
    ],
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="PLAN.toml", help="Name the chutes too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a compiled table for codes. Blanks and small letters are allowed, as people type them."""
    from sorter.table import Clerk, RoutingTable, read_plan

    with refusals(), RoutingTable.open(file) as table:
        clerk = Clerk(table, None if plan_file is None else read_plan(plan_file)[0])
        for code in _typed(codes):
            answer = clerk.answer(code)
            if as_json:
                print_json(answer)
            else:
                typer.echo(_told(answer))


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


def _compile(source: Path, out: Path) -> Problems:
    """Read, judge and write; the rows are gone from memory when this is left."""
    from sorter.table import compile_table, read_source, source_bytes

    with shown_work() as work:
        work.begin("reading", source_bytes(source))
        read = read_source(source, work.advance, work.begin)
        work.begin("writing")
        compile_table(read, out)
    return read.problems


def _judge_source(folder: Path) -> Problems:
    from sorter.table import SourceError, read_source, source_bytes

    try:
        with shown_work() as work:
            work.begin("reading", source_bytes(folder))
            return read_source(folder, work.advance, work.begin).problems
    except SourceError as error:
        return error.problems


def _judge_file(path: Path) -> Problems:
    from sorter.table import Problems, RoutingTable, TableFileError

    problems = Problems()
    try:
        RoutingTable.open(path, check_digest=True).close()
    except TableFileError as error:
        place = f"section {error.section}"
        problems.add(path.name, None, place, error.reason, "a sound compiled table")
    return problems


def _content(table: RoutingTable, path: Path) -> dict[str, object]:
    return {
        "file": str(path),
        "name": table.name,
        "site": table.site,
        "revision": table.revision,
        "digest": table.digest,
        "entries": len(table),
        "prefixes": {kind: table.prefix_count(kind) for kind in ("barcode", "postcode")},
        "bytes": path.stat().st_size,
        "home_country": table.home_country,
        "formats": table.formats,
        "destinations": table.destinations,
    }


def _tell(content: Mapping[str, Any]) -> None:
    told = dict(content)
    told["destinations"] = f"{len(content['destinations'])}: {', '.join(content['destinations'])}"
    told["formats"] = ", ".join(content["formats"])
    told["prefixes"] = ", ".join(f"{count} {kind}" for kind, count in content["prefixes"].items())
    for key, value in told.items():
        typer.echo(f"{key:<13}{value}")


def _told(answer: Answer) -> str:
    """An answer as one line of text, with nothing in it that a terminal could obey."""
    from sorter.table import shown

    goal = answer.destination or "no destination"
    basis = answer.rule if answer.key is None else f"{answer.rule} {answer.key}"
    parts = [f"{shown(answer.code)} -> {goal} ({basis}, revision {answer.revision})"]
    if isinstance(answer.chutes, tuple):
        parts.append(f"chutes {' '.join(answer.chutes) or 'none: straight on'}")
    marks = (f"{one.name} {'valid' if one.valid else 'INVALID'}" for one in answer.formats)
    parts.append(", ".join(marks) or f"no known format: {answer.reason}")
    if isinstance(answer.blanks_removed, int):
        parts.append(f"blanks removed: {answer.blanks_removed}")
    if answer.in_capitals is True:
        parts.append("read in capitals")
    return "; ".join(parts)


def _typed(codes: Iterable[str]) -> Iterator[str]:
    """The codes asked for, those of standard input in the place of `-`."""
    for code in codes:
        if code == "-":
            if sys.stdin is None:
                refuse("standard input is closed; name the codes", USAGE)
            for line in sys.stdin.buffer:
                yield line.removesuffix(b"\n").decode("utf-8", "replace")
        else:
            # Bytes that are no text came in as lone surrogates, which cannot be printed.
            yield code.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
