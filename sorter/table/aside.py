"""Runs long native work in a thread of its own: beside other work, or to be heard meanwhile.

Python hears signals between its own steps only, and a large table is sorted in one.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def run_aside(work: Callable[[], Result]) -> Result:
    """Run `work` and wait for its end; returns what it returns, raises what it raises.

    When a signal's exception breaks into the wait, the work is left to end by itself, or with the
    program: it must not touch anything that others still use.
    """
    return begin_aside(work)()


def begin_aside(work: Callable[[], Result]) -> Callable[[], Result]:
    """Begin `work`; what is returned waits for its end as `run_aside` does, and is called once."""
    # C code that a signal's exception can't leave locked, other than a thread's own join.
    ended: SimpleQueue[Result | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            ended.put(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            ended.put(error)

    def wait() -> Result:
        found = ended.get()
        if isinstance(found, BaseException):
            raise found
        return found

    Thread(target=run, name="aside", daemon=True).start()
    return wait
