"""What a person at a terminal sees of long work: what is done now, how far, how fast, how long yet.

Nothing is shown where nobody watches.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

_REFRESHES_A_SECOND = 8
_SECONDS_BEFORE_RATE = 0.2


class LongWork:
    """How far the work is. Told by the working thread, looked at by the one that draws.

    The working thread never waits for the drawing one, and holds none of its locks when a signal
    breaks in.
    """

    def __init__(self) -> None:
        self.begin("reading")

    def begin(self, step: str, total: int | None = None) -> None:
        """The next step begins; `total` bytes make it whole, None: nobody knows."""
        self.done = 0
        self.total = total
        self.step = step
        self._began = time.monotonic()

    def advance(self, count: int) -> None:
        """Another `count` bytes are done."""
        self.done += count

    def rate(self) -> str:
        """`12.3 of 45.6 MB, 7.8 MB/s, 4 s left`; nothing for a step whose size nobody knows."""
        if self.total is None:
            return ""
        parts = [f"{self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB"]
        seconds = time.monotonic() - self._began
        if self.done and seconds > _SECONDS_BEFORE_RATE:
            speed = self.done / seconds
            left = max(0, self.total - self.done) / speed
            parts += [f"{speed / 1e6:.1f} MB/s", f"{left:.0f} s left"]
        return ", ".join(parts)


@contextmanager
def shown_work() -> Iterator[LongWork]:
    """Show work on standard error while it is done, if that is a terminal."""
    work = LongWork()
    if sys.stderr is None or not sys.stderr.isatty():
        yield work
        return
    with _bar(work):
        yield work


def _bar(work: LongWork) -> Progress:
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    class Bar(Progress):
        """Looks at the work whenever it draws."""

        def get_renderables(self) -> Iterable[RenderableType]:
            for task in self.tasks:
                task.description = work.step
                task.total = work.total
                task.completed = work.done
                task.fields["rate"] = work.rate()
            return super().get_renderables()

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        refresh_per_second=_REFRESHES_A_SECOND,
        transient=True,
    )
    bar.add_task(work.step, rate="")
    return bar
