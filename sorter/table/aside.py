"""Runs long native work in a thread of its own, so that a signal ends the wait for it at once.

Python hears signals between its own steps only, and a large table is sorted in one.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread


def run_aside(work: Callable[[], object]) -> None:
    """Run `work` and wait for its end; raises what it raises.

    When a signal's exception breaks into the wait, the work is left to end by itself, or with the
    program: it must not touch anything that others still use.
    """
    # C code that a signal's exception can't leave locked, other than a thread's own join.
    ended: SimpleQueue[BaseException | None] = SimpleQueue()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            ended.put(error)
        else:
            ended.put(None)

    Thread(target=run, name="aside", daemon=True).start()
    error = ended.get()
    if error is not None:
        raise error
