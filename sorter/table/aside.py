"""Runs long native work in a thread of its own: beside other work, or to be heard meanwhile.

Python hears signals between its own steps only, and a large table is sorted in one.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread
from typing import TypeVar

Result = TypeVar("Result")

HEARING_S = 0.1
"""A signal that comes just before a wait begins is heard when the wait begins again."""


def run_aside(work: Callable[[], Result]) -> Result:
    """Run `work` and wait for its end; returns what it returns, raises what it raises.

    When a signal's exception breaks into the wait, the work is left to end by itself, or with the
    program: it must not touch anything that others still use.
    """
    return begin_aside(work)()


def begin_aside(work: Callable[[], Result]) -> Callable[[], Result]:
    """Begin `work`; what is returned waits for its end as `run_aside` does, and is called once."""
    # A lock, because a signal's exception leaves it as it is, other than a thread's own join.
    running = Lock()
    running.acquire()
    found: list[Result] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            raised.append(error)
        finally:
            running.release()

    def wait() -> Result:
        while not running.acquire(timeout=HEARING_S):
            pass
        if raised:
            raise raised[0]
        return found[0]

    Thread(target=run, name="aside", daemon=True).start()
    return wait
