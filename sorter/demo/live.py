"""The demo on a terminal: how far it is, what comes in and why each parcel goes where it goes."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sorter.demo.run import Progress
from sorter.demo.telling import printable, why

Show = Callable[[Progress], None]


@contextlib.contextmanager
def view(*, shown: bool) -> Iterator[Show]:
    """A live view for a terminal; elsewhere, or when not `shown`, nothing is drawn."""
    if not (shown and sys.stdout.isatty()):
        yield lambda _progress: None
        return
    with Live(refresh_per_second=8, transient=True) as live:
        yield lambda progress: live.update(draw(progress))


def draw(progress: Progress) -> RenderableType:
    """One picture of a run."""
    total = len(progress.mix.parcels)
    seconds = max(time.monotonic() - progress.started_s, 0.001)
    head = Text(
        f"{progress.ended} of {total} parcels sorted, {progress.fed - progress.ended} on the belt, "
        f"{progress.fed / seconds * 3600:,.0f} an hour. {progress.note}"
    )
    outcomes = ", ".join(f"{n} {outcome}" for outcome, n in progress.shift.outcomes.items() if n)
    last = Table(expand=True, box=None, header_style="dim")
    for column, least in (("parcel", 6), ("destination", 12), ("chute", 11)):
        last.add_column(column, no_wrap=True, min_width=least)
    last.add_column("code", no_wrap=True, overflow="ellipsis", ratio=2)
    last.add_column("why", no_wrap=True, overflow="ellipsis", ratio=3)
    for decided in reversed(progress.shift.last):
        last.add_row(
            str(decided.parcel),
            decided.destination or "-",
            decided.chute or "straight on",
            printable(" + ".join(decided.codes)) or "-",
            why(decided),
        )
    return Group(head, ProgressBar(total=total, completed=progress.ended), Text(outcomes), last)
